"""New arrays on the device, filled by kernels: nothing is uploaded but what comes from NumPy."""

from math import ceil

import numpy as np

from ._array import DeviceArray
from ._fuse import run
from ._trace import kernel_type

__all__ = ["arange", "empty", "eye", "from_numpy", "full", "linspace", "ones", "to_numpy", "zeros"]


def from_numpy(x):
    """Copy a NumPy array to the device."""
    return DeviceArray.from_host(x)


def to_numpy(x):
    """Copy to the host."""
    return x.to_host()


def empty(shape, dtype):
    """Undefined values."""
    return DeviceArray.empty((shape,) if isinstance(shape, int) else shape, dtype)


def full(shape, value, dtype):
    """One value."""
    y = empty(shape, dtype)
    return _filled(y, "p0", [np.full((), value, y.dtype)[()]])


def zeros(shape, dtype):
    """Zeros."""
    return full(shape, 0, dtype)


def ones(shape, dtype):
    """Ones."""
    return full(shape, 1, dtype)


def arange(start, stop, step, dtype):
    """Counts, from the first by the difference of the first two, in the dtype, as NumPy does."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return from_numpy(np.arange(start, stop, step, dtype))  # has two elements at most
    n = max(ceil((stop - start) / step), 0) if not isinstance(stop - start, complex) else None
    if n is None:
        return from_numpy(np.arange(start, stop, step, dtype))
    with np.errstate(all="ignore"):
        first, second = (np.asarray(v).astype(dtype)[()] for v in (start, start + step))
        if dtype == np.float16:
            first, second = np.float32(first), np.float32(second)
        by = second - first
    kind = kernel_type(dtype)
    number = f"{kind}(k)" if dtype.kind != "c" else f"{kind}(complex(k, 0))"
    return _filled(empty((n,), dtype), f"p0 + {number} * p1", [first, by])


def linspace(start, stop, num, dtype):
    """Points of an interval, in float64 as NumPy's are."""
    dtype = np.dtype(dtype)
    if isinstance(stop - start, complex):
        return from_numpy(np.linspace(start, stop, num, dtype=dtype))
    first, last = np.float64(start), np.float64(stop)
    parts = max(num - 1, 1)
    by = (last - first) / parts
    y = empty((num,), dtype)
    point = "p0 + float64(k) * p1" if by else "p0 + float64(k) / float64(p3) * p1"
    value = f"(p2 if k == p3 and k > 0 else {point})"
    if dtype.kind in "iu":
        value = f"floor64({value})"
    return _filled(y, value, [first, by or last - first, last, np.int64(parts)])


def eye(n, m, dtype):
    """Identity matrix."""
    y = empty((n, m), dtype)
    one, zero = np.ones((), y.dtype)[()], np.zeros((), y.dtype)[()]
    return _filled(y, "p0 if k // p2 == k % p2 else p1", [one, zero, np.int64(m)])


def _filled(y, value: str, parameters):
    """Write the value of a text, of element k, everywhere."""
    if y.dtype == np.float16:
        parameters = [np.float32(p) if p.dtype == np.float16 else p for p in parameters]
        value = f"float16({value})"
    elif y.dtype.kind != "c":
        value = f"{kernel_type(y.dtype)}({value})"
    run(f"y0_buffer[y0_at] = {value}", (y,), (), parameters, y.shape)
    return y
