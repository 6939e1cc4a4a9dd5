"""Linear algebra on the CPU: elimination and substitution by blocks, everything else NumPy's LAPACK.

Both are cut in halves down to `_SMALL` columns or rows, which a compiled loop does row by row; what joins the halves
is a matrix product. Each matrix of a batch is one thread's.
"""

from math import prod

import numpy as np

from ..ref import linalg as _ref
from ..ref.linalg import *  # noqa: F403 — what is not overridden below
from .matmul import matmul

_SMALL = 32
_FLOAT = np.dtype(np.float64)
eliminate = None  # until Numba is needed


def lu_factor(a, pivot):
    """Factorize by elimination."""
    if not _compiled(a.dtype) or a.size == 0:
        return _ref.lu_factor(a, pivot)
    *batch, m, n = a.shape
    k = min(m, n)
    lu = np.array(a, order="C").reshape(-1, m, n)
    pivots = np.empty((len(lu), k), np.int64)
    _eliminate(lu, pivots, 0, k, pivot)
    _substitute(lu, lu, (0, k), (k, n), False, True)
    return lu.reshape(a.shape), pivots.astype(np.int32).reshape(*batch, k), _ref.first_zero(lu).reshape(batch)


def pivot_order(pivots, m):
    """Do the exchanges on the row numbers."""
    if pivots.size == 0 or not _compiled(_FLOAT):
        return _ref.pivot_order(pivots, m)
    *batch, k = pivots.shape
    order = np.array(np.broadcast_to(np.arange(m), (*batch, m)), order="C")
    exchanges = pivots.astype(np.int64, order="C")
    run(exchange, exchanges.size, _FLOAT, (order, exchanges), (exchanges.size // k, m, k))
    return order


def lu_solve(lu, pivots, b, transposed):
    """Solve with the two triangles."""
    order = pivot_order(pivots, lu.shape[-1])
    if transposed:
        x = solve_triangular(lu.mT, solve_triangular(lu.mT, b, False, False), True, True)
        return _ref.reorder(x, np.argsort(order, -1))
    return solve_triangular(lu, solve_triangular(lu, _ref.reorder(b, order), False, True), True, False)


def solve_triangular(a, b, upper, unit):
    """Substitute; the right-hand sides of a matrix shared by a batch lie side by side."""
    if not _compiled(a.dtype) or a.size == 0 or b.size == 0:
        return _ref.solve_triangular(a, b, upper, unit)
    n, k = b.shape[-2:]
    if a.size == n * n and b.ndim > 2:
        side = np.moveaxis(b, -2, 0)
        x = solve_triangular(a.reshape(n, n), side.reshape(n, -1), upper, unit)
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        return np.moveaxis(x.reshape(side.shape), 0, -2).reshape(*batch, n, k)
    if a.shape[:-2] != b.shape[:-2]:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = np.broadcast_to(a, (*batch, n, n)), np.broadcast_to(b, (*batch, n, k))
    x = np.array(b, order="C")
    _substitute(canonical(a.reshape(-1, n, n)), x.reshape(-1, n, k), (0, n), (0, k), upper, unit)
    return x


def _eliminate(lu, pivots, first, last, pivot):
    """Factorize the columns `first … last-1` of what is left below and to the right of the first ones."""
    size, m, n = lu.shape
    if last - first <= _SMALL:
        work = size * (m - first) * (last - first) ** 2
        run(eliminate, work, lu.dtype, (lu, pivots), (size, m, n, pivots.shape[1], first, last, pivot))
        return
    middle = (first + last) // 2
    _eliminate(lu, pivots, first, middle, pivot)
    _substitute(lu, lu, (first, middle), (middle, last), False, True)
    lu[:, middle:, middle:last] -= matmul(lu[:, middle:, first:middle], lu[:, first:middle, middle:last])
    _eliminate(lu, pivots, middle, last, pivot)


def _substitute(a, x, rows, columns, upper, unit):
    """Solve, in these rows and columns of `x`, with the block of `a` on its diagonal in these rows."""
    (first, last), (left, right) = rows, columns
    if left == right:
        return
    if last - first <= _SMALL:
        numbers = (len(a), prod(a.shape[1:]), a.shape[2], prod(x.shape[1:]), x.shape[2], first, last, left, right)
        work = len(a) * (last - first) ** 2 * (right - left)
        run(substitute, work, x.dtype, (a, x), (*numbers, upper, unit))
        return
    middle = (first + last) // 2
    known, rest = ((middle, last), (first, middle)) if upper else ((first, middle), (middle, last))
    _substitute(a, x, known, columns, upper, unit)
    x[:, slice(*rest), left:right] -= matmul(a[:, slice(*rest), slice(*known)], x[:, slice(*known), left:right])
    _substitute(a, x, rest, columns, upper, unit)


def _compiled(dtype):
    """Whether the loops serve this dtype; loads them."""
    if eliminate is None:
        _load()
    return dtype.char in "fd" and COMPILED


def _load():
    global COMPILED, canonical, eliminate, exchange, run, substitute
    from ._elimination import eliminate, exchange, substitute
    from ._numba import COMPILED, canonical, run
