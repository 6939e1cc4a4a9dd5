"""Linear algebra on the device: elimination and substitution by blocks; factorizations into rotations are CuPy's.

As on the CPU, both are cut in halves down to `SMALL` columns or rows, which a kernel goes through one by one; what
joins the halves is a matrix product.
"""

from math import prod

import numpy as np

from ..ref.linalg import _PADE, _WITHIN
from ._array import DeviceArray
from ._cupy import call
from ._driver import SIMULATED
from ._elimination import (
    LINE,
    determinants,
    eliminating,
    exchanging,
    first_zeros,
    logarithms,
    ordering,
    regularizing,
    rooting,
    substituting,
)
from ._fuse import compute, fused, spread
from .creation import eye, zeros
from .matmul import matmul
from .pool import packed
from .reduce import max, sum

__all__ = [
    "cholesky", "eig", "eigh", "eigvals", "eigvalsh", "geqrf", "lu_det", "lu_factor", "lu_regular", "lu_slogdet",
    "lu_solve", "matrix_exp", "pivot_order", "qr", "solve_triangular", "svd", "svdvals",
]  # fmt: skip

SMALL = 2 if SIMULATED else 64
_BLOCKS = 1 << 16  # of a grid, at most


def lu_factor(a, pivot):
    """Factorize by elimination."""
    *batch, m, n = a.shape
    k = min(m, n)
    lu = a.copy().reshape(prod(batch), m, n)
    pivots, info = DeviceArray.empty((prod(batch), k), np.int32), DeviceArray.empty(tuple(batch), np.int32)
    if lu.size:
        _eliminate(lu, pivots, 0, k, pivot)
        _substitute(lu, lu, (0, k), (k, n), False, True)
    first_zeros(a.dtype.name).over(info.size, info.size, m, n, lu.buffer, info.buffer)
    return lu.reshape(a.shape), pivots.reshape(*batch, k), info


def pivot_order(pivots, m):
    """Do the exchanges on the row numbers."""
    *batch, k = pivots.shape
    order, pivots = DeviceArray.empty((*batch, m), np.int64), pivots.astype(np.int32)
    ordering().over(prod(batch), prod(batch), m, k, pivots.buffer, order.buffer)
    return order


def lu_solve(lu, pivots, b, transposed):
    """Solve with the two triangles."""
    n, k = b.shape[-2:]
    batch = np.broadcast_shapes(lu.shape[:-2], b.shape[:-2])
    x, each, whole = _copied(b, batch), _each(lu, batch), ((0, n), (0, k))
    exchanges = spread(pivots, (*batch, n)).astype(np.int32)
    if transposed:
        _substitute(each.mT, x, *whole, False, False)
        _substitute(each.mT, x, *whole, True, True)
    exchanging(x.dtype.name).over(
        x.size // (n or 1), x.size // (n or 1), k, n, n, transposed, exchanges.buffer, x.buffer
    )
    if not transposed:
        _substitute(each, x, *whole, False, True)
        _substitute(each, x, *whole, True, False)
    return x.reshape(*batch, n, k)


def lu_det(lu, pivots):
    """Multiply the diagonal."""
    lu, pivots, y = packed(lu), packed(pivots), DeviceArray.empty(lu.shape[:-2], lu.dtype)
    determinants(lu.dtype.name).over(
        y.size, y.size, lu.shape[-1], lu.buffer, lu.offset, pivots.buffer, pivots.offset, y.buffer
    )
    return y


def lu_slogdet(lu, pivots):
    """Multiply the signs of the diagonal and sum its logarithms."""
    lu, pivots, sign = packed(lu), packed(pivots), DeviceArray.empty(lu.shape[:-2], lu.dtype)
    y = DeviceArray.empty(sign.shape, lu.dtype.type(0).real.dtype)
    logarithms(lu.dtype.name).over(
        y.size, y.size, lu.shape[-1], lu.buffer, lu.offset, pivots.buffer, pivots.offset, sign.buffer, y.buffer
    )
    return sign, y


def lu_regular(lu):
    """Replace zeros by a rounding error of the largest number on the diagonal."""
    lu, n = lu.copy(), prod(lu.shape[:-2])
    regularizing(lu.dtype.name).over(n, n, lu.shape[-1], lu.buffer)
    return lu


def solve_triangular(a, b, upper, unit):
    """Substitute."""
    n, k = b.shape[-2:]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = _copied(b, batch)
    _substitute(_each(a, batch), x, (0, n), (0, k), upper, unit)
    return x.reshape(*batch, n, k)


def cholesky(a):
    """Factorize by blocks."""
    n, info = a.shape[-1], zeros(a.shape[:-2], np.int32)
    found = a.copy()
    if found.size:
        _root(found.reshape(info.size, n, n), info, 0, n)
    i = DeviceArray.from_host(np.arange(n))
    return compute(_lower, found, info[..., None, None], i[:, None], i), info


def _lower(a, info, i, j):
    return np.where(info > 0, a.dtype.type(np.nan), np.where(j > i, a.dtype.type(0), a))


def matrix_exp(a):
    """Halve until the approximant is exact, then square as often."""
    *batch, n, _ = a.shape
    if not a.size:
        return a.copy()
    rows = (len(batch),)
    norm = max(sum(np.abs(a), rows, False), rows, False)
    halvings = _halvings(norm)[..., None, None]
    x = _halved(a, halvings)
    one = eye(n, n, a.dtype)
    x2 = matmul(x, x)
    x4 = matmul(x2, x2)
    x6 = matmul(x2, x4)
    b = [float(c) for c in _PADE]
    odd = matmul(x, _three_more(matmul(x6, _three(x6, x4, x2, b[13], b[11], b[9])), x6, x4, x2, one, *b[7::-2]))
    even = _three_more(matmul(x6, _three(x6, x4, x2, b[12], b[10], b[8])), x6, x4, x2, one, *b[6::-2])
    lu, pivots, _ = lu_factor(even - odd, True)
    y = lu_solve(lu, pivots, even + odd, False)
    for k in range(int(max(halvings, None, False).item())):
        y = _squared(halvings, float(k), matmul(y, y), y)
    return y


def qr(a, mode):
    """Factorize."""
    return call("linalg.qr", a, mode)


def geqrf(a):
    """Find the reflections."""
    h, tau = call("linalg.qr", a, "raw")
    return h.mT, tau


def svd(a, full):
    """Factorize."""
    return call("linalg.svd", a, full_matrices=full)


def svdvals(a):
    """Find the singular values."""
    return call("linalg.svd", a, compute_uv=False)


def eigh(a, upper):
    """Factorize."""
    return call("linalg.eigh", a, "U" if upper else "L")


def eigvalsh(a, upper):
    """Find the eigenvalues."""
    return call("linalg.eigvalsh", a, "U" if upper else "L")


def eig(a):
    """Find eigenvalues and eigenvectors."""
    w, v = call("linalg.eig", a)
    kind = np.result_type(a.dtype, np.complex64)
    return w.astype(kind, copy=False), v.astype(kind, copy=False)


def eigvals(a):
    """Find the eigenvalues."""
    return call("linalg.eigvals", a).astype(np.result_type(a.dtype, np.complex64), copy=False)


# ------------------------------------------------------------------------------------ in blocks


def _eliminate(lu, pivots, first, last, pivot):
    """Factorize the columns `first … last-1` of what is left below and to the right of the first ones."""
    size, m, n = lu.shape
    if last - first <= SMALL:
        numbers = size, m, n, pivots.shape[1], first, last, pivot
        eliminating(lu.dtype.name)(min(size, _BLOCKS), LINE, *numbers, lu.buffer, pivots.buffer)
        return
    middle = (first + last) // 2
    _eliminate(lu, pivots, first, middle, pivot)
    _substitute(lu, lu, (first, middle), (middle, last), False, True)
    _subtract(lu[:, middle:, middle:last], lu[:, middle:, first:middle], lu[:, first:middle, middle:last])
    _eliminate(lu, pivots, middle, last, pivot)


def _root(a, info, first, last):
    """Factorize the rows and columns `first … last-1` of what is left of Hermitian matrices."""
    size, n, _ = a.shape
    if last - first <= SMALL:
        rooting(a.dtype.name)(min(size, _BLOCKS), LINE, size, n, first, last, a.buffer, info.buffer)
        return
    middle = (first + last) // 2
    _root(a, info, first, middle)
    _substitute(a, a.mT, (first, middle), (middle, last), False, False, True)
    below = a[:, middle:last, first:middle]
    _subtract(a[:, middle:last, middle:last], below, _conjugate(below).mT)
    _root(a, info, middle, last)


def _substitute(a, x, rows, columns, upper, unit, conjugated=False):
    """Solve, in these rows and columns of `x`, with the block of `a` on its diagonal in these rows."""
    (first, last), (left, right) = rows, columns
    n = x.shape[0] * (right - left)
    if n == 0 or first == last:
        return
    if last - first <= SMALL:
        part = x[:, :, left:right]
        numbers = n, right - left, first, last, upper, unit, conjugated
        substituting(x.dtype.name).over(n, *numbers, a.buffer, a.offset, a.steps, part.buffer, part.offset, part.steps)
        return
    middle = (first + last) // 2
    known, rest = ((middle, last), (first, middle)) if upper else ((first, middle), (middle, last))
    _substitute(a, x, known, columns, upper, unit, conjugated)
    factor = a[:, slice(*rest), slice(*known)]
    _subtract(
        x[:, slice(*rest), left:right], _conjugate(factor) if conjugated else factor, x[:, slice(*known), left:right]
    )
    _substitute(a, x, rest, columns, upper, unit, conjugated)


def _subtract(x, a, b):
    """Take the product a b from x, in place."""
    if x.size:
        compute(np.subtract, x, matmul(a, b), out=(x,))


def _conjugate(x):
    return np.conjugate(x) if x.dtype.kind == "c" else x


def _each(a, batch):
    """A matrix for each of a batch: (B, N, N), of a single one as a view."""
    n = a.shape[-1]
    if a.size == n * n:
        return a.view((prod(batch), n, n), (0, *a.steps[-2:]))
    return spread(a, (*batch, n, n)).reshape(prod(batch), n, n)


def _copied(b, batch):
    """Right-hand sides for each of a batch, to be overwritten: (B, N, K)."""
    return spread(b, (*batch, *b.shape[-2:])).copy().reshape(prod(batch), *b.shape[-2:])


# ------------------------------------------------------------------------------------ formulas


@fused
def _halvings(norm):
    """How often a matrix must be halved; what is not finite stays so."""
    return np.where(np.isfinite(norm), np.ceil(np.log2(np.maximum(norm / _WITHIN, 1))), 0)


@fused
def _halved(a, halvings):
    return a * np.exp2(-halvings)


@fused
def _squared(halvings, k, square, y):
    return np.where(halvings > k, square, y)


@fused
def _three(x, y, z, a, b, c):
    return a * x + b * y + c * z


@fused
def _three_more(product, x, y, z, one, a, b, c, d):
    return product + a * x + b * y + c * z + d * one
