"""New arrays on the device."""

import numpy as np

from ._array import DeviceArray

__all__ = ["arange", "empty", "eye", "from_numpy", "full", "linspace", "ones", "to_numpy", "zeros"]


def from_numpy(x):
    """Copy a NumPy array to the device."""
    return DeviceArray.from_host(x)


def to_numpy(x):
    """Copy to the host."""
    return x.to_host()


def empty(shape, dtype):
    """Undefined values."""
    return DeviceArray.empty(shape, dtype)


def full(shape, value, dtype):
    """One value."""
    return from_numpy(np.full(shape, value, dtype))


def zeros(shape, dtype):
    """Zeros."""
    return full(shape, 0, dtype)


def ones(shape, dtype):
    """Ones."""
    return full(shape, 1, dtype)


def arange(start, stop, step, dtype):
    """Counts."""
    return from_numpy(np.arange(start, stop, step, dtype))


def linspace(start, stop, num, dtype):
    """Points of an interval."""
    return from_numpy(np.linspace(start, stop, num, dtype=dtype))


def eye(n, m, dtype):
    """Identity matrix."""
    return from_numpy(np.eye(n, m, dtype=dtype))
