"""Reductions on the CPU: sums of floats are exact to a few units along every axis; NumPy's loops serve the rest.

NumPy adds pairwise along the last axis alone, and one after the other along the others. Here neighbouring axes that are
all summed, or all kept, count as one, and what is left are sums of rows and sums of columns.
"""

import math
from functools import cache, lru_cache

import numpy as np

from ..ref import reduce as _ref
from ..ref.reduce import *  # noqa: F403 — what is not overridden below

_FEW = 256  # elements that are scanned as fast by NumPy
_SMALL = 1 << 10  # elements that NumPy adds as fast, in any order


def sum(x, axis, keepdims):
    """Sum."""
    if x.size < _SMALL or x.dtype.char not in "fd":
        return _ref.sum(x, axis, keepdims)
    if not x.flags.c_contiguous:
        return _sum_any(x, axis, keepdims)
    lengths, reduced, without, kept = _plan(x.shape, axis)
    y = _sums().add_axes(x, lengths, reduced)
    if y is None:
        return _ref.sum(x, axis, keepdims)
    letter = x.dtype.char
    return (y if y.dtype.char == letter else y.astype(letter)).reshape(kept if keepdims else without)


def cumsum(x, axis):
    """Cumulative sum."""
    y = _scans().running(x, axis, 0) if _is_long(x) else None
    return _ref.cumsum(x, axis) if y is None else y


def cumprod(x, axis):
    """Cumulative product."""
    y = _scans().running(x, axis, 1) if _is_long(x) else None
    return _ref.cumprod(x, axis) if y is None else y


def recurrence(a, b):
    """Solve a linear recurrence, one step after the other."""
    y = _scans().recurrence(a, b) if _is_long(b) else None
    return _ref.recurrence(a, b) if y is None else y


def _is_long(x):
    return x.size >= _FEW and x.dtype.char in "fd"


@cache
def _scans():
    from . import _scan  # loads Numba

    return _scan


def _sum_any(x, axis, keepdims):
    """Sum with axes in the order of memory; what was only repeated is multiplied, what has gaps is copied."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    repeated = [a for a in axes if x.strides[a] == 0 and x.shape[a] > 1]
    if repeated:
        once = x[tuple(slice(1) if a in repeated else slice(None) for a in range(x.ndim))]
        y = np.multiply(sum(once, axis, keepdims), float(math.prod(x.shape[a] for a in repeated)), dtype=np.float64)
        return np.asarray(y, x.dtype.char)
    order = sorted(range(x.ndim), key=lambda a: -x.strides[a])
    y = sum(np.ascontiguousarray(x.transpose(order)), tuple(order.index(a) for a in axes), True)
    y = y.transpose([order.index(a) for a in range(x.ndim)])
    return y if keepdims else y.squeeze(tuple(axes))


@cache
def _sums():
    from . import _sums

    return _sums


@lru_cache(1024)
def _plan(shape, axis):
    """Merged lengths, which of them are summed, and the shapes of the result without and with its axes of length 1."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    lengths, reduced = [1], [False]
    for a, n in enumerate(shape):
        if reduced[-1] == (a in axes):
            lengths[-1] *= n
        else:
            lengths.append(n)
            reduced.append(a in axes)
    without = tuple(n for a, n in enumerate(shape) if a not in axes)
    return tuple(lengths), tuple(reduced), without, tuple(1 if a in axes else n for a, n in enumerate(shape))
