"""Devices: where arrays live, and how they get there."""

import numpy as np

from . import kernels


class device:
    """A place for tensors: ``device("cpu")``.

    Raises
    ------
    RuntimeError
        If there is no such kind of device.
    """

    __slots__ = ("index", "type")

    def __init__(self, type, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index
        kind, _, number = str(type).partition(":")
        if kind not in ("cpu", "cuda"):
            raise RuntimeError(f"[device] `{type}` is unknown; expected cpu or cuda")
        if number and not number.isdigit():
            raise RuntimeError(f"[device] `{type}` must end in a device number, as in `{kind}:0`")
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
    return CPU if type(array) is np.ndarray else device(getattr(array, "device", "cpu"))


def place(array, where):
    """`array` on the device `where` (None: where it is).

    Raises
    ------
    RuntimeError
        If that device cannot be used here; says why.
    """
    if where is None or (target := device(where)) == (here := device_of(array)):
        return array
    if target.index:
        raise RuntimeError(f"[device] `{target}` is not available: one device, cuda:0, is supported")
    if here.type != "cpu":
        array = kernels.to_numpy(array)
    return array if target.type == "cpu" else kernels.cuda_array(array)
