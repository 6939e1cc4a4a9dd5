"""Indexing on the CPU: NumPy's own loops, with grids of positions kept, and rows read and added in one pass."""

from functools import cache, lru_cache
from math import prod

import numpy as np

from ..ref import indexing as _ref
from ..ref.indexing import *  # noqa: F403 — what is not overridden below
from ..ref.indexing import merged
from ._keys import has_keys, keys, places

_LARGE = 1 << 12  # elements that are worth a compiled kernel; the bits are the same
_FEW_ROWS = 1 << 10  # elements, as NumPy is slower at adding
_FAR = 1 << 16  # elements of an array: positions of all of them cost more than a compiled kernel
_FEW = 64  # positions along an axis; the first call costs more
_FLOATS = (np.dtype("f"), np.dtype("d"))  # of the machine's byte order
_KEPT = 1 << 12  # positions on the axes of shapes whose grids are kept


def take(x, index):
    """Read; many rows of a table in one pass."""
    rows = index[0] if isinstance(index, tuple) and len(index) == 2 and index[1] is Ellipsis else index
    rows = rows[0] if isinstance(rows, tuple) and len(rows) == 1 else rows
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" and _is_table(x) and rows.size * x[0].size >= _LARGE:
        return _gather().take_rows(x, rows)
    return _ref.take(x, index)


def _is_table(x):
    """Whether rows of floats can be read in place."""
    return x.ndim > 1 and len(x) > 0 and x.dtype in _FLOATS and x.flags.c_contiguous and x.flags.aligned


def take_along_axis(x, index, axis):
    """Read along one axis."""
    y = _along().gather(x, index, axis) if _is_for_each(x.shape, x, index, axis) else None
    return _ref.take(x, _around(x.shape, index, axis)) if y is None else y


def put_along_axis(x, v, index, axis):
    """Write along one axis into a copy."""
    y = _combined(x, v, index, axis, "put") if _as_long(v, index) else None
    return _ref.put(x, v, _around(x.shape, index, axis)) if y is None else y


def add_along_axis(shape, g, index, axis):
    """Sum along one axis into zeros."""
    zeros = np.broadcast_to(np.zeros((), g.dtype), shape)
    y = _combined(zeros, g, index, axis, "add") if _as_long(g, index) else None
    return add_at(shape, g, _around(shape, index, axis)) if y is None else y


def combine_along_axis(x, v, index, axis, how):
    """Combine along one axis into a copy."""
    y = _combined(x, v, index, axis, how)
    return _ref.combine_along_axis(x, v, index, axis, how) if y is None else y


def keep_last(v, index, n, axis):
    """Clear what is overwritten."""
    y = _along().keep_last(v, index, n, axis) if _is_for_each(v.shape, v, index, axis) else None
    return _ref.keep_last(v, index, n, axis) if y is None else y


def argsort(x, axis, descending):
    """Find the stable order; of float32 by sorting words of a number and its place, which NumPy does in SIMD."""
    if not has_keys(x, axis) or x.size < _LARGE // 4:
        return _ref.argsort(x, axis, descending)
    words = keys(x, axis, descending)
    words.sort(-1)
    return places(words, axis)


def _combined(x, v, index, axis, how):
    """`x` with v put, added … at positions along an axis; None where NumPy serves."""
    if not _is_for_each(x.shape, x, index, axis) or getattr(v, "dtype", x.dtype) != x.dtype:
        return None
    along = _along()
    return along.combine(x, v, index, axis, getattr(along, how.upper()))


def _is_for_each(shape, x, index, axis):
    """Whether each row along an axis has positions of its own, and enough of them."""
    alike = index.dtype == np.int64 and all(index.shape[i] == n for i, n in enumerate(shape) if i != axis)
    return alike and x.dtype in _FLOATS and index.size >= _FEW


def _as_long(v, index):
    """Whether `v` broadcasts to the positions alone."""
    ones = getattr(v, "ndim", 0) <= index.ndim
    return ones and all(m in (1, n) for m, n in zip(np.shape(v)[::-1], index.shape[::-1], strict=False))


def add_at(shape, g, index):
    """Sum into zeros, in the order of g."""
    if g.size < _FEW_ROWS and prod(shape) < _FAR:
        return _ref.add_at(shape, g, index)
    table, rows = merged(shape, index)
    if rows is None or g.shape != (*rows.shape, *table[1:]):
        return _ref.add_at(shape, g, index)
    return _scatter().add_rows(shape, g, index, table, rows)


@cache
def _along():
    from . import _along  # loads Numba

    return _along


@cache
def _gather():
    from . import _gather  # loads Numba

    return _gather


@cache
def _scatter():
    from . import _scatter  # loads Numba

    return _scatter


def _around(shape, index, axis):
    """The full index of positions along one axis."""
    grid = _grid(shape) if sum(shape) < _KEPT else _grid.__wrapped__(shape)
    return (*grid[:axis], index, *grid[axis + 1 :])


@lru_cache(256)
def _grid(shape):
    return tuple(np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape))
