"""Linear algebra on the CPU: elimination and substitution by blocks, everything else NumPy's LAPACK.

Both are cut in halves down to `_SMALL` columns or rows, which a compiled loop does row by row; what joins the halves
is a matrix product. Each matrix of a batch is one thread's.
"""

import numpy as np

from ..ref import linalg as _ref
from ..ref.linalg import *  # noqa: F403 — what is not overridden below
from .matmul import matmul

_SMALL = 64
_BRIEF = 1 << 16  # multiply-adds that are not worth cutting into blocks
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
    """Do the exchanges on the row numbers, which are columns of one."""
    if pivots.size == 0 or not _compiled(_FLOAT):
        return _ref.pivot_order(pivots, m)
    *batch, k = pivots.shape
    order = np.array(np.broadcast_to(np.arange(m, dtype=_FLOAT), (*batch, m)), order="C")
    exchanges = pivots.astype(np.int64, order="C")
    run(exchange, order.size, _FLOAT, (order, exchanges), (exchanges.size // k, m, 1, k, False))
    return order.astype(np.int64)


def lu_solve(lu, pivots, b, transposed):
    """Solve with the two triangles."""
    if not _compiled(lu.dtype) or lu.size == 0 or b.size == 0:
        return _ref.lu_solve(lu, pivots, b, transposed)
    n, k = b.shape[-2:]
    if lu.size == n * n and b.ndim > 2:
        one, order = lu.reshape(n, n), pivots.reshape(n)
        return _side_by_side(lambda b: lu_solve(one, order, b, transposed), lu, b)
    lu, x = _of_one_batch(lu, b)
    if pivots.shape != x.shape[:-1]:
        pivots = np.broadcast_to(pivots, x.shape[:-1])
    exchanges = pivots.astype(np.int64, order="C")
    each, one = canonical(lu.reshape(-1, n, n)), x.reshape(-1, n, k)
    if n <= _SMALL or n * n * k <= _BRIEF:
        numbers = (len(one), n, k, transposed)
        run(solve_factorized, len(one) * n * n * k, x.dtype, (each, one, exchanges), numbers)
        return x
    whole = (0, n), (0, k)
    if transposed:
        _substitute(each.mT, one, *whole, False, False)
        _substitute(each.mT, one, *whole, True, True)
        _exchange(one, exchanges, True)
    else:
        _exchange(one, exchanges, False)
        _substitute(each, one, *whole, False, True)
        _substitute(each, one, *whole, True, False)
    return x


def solve_triangular(a, b, upper, unit):
    """Substitute."""
    if not _compiled(a.dtype) or a.size == 0 or b.size == 0:
        return _ref.solve_triangular(a, b, upper, unit)
    n, k = b.shape[-2:]
    if a.size == n * n and b.ndim > 2:
        one = a.reshape(n, n)
        return _side_by_side(lambda b: solve_triangular(one, b, upper, unit), a, b)
    a, x = _of_one_batch(a, b)
    each = a.reshape(-1, n, n)
    _substitute(each if each.flags.aligned else each.copy(), x.reshape(-1, n, k), (0, n), (0, k), upper, unit)
    return x


def _side_by_side(solve, a, b):
    """Solve for the right-hand sides of a batch at once, by the only matrix."""
    side = np.moveaxis(b, -2, 0)
    x = np.moveaxis(solve(side.reshape(len(side), -1)).reshape(side.shape), 0, -2)
    return x.reshape(*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:])


def _of_one_batch(a, b):
    """Matrices, and a copy of the right-hand sides, of one batch."""
    if a.shape[:-2] != b.shape[:-2]:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = np.broadcast_to(a, (*batch, *a.shape[-2:])), np.broadcast_to(b, (*batch, *b.shape[-2:]))
    return a, np.array(b, order="C")


def _exchange(x, exchanges, back):
    """Exchange rows of `x` in place."""
    run(exchange, x.size, x.dtype, (x, exchanges), (*x.shape, x.shape[1], back))


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
    if last - first <= _SMALL or (last - first) ** 2 * (right - left) <= _BRIEF:
        steps = (step // a.itemsize for step in a.strides)
        numbers = (len(a), *steps, x.shape[1] * x.shape[2], x.shape[2], first, last, left, right, upper, unit)
        run(substitute, len(a) * (last - first) ** 2 * (right - left), x.dtype, (a, x), numbers)
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
    global COMPILED, canonical, eliminate, exchange, run, solve_factorized, substitute
    from ._elimination import eliminate, exchange, solve_factorized, substitute
    from ._numba import COMPILED, canonical, run
