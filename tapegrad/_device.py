"""Devices: where arrays live, and how they get there."""

import numpy as np

from . import kernels


class device:
    """A place for tensors: ``device("cpu")``, ``device("cuda:1")``; a number alone is that of a CUDA device.

    Raises
    ------
    RuntimeError
        If there is no such kind of device.
    """

    __slots__ = ("index", "type")

    def __init__(self, type, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index
        elif isinstance(type, int):
            if type < 0:
                raise RuntimeError(f"[device] `{type}` is unknown; the number of a CUDA device is wanted")
            type, index = "cuda", type
        kind, _, number = str(type).partition(":")
        if kind not in ("cpu", "cuda"):
            raise RuntimeError(f"[device] `{type}` is unknown; expected cpu or cuda")
        if ":" in str(type) and not number.isdigit():
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


def number_of(where) -> int:
    """The number of a CUDA device; the current one, where none is said."""
    where = device("cuda" if where is None else where)
    if where.type != "cuda":
        raise ValueError(f"[cuda] `device` (={where}) must be a CUDA device")
    streams = kernels.cuda_devices().streams
    return streams.current_device() if where.index is None else streams.check_device(where.index)


def settled(where) -> device:
    """The device that is meant: "cuda" is the current one, with its number."""
    where = device(where)
    return where if where.type == "cpu" else device("cuda", number_of(where))


def home(where):
    """An array for the argument `like` of kernels that make new arrays on the device `where`; None for the CPU."""
    if where is None or (target := device(where)).type == "cpu":
        return None
    return kernels.cuda_devices().home(number_of(target))


def place(array, where, wait: bool = True):
    """`array` on the device `where` (None: where it is); without `wait`, as `Tensor.to` does with `non_blocking`.

    Raises
    ------
    RuntimeError
        If that device cannot be used here; says why.
    """
    if where is None or (target := settled(where)) == (here := device_of(array)):
        return array
    if here.type != "cpu":
        array = kernels.to_numpy(array) if wait or target.type != "cpu" else array.to_host(wait=False)
    return array if target.type == "cpu" else kernels.cuda_array(array, target.index, wait)
