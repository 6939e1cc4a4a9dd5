"""Indexing on the CPU: NumPy's own loops, with grids of positions kept, and rows read and added in one pass."""

from functools import lru_cache

import numpy as np

from ..ref import indexing as _ref
from ..ref.indexing import *  # noqa: F403 — what is not overridden below

_LARGE = 1 << 12  # elements that are worth a compiled kernel; the bits are the same
_FLOATS = (np.dtype("f"), np.dtype("d"))  # of the machine's byte order
_KEPT = 1 << 12  # positions on the axes of shapes whose grids are kept


def take(x, index):
    """Read; many rows of a table in one pass."""
    whole = isinstance(index, tuple) and (len(index) == 1 or (len(index) == 2 and index[1] is Ellipsis))
    rows = index[0] if whole else index
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" and _is_table(x) and rows.size * x[0].size >= _LARGE:
        from ._gather import take_rows  # loads Numba

        return take_rows(x, rows)
    return _ref.take(x, index)


def _is_table(x):
    """Whether rows of floats can be read in place."""
    return x.ndim > 1 and len(x) > 0 and x.dtype in _FLOATS and x.flags.c_contiguous and x.flags.aligned


def take_along_axis(x, index, axis):
    """Read along one axis."""
    return _ref.take(x, _around(x.shape, index, axis))


def add_along_axis(shape, g, index, axis):
    """Sum along one axis into zeros."""
    return add_at(shape, g, _around(shape, index, axis))


def add_at(shape, g, index):
    """Sum into zeros, in the order of g."""
    (rows,) = index if isinstance(index, tuple) and len(index) == 1 else (index,)
    fits = isinstance(rows, np.ndarray) and rows.dtype.kind in "iu" and g.shape == (*rows.shape, *shape[1:])
    if not fits or g.size < _LARGE:
        return _ref.add_at(shape, g, index)
    from ._scatter import add_rows

    return add_rows(shape, g, rows)


def _around(shape, index, axis):
    """The full index of positions along one axis."""
    grid = _grid(shape) if sum(shape) < _KEPT else _grid.__wrapped__(shape)
    return (*grid[:axis], index, *grid[axis + 1 :])


@lru_cache(256)
def _grid(shape):
    return tuple(np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape))
