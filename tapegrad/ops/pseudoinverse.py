"""Pseudoinverses, and what is solved by them: least squares.

    y = a⁺:    ty = -y ta y + y yᴴ taᴴ (1 - a y) + (1 - y a) taᴴ yᴴ y

while the rank of `a` stays what it is (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973). Singular values up to a limit
count as 0.
"""

from .. import kernels
from .._dtypes import finfo
from .._tape import declare
from ._matrices import batches, floats, matrices, named, square
from ._operands import all_true
from ._registry import public, whole
from .axes import mH
from .extrema import _amax
from .matmul import product
from .parts import absolute, conj
from .reduce import sum_over
from .region import zeros
from .selection import maximum, where
from .shape import _view


def _decomposed(a, hermitian):
    if not hermitian:
        return kernels.svd(a)
    w, v = kernels.eigh(a)
    sign = kernels.where(w < 0, -1, 1).astype(w.dtype)
    return v * sign.reshape((*w.shape[:-1], 1, w.shape[-1])), kernels.absolute(w), kernels.conjugate(v).mT


_parts = declare("linalg_svd", lambda a, *, hermitian: _decomposed(a, hermitian), [None], [None], outputs=3)


def _assembled(a, u, s, vh, limit):
    """V S⁻¹ Uᴴ, where S is above the limit."""
    some = s > limit
    inverse = kernels.where(some, 1, 0) / kernels.where(some, s, 1)
    inverse = inverse.astype(s.dtype).reshape((*s.shape[:-1], 1, s.shape[-1]))
    return kernels.matmul(kernels.conjugate(vh).mT * inverse, kernels.conjugate(u).mT)


def _vjp(g, a, y):
    g, yh = mH(conj(g)), mH(y)
    after, before = product(g, y), product(y, g)
    inside = mH(product(y, after))
    if a.shape[-2] <= a.shape[-1]:  # in the order that makes small products
        left = product(after, yh)
        left = left - product(a, product(y, left))
        return conj(left - inside + product(product(yh, y), g - product(after, a)))
    right = product(yh, before)
    right = right - product(product(right, y), a)
    return conj(right - inside + product(product(g - product(a, before), y), yh))


def _jvp(t, a, y):
    th, yh = mH(t), mH(y)
    first, last = product(product(y, yh), th), product(th, product(yh, y))
    return first - product(product(first, a), y) - product(y, product(t, y)) + last - product(y, product(a, last))


_pinv = declare("linalg_pinv", _assembled, [_vjp, None, None, None, None], [_jvp, None, None, None, None])


def _limit(op, A, s, atol, rtol):
    """The largest singular value that counts as 0, beside each matrix's: the larger of atol and rtol · s_max."""
    default = finfo(s.dtype).eps * max(A.shape[-2:])
    if rtol is None:
        rtol = (
            default
            if atol is None
            else where(atol > 0, 0.0, default)
            if hasattr(atol, "dtype")
            else (0.0 if atol > 0 else default)
        )
    most = _amax(s, dim=len(s.shape) - 1, keepdim=True) if s.shape[-1] else zeros(s, (*s.shape[:-1], 1))
    rtol, atol = (_column(op, name, x, A) for name, x in (("rtol", rtol), ("atol", 0.0 if atol is None else atol)))
    return maximum(most * rtol, zeros(most, most.shape) + atol)


def _column(op, name, x, A):
    if not hasattr(x, "dtype"):
        return float(x)
    if x.dtype.kind == "c":
        raise RuntimeError(f"[{op}] `{name}` (dtype {x.dtype}) must be real")
    return _view(x, shape=(*x.shape, 1)) if x.shape else x


@public(function=False, method=False, A="input")
@whole
def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None):
    """Pseudoinverse (of Moore and Penrose), by singular values.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    rcond : float or Tensor, optional
        The older name of `rtol`.
    hermitian : bool
        A is symmetric (or Hermitian), which is faster; only its lower triangle is read.
    atol, rtol : float or Tensor (…), optional
        Singular values up to max(atol, rtol · the largest) count as 0. `rtol` is ε max(M, N) if None, or 0 beside a
        positive `atol`.

    Returns
    -------
    Tensor or array, (…, N, M)

    Raises
    ------
    LinAlgError
        If the singular values do not converge.
    RuntimeError
        If `A` is no floating matrix, or batch of them, or not square but `hermitian`.

    Notes
    -----
    The gradient is that of matrices of the same rank. `linalg.lstsq` is what solves equations.
    """
    return _with_parts("pinv", A, atol, rcond if rtol is None else rtol, hermitian)[0]


def _with_parts(op, A, atol, rtol, hermitian):
    """The pseudoinverse, singular values, and the limit."""
    (square if hermitian else matrices)(op, A=A)
    u, s, vh = _parts(A, hermitian=bool(hermitian))
    limit = _limit(op, A, s, atol, rtol)
    return _pinv(A, u, s, vh, limit), s, limit


@public(A="input")
def pinverse(A, rcond=1e-15):
    """`linalg.pinv` in PyTorch's older form."""
    return pinv(A, rcond)


@public(function=False, method=False, A="input")
@whole
def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    """Count the singular values that are not 0.

    Parameters
    ----------
    A, hermitian, atol, rtol
        As for `pinv`.
    tol : float or Tensor (…), optional
        The older name of `atol`, beside which `rtol` is 0.

    Returns
    -------
    Tensor or array, int64, (…)
    """
    (square if hermitian else matrices)("matrix_rank", A=A)
    s = absolute(_eigenvalues(A)) if hermitian else _values(A)
    if tol is not None:
        atol, rtol = tol, 0.0
    return sum_over(s > _limit("matrix_rank", A, s, atol, rtol), dim=len(s.shape) - 1, keepdim=False)


_values = declare("linalg_matrix_rank", lambda a: kernels.svdvals(a), [None], [None])
_eigenvalues = declare("linalg_matrix_rank", lambda a: kernels.eigvalsh(a), [None], [None])

_Lstsq = named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
_DRIVERS = (None, "gels", "gelsy", "gelsd", "gelss")


@public(function=False, method=False, A="input")
@whole
def lstsq(A, B, rcond=None, *, driver=None):
    """Solve a system of equations as well as it can be solved, with the smallest of such solutions.

        X = argmin ‖A X - B‖

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    B : Tensor or array, (…, M, K), or A.shape[:-1]
        Batches broadcast.
    rcond : float, optional
        Singular values up to `rcond` · the largest count as 0; ε max(M, N) if None.
    driver : {None, "gelsy", "gels", "gelsd", "gelss"}
        Chooses, as in PyTorch, which outputs are filled; the algorithm is always by singular values.

    Returns
    -------
    named tuple ``(solution, residuals, rank, singular_values)``, (…, N, K), (…, K), int64 (…) and (…, min(M, N))
        ``residuals``, the squared distances, are empty unless M > N, all ranks are N, and the driver is one of the last
        three; ``rank`` is empty with "gels"; ``singular_values`` are filled with "gelsd" and "gelss".

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit, or there is no such driver.
    """
    if driver not in _DRIVERS:
        raise RuntimeError(f"[lstsq] `driver` (={driver!r}) must be None, 'gelsy', 'gels', 'gelsd' or 'gelss'")
    matrices("lstsq", A=A)
    floats("lstsq", A=A, B=B)
    m, n = A.shape[-2:]
    vector = len(B.shape) == len(A.shape) - 1 and B.shape == A.shape[:-1]
    b = _view(B, shape=(*B.shape, 1)) if vector else B
    if len(b.shape) < 2 or b.shape[-2] != m:
        raise RuntimeError(f"[lstsq] `B` (shape {B.shape}) must have as many rows as `A` (shape {A.shape})")
    batches("lstsq", A=A, B=b)
    inverse, s, limit = _with_parts("lstsq", A, None, rcond, False)
    x = product(inverse, b)
    rank = sum_over(s > limit, dim=len(s.shape) - 1, keepdim=False)
    nothing = zeros(s, (0,))
    residuals = nothing
    if m > n and driver in _DRIVERS[1:] and driver != "gelsy" and all_true(rank == n):
        off = absolute(product(A, x) - b)
        residuals = sum_over(off * off, dim=len(off.shape) - 2, keepdim=False)
    solution = _view(x, shape=x.shape[:-1]) if vector else x
    return _Lstsq(
        solution, residuals, zeros(rank, (0,)) if driver == "gels" else rank,
        s if driver in ("gelsd", "gelss") else nothing,
    )  # fmt: skip
