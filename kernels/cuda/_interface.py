"""`__cuda_array_interface__`, version 3: memory of other libraries as device arrays, and the other way round.

Whoever gives memory away is held by whoever reads it. The stream in the interface is the one the elements are ready in:
what is done with them here waits for it, and readers of ours find the current stream there.
"""

import numpy as np

from ._memory import Foreign, foreign_buffer
from ._numba import SIMULATED, check_process, cuda
from ._streams import current_device, current_stream, device_count, wait_for_handle

ALIGNED = 256  # kernels count on buffers that start at multiples of it, as the driver's own do


def interface(array) -> dict:
    """The interface of a device array."""
    stream = current_stream(array.number)
    return {
        "shape": tuple(array.shape),
        "strides": None if array.is_contiguous else array.strides,
        "typestr": array.dtype.str,
        "data": (address(array) if array.size else 0, not array.flags.writeable),
        "stream": stream.handle,
        "version": 3,
    }


def address(array) -> int:
    """Where the first element lies."""
    return buffer_address(array.buffer) + array.offset * array.itemsize


def buffer_address(buffer) -> int:
    """Where a buffer begins, as a number: in the simulator, an address of the host."""
    return buffer.ctypes.data if SIMULATED else int(buffer.device_ctypes_pointer.value or 0)


def from_interface(owner):
    """A device array that shares memory with any object that has the interface.

    Raises
    ------
    TypeError
        If its elements are none of a tensor's, masked, or not aligned.
    """
    from ._array import DeviceArray

    if isinstance(owner, DeviceArray):
        return owner
    facts = owner.__cuda_array_interface__
    if facts.get("mask") is not None:
        raise TypeError("[as_tensor] `data` has a mask; tensors have none")
    start, read_only = facts["data"]
    shape, dtype = tuple(facts["shape"]), np.dtype(facts["typestr"])
    strides = facts.get("strides")
    device = device_of_address(start) if start else current_device()
    if (stream := facts.get("stream")) is not None:
        wait_for_handle(device, stream)
    return adopt(start, shape, dtype, strides, device, owner, not read_only)


def adopt(start: int, shape: tuple, dtype, strides, device: int, owner, writeable: bool):
    """A device array of memory that `owner` keeps alive; strides in bytes, or None for C order."""
    from ._array import DeviceArray, contiguous_strides

    check_process()
    if dtype.kind not in "biufc" or not dtype.isnative or dtype.char in "gG":
        raise TypeError(f"[as_tensor] `data` has the dtype {dtype}; tensors have numbers and booleans of native order")
    size = dtype.itemsize
    if start % size or any(s % size for s in strides or ()):
        raise TypeError(f"[as_tensor] `data` lies at {start} with strides {strides}: not at multiples of {size} bytes")
    steps = contiguous_strides(shape) if strides is None else tuple(s // size for s in strides)
    if 0 in shape:
        return DeviceArray.empty(shape, dtype)
    reach = [(n - 1) * step for n, step in zip(shape, steps, strict=True)]
    low = start + sum(min(r, 0) for r in reach) * size
    first = low - low % ALIGNED  # what lies before `low` is never touched
    count = (start - first) // size + sum(max(r, 0) for r in reach) + 1
    buffer = foreign_buffer(first, count, dtype, Foreign(device, owner))
    return DeviceArray(buffer, shape, dtype, steps, (start - first) // size, owner, writeable)


def device_of_address(start: int) -> int:
    """The number of the device whose memory an address is in."""
    if device_count() == 1:
        return 0
    driver = cuda.cudadrv.driver
    ordinal = driver.binding.CUpointer_attribute.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL
    return int(driver.driver.cuPointerGetAttribute(ordinal, start))
