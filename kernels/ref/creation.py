"""New arrays in NumPy."""

import numpy as np
from numpy import arange, empty, full, ones, zeros

__all__ = ["arange", "empty", "eye", "from_numpy", "full", "linspace", "ones", "to_numpy", "zeros"]


def linspace(start, stop, num, dtype):
    """Points of an interval."""
    return np.linspace(start, stop, num, dtype=dtype)


def eye(n, m, dtype):
    """Identity matrix."""
    return np.eye(n, m, dtype=dtype)


def from_numpy(x):
    """NumPy arrays are at home."""
    return x


def to_numpy(x):
    """NumPy arrays are at home."""
    return x
