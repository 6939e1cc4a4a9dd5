"""Where a tensor is and what it is of: `to` and its short forms, and memory that devices copy by themselves."""

import numpy as np

from . import kernels
from ._device import CPU, device_of
from ._device import device as Device
from ._dtypes import as_dtype
from ._tape import Tensor
from .ops import METHODS as OPS
from .ops.cast import cast, move, pin


def _named(text: str):
    try:
        return as_dtype(text)
    except TypeError as error:
        raise TypeError(f"{error}; devices are cpu, cuda and cuda with a number, as in cuda:1") from None


def target(given: tuple, device=None, dtype=None, non_blocking: bool = False) -> tuple:
    """`(device, dtype, wait)` of what `to` is given: devices, dtypes, a Tensor that has both, then `non_blocking`."""
    for t in given:
        if isinstance(t, Tensor):
            dtype, device = t._dtype, device_of(t._array)
        elif isinstance(t, bool):
            non_blocking = t
        elif isinstance(t, (Device, int)) or (isinstance(t, str) and t.partition(":")[0] in ("cpu", "cuda")):
            device = t
        elif isinstance(t, str):
            dtype = _named(t)
        elif t is not None:
            dtype = t
    return device, dtype, not non_blocking


def to(self, *target, dtype=None, device=None, copy: bool = False, non_blocking: bool = False) -> Tensor:
    """Convert to another dtype or device; the tensor itself, if it is that already and no copy is asked for.

    ``x.to(float64)``, ``x.to("cpu")``, ``x.to("cuda:1", float64)``, ``x.to(other)``.

    Parameters
    ----------
    *target, dtype, device
        What it shall be; a number is that of a CUDA device.
    copy : bool
        Make a copy in any case.
    non_blocking : bool
        Let the program go on while pinned memory is copied to a device, or a device's to the host: the memory that is
        read must not change, nor that be read which is written, before the current stream has come so far
        (`tapegrad.cuda.synchronize()`, or an event). From pageable memory a copy always waits.
    """
    device, dtype, wait = _target(target, device, dtype, non_blocking)
    y = move(self if dtype is None else cast(self, dtype), device, wait)
    return OPS["clone"](y) if copy and y is self else y


_target = target


def cpu(self) -> Tensor:
    """Move to the CPU."""
    return self.to("cpu")


def cuda(self, device=None, non_blocking: bool = False) -> Tensor:
    """Move to a CUDA device (None: the current one)."""
    device = Device("cuda" if device is None else device)
    if device.type != "cuda":
        raise RuntimeError(f"[cuda] `device` (={device}) must be a CUDA device")
    return self.to(device, non_blocking=non_blocking)


def get_device(self) -> int:
    """The number of its CUDA device; -1 on the CPU."""
    where = device_of(self._array)
    return -1 if where.type == "cpu" else where.index or 0


def pin_memory(self) -> Tensor:
    """A copy in host memory that the operating system does not move: devices copy it while the program goes on.

    Raises
    ------
    RuntimeError
        If it is on a device; or if there is no device to pin memory for.
    """
    if (where := device_of(self._array)) != CPU:
        raise RuntimeError(f"[pin_memory] only tensors on the CPU can be pinned, this one is on {where}")
    return self if is_pinned(self) else pin(self)


def is_pinned(self) -> bool:
    """Whether it lies in pinned memory."""
    layer = kernels.loaded_cuda()
    return layer is not None and type(self._array) is np.ndarray and layer.transfer.is_pinned(self._array)


def record_stream(self, stream) -> None:
    """Say that another library uses the memory in a stream: once free, it waits for that; kernels here say it too.

    Raises
    ------
    RuntimeError
        If it is on the CPU.
    """
    if device_of(self._array) == CPU:
        raise RuntimeError("[record_stream] only memory of a device is used in streams, this tensor is on the cpu")
    self._array.buffer.lease.used_on(stream._queue.number)


METHODS = (to, cpu, cuda, get_device, pin_memory, is_pinned, record_stream)
