"""Linear algebra in NumPy, and elimination written out."""

import numpy as np

__all__ = [
    "cholesky", "eig", "eigh", "eigvals", "eigvalsh", "geqrf", "lu_det", "lu_factor", "lu_regular", "lu_slogdet",
    "lu_solve", "matrix_exp", "pivot_order", "qr", "solve_triangular", "svd", "svdvals",
]  # fmt: skip


@np.errstate(all="ignore")
def lu_factor(a, pivot):
    """Factorize by elimination, column by column."""
    *batch, m, n = a.shape
    k = min(m, n)
    lu = np.array(a, order="C").reshape(-1, m, n) if a.size else np.empty((int(np.prod(batch)), m, n), a.dtype)
    pivots = np.empty((len(lu), k), np.int32)
    each = np.arange(len(lu))
    for j in range(k):
        p = _size(lu[:, j:, j]).argmax(-1) + j if pivot else np.full(len(lu), j)
        pivots[:, j] = p + 1
        lu[each, p], lu[:, j] = lu[:, j].copy(), lu[each, p]
        head = lu[:, j, j, None]
        lu[:, j + 1 :, j] = np.divide(lu[:, j + 1 :, j], np.where(head == 0, 1, head) if pivot else head)
        lu[:, j + 1 :, j + 1 :] -= lu[:, j + 1 :, j, None] * lu[:, j, None, j + 1 :]
    return lu.reshape(a.shape), pivots.reshape(*batch, k), first_zero(lu).reshape(batch)


def _size(x):
    """LAPACK's measure of complex pivots: |Re| + |Im|."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def first_zero(lu):
    """The first zero on the diagonals, from 1, else 0."""
    zero = lu.diagonal(0, -2, -1) == 0
    if not zero.any():
        return np.zeros(zero.shape[:-1], np.int32)
    return np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32)


def reorder(x, order):
    """The rows of x in this order; batches broadcast."""
    if order.ndim == 1:
        return np.take(x, order, -2)
    batch = np.broadcast_shapes(x.shape[:-2], order.shape[:-1])
    x = np.broadcast_to(x, (*batch, *x.shape[-2:]))
    return np.take_along_axis(x, np.broadcast_to(order, (*batch, order.shape[-1]))[..., None], -2)


def pivot_order(pivots, m):
    """Do the exchanges on the row numbers."""
    flat = pivots.reshape(-1, pivots.shape[-1]) if pivots.size else np.empty((int(np.prod(pivots.shape[:-1])), 0), int)
    order = np.broadcast_to(np.arange(m), (len(flat), m)).copy()
    each = np.arange(len(flat))
    for j in range(flat.shape[-1]):
        p = flat[:, j] - 1
        order[each, p], order[:, j] = order[:, j].copy(), order[each, p]
    return order.reshape(*pivots.shape[:-1], m)


def lu_solve(lu, pivots, b, transposed):
    """Solve with the two triangles."""
    order = pivot_order(pivots, lu.shape[-1])
    if transposed:
        x = solve_triangular(lu.mT, solve_triangular(lu.mT, b, False, False), True, True)
        return reorder(x, np.argsort(order, -1))
    return solve_triangular(lu, solve_triangular(lu, reorder(b, order), False, True), True, False)


def lu_det(lu, pivots):
    """Multiply the diagonal."""
    return np.asarray(np.diagonal(lu, axis1=-2, axis2=-1).prod(-1) * _parity(pivots, lu.real.dtype))


@np.errstate(divide="ignore")
def lu_slogdet(lu, pivots):
    """Multiply the signs of the diagonal and sum its logarithms."""
    d = np.diagonal(lu, axis1=-2, axis2=-1)
    return np.asarray(np.sign(d).prod(-1) * _parity(pivots, lu.real.dtype)), np.asarray(np.log(np.abs(d)).sum(-1))


def _parity(pivots, dtype):
    """1 or -1: the sign of the exchanges."""
    exchanges = np.count_nonzero(pivots != np.arange(1, pivots.shape[-1] + 1), -1)
    return (1 - 2 * (exchanges % 2)).astype(dtype)


def lu_regular(lu):
    """Replace zeros by a rounding error of the largest number on the diagonal."""
    lu = lu.copy()
    i = np.arange(lu.shape[-1])
    d = lu[..., i, i]
    most = np.abs(d).max(-1, keepdims=True, initial=0)
    lu[..., i, i] = np.where(d == 0, np.finfo(lu.dtype).eps * np.where(most == 0, 1, most), d)
    return lu


@np.errstate(all="ignore")
def solve_triangular(a, b, upper, unit):
    """Substitute row by row."""
    n = a.shape[-1]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.broadcast_to(b, (*batch, *b.shape[-2:])).copy()
    for i in range(n)[:: -1 if upper else 1]:
        known = slice(i + 1, n) if upper else slice(i)
        x[..., i, :] -= np.matmul(a[..., i, None, known], x[..., known, :])[..., 0, :]
        if not unit:
            x[..., i, :] /= a[..., i, i, None]
    return x


def cholesky(a):
    """Factorize; matrices without a factor are found one by one."""
    info = np.zeros(a.shape[:-2], np.int32)
    try:
        return np.linalg.cholesky(a), info
    except np.linalg.LinAlgError:
        pass
    found = np.empty(a.shape, a.dtype)
    for at in np.ndindex(info.shape):
        try:
            found[at] = np.linalg.cholesky(a[at])
        except np.linalg.LinAlgError:
            found[at], info[at] = np.nan, _first_minor(a[at])
    return found, info


def _first_minor(a):
    """The size of the first leading minor that is not positive."""
    for k in range(1, len(a)):
        try:
            np.linalg.cholesky(a[:k, :k])
        except np.linalg.LinAlgError:
            return k
    return len(a)


_PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
_WITHIN = 5.371920351148152  # the approximant is exact to rounding for norms up to this


@np.errstate(all="ignore")
def matrix_exp(a):
    """Halve until the approximant is exact, then square as often."""
    norm = np.abs(a).sum(-2).max(-1, initial=0)[..., None, None]
    halvings = np.where(np.isfinite(norm), np.ceil(np.log2(np.maximum(norm / _WITHIN, 1))), 0)
    x = a / (2.0**halvings).astype(a.real.dtype)
    one = np.eye(a.shape[-1], dtype=a.dtype)
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x2 @ x4
    b = [a.dtype.type(c) for c in _PADE]
    odd = x @ (x6 @ (b[13] * x6 + b[11] * x4 + b[9] * x2) + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one)
    even = x6 @ (b[12] * x6 + b[10] * x4 + b[8] * x2) + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * one
    y = np.linalg.solve(even - odd, even + odd)
    for k in range(int(halvings.max(initial=0))):
        y = np.where(halvings > k, y @ y, y)
    return y


def qr(a, mode):
    """Factorize."""
    return tuple(np.linalg.qr(a, mode))


def geqrf(a):
    """Find the reflections."""
    h, tau = np.linalg.qr(a, "raw")
    return h.mT, tau


def svd(a, full):
    """Factorize."""
    return tuple(np.linalg.svd(a, full_matrices=full))


def svdvals(a):
    """Find the singular values."""
    return np.linalg.svd(a, compute_uv=False)


def eigh(a, upper):
    """Factorize."""
    return tuple(np.linalg.eigh(a, "U" if upper else "L"))


def eigvalsh(a, upper):
    """Find the eigenvalues."""
    return np.linalg.eigvalsh(a, "U" if upper else "L")


def eig(a):
    """Find eigenvalues and eigenvectors; NumPy answers real ones where all of them are."""
    w, v = np.linalg.eig(a)
    kind = np.result_type(a.dtype, np.complex64)
    return w.astype(kind), v.astype(kind)


def eigvals(a):
    """Find the eigenvalues."""
    return np.linalg.eigvals(a).astype(np.result_type(a.dtype, np.complex64))
