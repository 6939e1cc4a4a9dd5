"""Matrix products in NumPy."""

import numpy as np

__all__ = ["einsum", "linear", "linear_relu", "matmul"]


def matmul(a, b):
    """Multiply matrices."""
    return np.matmul(a, b, out=...)


def linear(x, w, b):
    """Apply an affine map."""
    y = np.matmul(x, w.T, out=...)
    return y if b is None else np.add(y, b, out=...)


def linear_relu(x, w, b):
    """Apply an affine map, and cut off what is below zero."""
    return np.maximum(linear(x, w, b), 0, out=...)


def einsum(subscripts, *arrays):
    """Sum products over indices."""
    return np.asarray(np.einsum(subscripts, *arrays, optimize=len(arrays) > 1))
