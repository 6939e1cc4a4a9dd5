"""Reductions in NumPy. `out=...` keeps a 0-d result an array."""

import numpy as np

__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum", "logcumsumexp", "max", "min", "prod",
    "recurrence", "sum",
]  # fmt: skip


def sum(x, axis, keepdims):
    """Sum; NumPy adds float16 pairwise only along the last axis, so it is added in float32."""
    if x.dtype.char == "e":
        return np.asarray(np.add.reduce(x, axis=axis, dtype=np.float32, keepdims=keepdims).astype(np.float16))
    return np.add.reduce(x, axis=axis, keepdims=keepdims, out=...)


def prod(x, axis, keepdims):
    """Product."""
    return np.multiply.reduce(x, axis=axis, keepdims=keepdims, out=...)


def max(x, axis, keepdims):
    """Maximum."""
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims, out=...)


def min(x, axis, keepdims):
    """Minimum."""
    return np.minimum.reduce(x, axis=axis, keepdims=keepdims, out=...)


def any(x, axis, keepdims):
    """Disjunction."""
    return np.logical_or.reduce(x, axis=axis, keepdims=keepdims, out=...)


def all(x, axis, keepdims):
    """Conjunction."""
    return np.logical_and.reduce(x, axis=axis, keepdims=keepdims, out=...)


def argmax(x, axis, keepdims):
    """Position of the first maximum."""
    return np.asarray(np.argmax(x, axis=axis, keepdims=keepdims), np.int64)


def argmin(x, axis, keepdims):
    """Position of the first minimum."""
    return np.asarray(np.argmin(x, axis=axis, keepdims=keepdims), np.int64)


def count_nonzero(x, axis, keepdims):
    """Count of what is not zero."""
    return np.asarray(np.count_nonzero(x, axis=axis, keepdims=keepdims), np.int64)


def cumsum(x, axis):
    """Cumulative sum."""
    return np.add.accumulate(x, axis)


def cumprod(x, axis):
    """Cumulative product."""
    return np.multiply.accumulate(x, axis)


def logcumsumexp(x, axis):
    """Cumulative logarithm of a sum of exponentials."""
    return np.logaddexp.accumulate(x, axis)


def recurrence(a, b):
    """Solve a linear recurrence by doubling what each element already knows."""
    step = 1
    while step < b.shape[-1]:
        b = np.concatenate([b[..., :step], b[..., step:] + a[..., step:] * b[..., :-step]], -1)
        a = np.concatenate([a[..., :step], a[..., step:] * a[..., :-step]], -1)
        step *= 2
    return b
