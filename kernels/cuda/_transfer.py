"""Copies between the host and the devices, and host memory that they can be made from while the program goes on.

A copy is put into the current stream. From and to pageable memory the driver waits for it anyhow; pinned memory cannot
be moved by the operating system, so the device copies by itself. Whoever does not wait must not change the memory
before the stream has come so far; it is kept alive until then here.
"""

import threading
import weakref
from collections import deque

import numpy as np

from ._memory import new_buffer
from ._numba import SIMULATED, check_process, cuda
from ._streams import Event, current_device, current_stream, on

_pinned: dict[int, int] = {}  # address of pinned memory -> its bytes
_lock = threading.Lock()
_moving: deque = deque()  # (event, array): host memory that copies under way read or write


def pinned(shape: tuple, dtype) -> np.ndarray:
    """New host memory that the operating system does not move."""
    if 0 in shape:
        return np.empty(shape, dtype)  # the driver has no memory of 0 bytes
    check_process()
    with on(current_device()):
        array = cuda.pinned_array(shape, dtype)
    start = array.__array_interface__["data"][0]
    _pinned[start] = array.nbytes
    weakref.finalize(array, _pinned.pop, start, None)
    return array


def pin(array: np.ndarray) -> np.ndarray:
    """A copy of an array in pinned memory; itself, if it lies there."""
    if is_pinned(array):
        return array
    copy = pinned(array.shape, array.dtype)
    copy[...] = array
    return copy


def is_pinned(array: np.ndarray) -> bool:
    """Whether an array lies in memory that `pinned` made."""
    start = array.__array_interface__["data"][0]
    return any(low <= start < low + max(size, 1) for low, size in list(_pinned.items()))


def to_device(array: np.ndarray, wait: bool):
    """A flat buffer on the current device, filled with the elements of `array` in C order."""
    flat = np.ascontiguousarray(array).reshape(-1)
    buffer = new_buffer(flat.size, flat.dtype)
    if flat.size:
        stream = current_stream(buffer.lease.device)
        with on(stream.device):
            buffer.copy_to_device(flat, stream=stream.raw)
        _finish(stream, flat, wait)
    return buffer


def to_host(buffer, offset: int, count: int, wait: bool) -> np.ndarray:
    """`count` elements of a buffer, from `offset` on, as a flat NumPy array."""
    check_process()
    lease = buffer.lease
    stream = current_stream(lease.device)
    lease.used_on(stream.number)
    array = np.empty(count, buffer.dtype) if wait else pinned((count,), buffer.dtype)
    with on(stream.device):
        buffer[offset : offset + count].copy_to_host(array, stream=stream.raw)
    _finish(stream, array, wait)
    return array


def _finish(stream, array, wait: bool) -> None:
    if wait:
        stream.synchronize()
        return
    with _lock:  # or one thread drops what another one has looked at
        while _moving and _moving[0][0].query():
            _moving.popleft()
        if not SIMULATED:
            event = Event(timing=False)
            event.record(stream)
            _moving.append((event, array))
