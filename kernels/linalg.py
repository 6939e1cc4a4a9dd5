"""Linear algebra: factorizations of matrices, and equations solved by them.

Matrices are the last two axes; the axes before them are batches. Only float32, float64 and their complex twins are
factorized: another dtype is a TypeError. A factorization that cannot be finished says so in `info`, one integer for
each matrix, where PyTorch has such a number, else it is a `LinAlgError`.
"""

import numpy as np

from ._backend import native, serve


class LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix does not have what was asked for: an inverse, a Cholesky factor, converging singular values."""


def lu_factor(a, pivot=True):
    """Factorize P a = L U, L with a unit diagonal, by elimination.

    Parameters
    ----------
    a : array, (…, M, N)
    pivot : bool
        Exchange rows so that every multiplier is at most 1; without it P = 1.

    Returns
    -------
    lu : array, (…, M, N)
        L below the diagonal, U on and above it.
    pivots : int32 array, (…, min(M, N))
        In step i, row i was exchanged with row pivots[i], counted from 1.
    info : int32 array, (…)
        The first i, from 1, with U[i, i] = 0, else 0.
    """
    a = _matrices("lu_factor", a=a)
    return serve("linalg", a).lu_factor(a, bool(pivot))


def pivot_order(pivots, m):
    """Turn the exchanges of `lu_factor` into an order of rows: L U = a[order].

    Parameters
    ----------
    pivots : int array, (…, K)
    m : int
        How many rows there are.

    Returns
    -------
    array, int64, (…, m)
    """
    return serve("linalg", pivots).pivot_order(pivots, m)


def lu_solve(lu, pivots, b, transposed=False):
    """Solve a x = b, or aᵀ x = b, by the factors of a.

    Parameters
    ----------
    lu : array, (…, N, N)
    pivots : int32 array, (…, N)
    b : array, (…, N, K)
        Batches broadcast.
    transposed : bool

    Returns
    -------
    array, (…, N, K)
        Where U has a zero on its diagonal, infinite or NaN.
    """
    lu, b = _matrices("lu_solve", lu=lu, b=b)
    return serve("linalg", lu, pivots, b).lu_solve(lu, pivots, b, transposed)


def lu_det(lu, pivots):
    """Multiply the diagonal of U, with the sign of the exchanges: the determinants, (…)."""
    return serve("linalg", lu, pivots).lu_det(_matrices("lu_det", lu=lu), pivots)


def lu_slogdet(lu, pivots):
    """Find sign and logarithm of the absolute value of the determinants; 0 and -∞ for a singular matrix.

    Returns
    -------
    sign, logabsdet : arrays, (…)
        `sign` is a complex number of modulus 1 where `lu` is complex; `logabsdet` is always real.
    """
    return serve("linalg", lu, pivots).lu_slogdet(_matrices("lu_slogdet", lu=lu), pivots)


def lu_regular(lu):
    """Put a rounding error in the place of every zero on the diagonal of U."""
    return serve("linalg", lu).lu_regular(_matrices("lu_regular", lu=lu))


def solve_triangular(a, b, upper=False, unit=False):
    """Solve a x = b for a triangular a.

    Parameters
    ----------
    a : array, (…, N, N)
        The other triangle is not read; nor is the diagonal, if `unit`.
    b : array, (…, N, K)
        Batches broadcast.
    upper : bool
    unit : bool
        The diagonal is 1.

    Returns
    -------
    array, (…, N, K)
        Where the diagonal has a zero, infinite or NaN.
    """
    a, b = _matrices("solve_triangular", a=a, b=b)
    if a.shape[-2:] != (b.shape[-2],) * 2:
        raise ValueError(f"[solve_triangular] `a` (shape {a.shape}) must be square, of the rows of `b` ({b.shape})")
    return serve("linalg", a, b).solve_triangular(a, b, bool(upper), bool(unit))


def cholesky(a):
    """Factorize a = L Lᴴ, reading the lower triangle of a.

    Parameters
    ----------
    a : array, (…, N, N)

    Returns
    -------
    l : array, (…, N, N)
        Lower triangular; NaN for a matrix without one.
    info : int32 array, (…)
        The size of the first leading minor that is not positive, else 0.
    """
    a = _matrices("cholesky", a=a)
    return serve("linalg", a).cholesky(a)


def matrix_exp(a):
    """Sum the exponential series Σ aᵏ / k! of square matrices.

    Parameters
    ----------
    a : array, (…, N, N)

    Notes
    -----
    By scaling and squaring of a Padé approximant of degree 13 (Higham, SIAM J. Matrix Anal. Appl. 26, 2005).
    """
    a = _matrices("matrix_exp", a=a)
    return serve("linalg", a).matrix_exp(a)


def qr(a, mode="reduced"):
    """Factorize a = Q R, the columns of Q orthonormal, R upper triangular.

    Parameters
    ----------
    a : array, (…, M, N)
    mode : {"reduced", "complete"}
        Q has min(M, N) columns, or M.

    Returns
    -------
    q, r : arrays, (…, M, K) and (…, K, N)
    """
    a = _matrices("qr", a=a)
    return _converged("qr", serve("linalg", a).qr, a, mode)


def geqrf(a):
    """Find the reflections whose product is the Q of `qr`: R on and above the diagonal, their vectors below.

    Returns
    -------
    a, tau : arrays, (…, M, N) and (…, min(M, N))
    """
    a = _matrices("geqrf", a=a)
    return serve("linalg", a).geqrf(a)


def svd(a, full=False):
    """Factorize a = U S Vᴴ, S falling.

    Parameters
    ----------
    a : array, (…, M, N)
    full : bool
        Complete U and V to square ones.

    Returns
    -------
    u, s, vh : arrays, (…, M, K), (…, K) and (…, K, N)

    Raises
    ------
    LinAlgError
        If it does not converge, which is said of NaN too.
    """
    a = _matrices("svd", a=a)
    return _converged("svd", serve("linalg", a).svd, a, full)


def svdvals(a):
    """Find the singular values, falling; errors as for `svd`."""
    a = _matrices("svdvals", a=a)
    return _converged("svdvals", serve("linalg", a).svdvals, a)


def eigh(a, upper=False):
    """Factorize a = V W Vᴴ for a Hermitian a, W rising.

    Parameters
    ----------
    a : array, (…, N, N)
    upper : bool
        Read the upper triangle, not the lower one.

    Returns
    -------
    w, v : arrays, real (…, N) and (…, N, N)

    Raises
    ------
    LinAlgError
        If it does not converge.
    """
    a = _matrices("eigh", a=a)
    return _converged("eigh", serve("linalg", a).eigh, a, upper)


def eigvalsh(a, upper=False):
    """Find the eigenvalues of a Hermitian matrix, rising; parameters and errors as for `eigh`."""
    a = _matrices("eigvalsh", a=a)
    return _converged("eigvalsh", serve("linalg", a).eigvalsh, a, upper)


def eig(a):
    """Find eigenvalues and eigenvectors: a v = v w, with complex results.

    Returns
    -------
    w, v : complex arrays, (…, N) and (…, N, N)
        The columns of v have length 1.

    Raises
    ------
    LinAlgError
        If it does not converge, or `a` has NaN or infinity.
    """
    a = _matrices("eig", a=a)
    return _converged("eig", serve("linalg", a).eig, a)


def eigvals(a):
    """Find the eigenvalues, complex; errors as for `eig`."""
    a = _matrices("eigvals", a=a)
    return _converged("eigvals", serve("linalg", a).eigvals, a)


def _matrices(op, **arrays):
    """The arrays, native; raise unless they are matrices of one dtype that can be factorized."""
    found = tuple(map(native, arrays.values()))
    for name, x in zip(arrays, found, strict=True):
        if x.ndim < 2:
            raise ValueError(f"[{op}] `{name}` (shape {x.shape}) must have at least two dimensions")
        if x.dtype.char not in "fdFD":
            raise TypeError(f"[{op}] `{name}` (dtype {x.dtype}) must be float32, float64, complex64 or complex128")
        if x.dtype != found[0].dtype:
            raise TypeError(f"[{op}] `{name}` (dtype {x.dtype}) must have the dtype {found[0].dtype} of the others")
    return found if len(found) > 1 else found[0]


def _converged(op, function, *args):
    try:
        return function(*args)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"[{op}] {error}") from None
