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
    if x.dtype.kind != "c":
        return np.logaddexp.accumulate(x, axis)
    y = x.copy()
    rows = np.moveaxis(y, axis, 0)
    for i in range(1, len(rows)):
        rows[i] = _logaddexp(rows[i - 1], rows[i])
    return y


def _logaddexp(a, b):
    """Logarithm of a sum of complex exponentials, relative to the one with the larger real part."""
    swap = (a.real < b.real) | (a.real != a.real)
    large, small = np.where(swap, b, a), np.where(swap, a, b)
    with np.errstate(invalid="ignore"):
        both = np.isinf(large) & (large == small)  # the same infinity twice
        return np.where(both, large, large + np.log1p(np.exp(small - large)))


def recurrence(a, b):
    """Solve a linear recurrence by doubling what each element already knows."""
    step = 1
    while step < b.shape[-1]:
        b = np.concatenate([b[..., :step], b[..., step:] + a[..., step:] * b[..., :-step]], -1)
        a = np.concatenate([a[..., :step], a[..., step:] * a[..., :-step]], -1)
        step *= 2
    return b
