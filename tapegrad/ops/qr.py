"""Orthonormal factors: a = Q R.

    X = ta R⁻¹,   M = Qᴴ X,   Ω = tril(M, -1) - tril(M, -1)ᴴ:    tQ = X - Q (M - Ω),   tR = (M - Ω) R

for as many rows as columns, or more. In a wide matrix (a₁ a₂) the square part has a₁ = Q R₁, and R₂ = Qᴴ a₂.
"""

from .. import kernels
from .._tape import declare, is_grad_enabled
from ._matrices import expand_batch, floats, identity, matrices, named
from ._registry import public, whole
from .axes import mH
from .diagonal import diag_embed, diagonal, tril, triu
from .indexing import getitem
from .join import cat
from .matmul import product
from .parts import conj, imag
from .region import zeros
from .triangular import substitute


def _columns(x, start, stop=None):
    return getitem(x, (..., slice(start, stop)))


def _over(x, r):
    """X R⁻¹."""
    return mH(substitute(mH(r), mH(x), upper=False, unit=False))


def _over_adjoint(x, r):
    """X R⁻ᴴ."""
    return mH(substitute(r, mH(x), upper=True, unit=False))


def _vjp(g, y, mode):
    _thin_only(mode, y[0].shape)
    (gq, gr), (q, r) = (None if part is None else conj(part) for part in g), y
    k, n = r.shape[-2:]
    gq = zeros(q, q.shape) if gq is None else gq
    gr = zeros(r, r.shape) if gr is None else gr
    if n == k:
        return conj(_square_vjp(gq, gr, q, r))
    left, right, rest = _columns(r, 0, k), _columns(r, k), _columns(gr, k)
    ga = _square_vjp(gq + product(product(q, right), mH(rest)), _columns(gr, 0, k), q, left)
    return conj(cat([ga, product(q, rest)], dim=-1))


def _square_vjp(gq, gr, q, r):
    inner = triu(product(gr, mH(r)) - product(mH(q), gq))
    inner = inner + mH(triu(inner, 1))
    if inner.dtype.kind == "c":  # the diagonal of R is real
        inner = inner - diag_embed(imag(diagonal(inner, 0, -2, -1)) * 1j)
    return _over_adjoint(gq + product(q, inner), r)


def _jvp(t, y, mode):
    _thin_only(mode, y[0].shape)
    q, r = y
    k, n = r.shape[-2:]
    if n == k:
        return _square_jvp(t, q, r)
    tq, left = _square_jvp(_columns(t, 0, k), q, _columns(r, 0, k))
    right = product(mH(tq), product(q, _columns(r, k))) + product(mH(q), _columns(t, k))
    return tq, cat([left, right], dim=-1)


def _square_jvp(t, q, r):
    x = _over(t, r)
    inner = product(mH(q), x)
    lower = tril(inner, -1)
    turn = lower - mH(lower)
    if inner.dtype.kind == "c":
        turn = turn + diag_embed(imag(diagonal(inner, 0, -2, -1)) * 1j)
    return x - product(q, inner - turn), product(inner - turn, r)


def _thin_only(mode, shape):
    """Raise where Q has columns that are any basis of a space."""
    if mode == "complete":
        raise RuntimeError(
            f"[qr] `mode` (='complete') has no derivative where a matrix has more rows ({shape[-1]}) than columns"
        )


_qr = declare("linalg_qr", lambda a, *, mode: kernels.qr(a, mode), [_vjp], [_jvp], outputs=2)

_QR, _Older = named("linalg_qr", "Q", "R"), named("qr", "Q", "R")


@public(function=False, method=False)
def linalg_qr(A, mode="reduced"):
    """QR decomposition A = Q R: orthonormal columns, and an upper triangle.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    mode : {"reduced", "complete", "r"}
        Q has K = min(M, N) columns, or M, or is left out (and empty).

    Returns
    -------
    named tuple ``(Q, R)``, (…, M, K) and (…, K, N)

    Raises
    ------
    RuntimeError
        If `A` is no floating matrix, or batch of them, or there is no such mode; in a sweep, if the mode is
        "complete" and M > N, where Q is not unique.

    Notes
    -----
    The first min(M, N) columns of A must be independent, else the gradient is infinite or NaN.
    """
    matrices("qr", A=A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"[qr] `mode` (={mode!r}) must be 'reduced', 'complete' or 'r'")
    tall = A.shape[-2] > A.shape[-1]
    q, r = _qr(A, mode="complete" if mode == "complete" and tall else "reduced")
    return _QR(zeros(A, (0,)) if mode == "r" else q, r)


@public(A="input")
def qr(A, some=True):
    """`linalg.qr` in PyTorch's older form: "reduced" if `some`, else "complete"."""
    return _Older(*linalg_qr(A, "reduced" if some else "complete"))


# ---------------------------------------------------------------------------------------- reflections


def _reflections(op, A, tau):
    """Raise unless these are reflectors as `geqrf` makes them."""
    matrices(op, A=A)
    floats(op, A=A, tau=tau)
    n = min(A.shape[-2:])
    if not tau.shape or tau.shape[-1] > n or tau.shape[:-1] != A.shape[:-2]:
        raise RuntimeError(f"[{op}] `tau` (shape {tau.shape}) must have the batch of `A` ({A.shape}), and at most {n}")


def _reflector(A, tau, i):
    """The vector and the factor of reflection i: 1 - τ v vᴴ, with v[i] = 1 and zeros above."""
    v = tril(_columns(A, i, i + 1), -i - 1) + _columns(identity_of_rows(A), i, i + 1)
    return v, getitem(tau, (..., slice(i, i + 1), None))


def identity_of_rows(A):
    """The identity of as many rows as a matrix has."""
    return identity(mH(_columns(A, 0, 0)))


_geqrf = declare("geqrf", lambda a: kernels.geqrf(a), [None], [None], outputs=2)
_Reflectors = named("geqrf", "a", "tau")


@public(A="input")
def geqrf(A):
    """The reflections of a QR decomposition: R on and above the diagonal, the vectors of the reflections below.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating

    Returns
    -------
    named tuple ``(a, tau)``, (…, M, N) and (…, min(M, N))

    Raises
    ------
    RuntimeError
        If `A` is no floating matrix, or batch of them, or wants a gradient: `linalg.qr` has one.
    """
    matrices("geqrf", A=A)
    if getattr(A, "requires_grad", False) and is_grad_enabled():
        raise RuntimeError("[geqrf] `A` must not require a gradient: there is no derivative; see linalg.qr")
    return _Reflectors(*_geqrf(A))


@public(function=False, method=False, A="input")
@whole
def householder_product(A, tau):
    """The first columns of a product of reflections, which `geqrf` keeps below a diagonal.

        Q = H₁ H₂ … H_K,   Hᵢ = 1 - τᵢ vᵢ vᵢᴴ

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating, M ≥ N
        Column i holds vᵢ below row i, where vᵢ is 1; what is above is not read.
    tau : Tensor or array, (…, K), K ≤ N

    Returns
    -------
    Tensor or array, (…, M, N)
    """
    matrices("householder_product", A=A)
    if A.shape[-2] < A.shape[-1]:
        raise RuntimeError(f"[householder_product] `A` (shape {A.shape}) must not have more columns than rows")
    _reflections("householder_product", A, tau)
    q = expand_batch(_columns(identity_of_rows(A), 0, A.shape[-1]), A.shape[:-2])
    for i in reversed(range(tau.shape[-1])):
        v, scale = _reflector(A, tau, i)
        q = q - product(v * scale, product(mH(v), q))
    return q


public("orgqr")(householder_product)


@public(A="input", tau="input2", other="input3")
@whole
def ormqr(A, tau, other, left=True, transpose=False):
    """Multiply with the whole product Q of the reflections that `geqrf` makes.

        Q other,   or other Q if not `left`;   with Qᴴ for Q if `transpose`

    Parameters
    ----------
    A, tau
        As for `linalg.householder_product`; Q is (…, M, M).
    other : Tensor or array, (…, M, P), or (…, P, M) if not `left`
    left, transpose : bool
    """
    _reflections("ormqr", A, tau)
    matrices("ormqr", A=A, other=other)
    if other.shape[-2 if left else -1] != A.shape[-2]:
        raise RuntimeError(f"[ormqr] `other` (shape {other.shape}) must fit the {A.shape[-2]} rows of `A`")
    order = range(tau.shape[-1])
    for i in order if bool(left) == bool(transpose) else reversed(order):
        v, scale = _reflector(A, tau, i)
        scale = conj(scale) if transpose else scale
        if left:
            other = other - product(v * scale, product(mH(v), other))
        else:
            other = other - product(product(other, v), mH(v) * scale)
    return other
