"""Devices: where arrays live. The CPU today; `cuda` is a name that kernels will answer to."""

import numpy as np


class device:
    """A place for tensors: ``device("cpu")``.

    Raises
    ------
    RuntimeError
        If the device is unknown, or has no kernels here.
    """

    __slots__ = ("index", "type")

    def __init__(self, name, index: int | None = None):
        if isinstance(name, device):
            name, index = name.type, name.index
        kind, _, number = str(name).partition(":")
        if kind not in ("cpu", "cuda"):
            raise RuntimeError(f"[device] `{name}` is unknown; expected cpu or cuda")
        if number and not number.isdigit():
            raise RuntimeError(f"[device] `{name}` must end in a device number, as in `{kind}:0`")
        self.type, self.index = kind, int(number) if number else index

    def __repr__(self):
        return f"device(type={self.type!r}" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other):
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index or 0) == (other.type, other.index or 0)

    def __hash__(self):
        return hash((self.type, self.index or 0))


CPU = device("cpu")


def device_of(array) -> device:
    """Where an array lives."""
    return CPU if type(array) is np.ndarray else getattr(array, "device", CPU)


def check_device(where) -> None:
    """Raise unless tensors can be made on `where` (None: the CPU)."""
    if where is not None and device(where).type != "cpu":
        raise RuntimeError(
            f"[device] `{where}` has no kernels in this version of tapegrad: tensors live on the CPU. "
            'Leave `device` out, or pass "cpu"'
        )
