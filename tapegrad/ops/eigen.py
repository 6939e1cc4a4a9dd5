"""Eigenvalues and eigenvectors.

    a v = v w:      M = v⁻¹ ta v,   tw = diag M,   tv = v (M / E)         E[i, j] = w[j] - w[i], ∞ on the diagonal

For a Hermitian matrix v⁻¹ = vᴴ, and ta is made
Hermitian first, as PyTorch does. The eigenvectors of equal eigenvalues are any basis of their space, so E = 0 makes the
gradient of eigenvectors infinite or NaN there, as PyTorch's; the gradient of the eigenvalues alone is not touched.
"""

from math import inf

from .. import kernels
from .._tape import declare
from ._matrices import identity, named, square
from ._registry import public
from .axes import mH, mT
from .cast import cast
from .diagonal import diag_embed, diagonal
from .matmul import product
from .parts import conj, real
from .reduce import sum_over
from .selection import where
from .shape import _view
from .solve import solve_ex


def row(w):
    """A factor for each column of a matrix."""
    return _view(w, shape=(*w.shape[:-1], 1, w.shape[-1]))


def gaps(w):
    """The differences w[j] - w[i]: infinite on the diagonal."""
    return where(identity(w) == 1, inf, row(w) - mT(row(w)))


# ---------------------------------------------------------------------------------------- Hermitian


def _eigh_vjp(g, y):
    (gw, gv), (w, v) = g, y
    inner = 0 if gw is None else diag_embed(cast(gw, v.dtype))
    if gv is not None:
        turned = product(mH(v), conj(gv))
        inner = inner + (turned - mH(turned)) / (2 * gaps(w))
    return conj(product(v, product(inner, mH(v))))


def _eigh_jvp(t, y):
    w, v = y
    inner = product(mH(v), product((t + mH(t)) / 2, v))
    return real(diagonal(inner, 0, -2, -1)), product(v, inner / gaps(w))


_eigh = declare("linalg_eigh", lambda a, *, upper: kernels.eigh(a, upper), [_eigh_vjp], [_eigh_jvp], outputs=2)

_eigvalsh = declare(
    "linalg_eigvalsh",
    lambda a, *, upper: kernels.eigvalsh(a, upper),
    [lambda g, a, upper: _eigh_vjp((g, None), _eigh(a, upper=upper))],
    [lambda t, a, upper: _eigh_jvp(t, _eigh(a, upper=upper))[0]],
)

_Eigh, _Eig = named("linalg_eigh", "eigenvalues", "eigenvectors"), named("linalg_eig", "eigenvalues", "eigenvectors")


def _upper(op: str, UPLO) -> bool:
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"[{op}] `UPLO` (={UPLO!r}) must be 'L' or 'U'")
    return UPLO.upper() == "U"


@public(function=False, method=False, A="input")
def eigh(A, UPLO="L"):
    """Eigenvalues and eigenvectors of a symmetric (or Hermitian) matrix: A = V W Vᴴ.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
    UPLO : {"L", "U"}
        The triangle that is read.

    Returns
    -------
    named tuple ``(eigenvalues, eigenvectors)``, real (…, N), rising, and (…, N, N)
        The eigenvectors are the columns.

    Raises
    ------
    LinAlgError
        If it does not converge.
    RuntimeError
        If `A` is not floating or not square, or `UPLO` is neither.

    Notes
    -----
    Eigenvectors are unique up to sign (or phase): only what does not depend on it has a gradient that means something.
    Where eigenvalues are equal, the gradient of the eigenvectors is infinite or NaN.

    Examples
    --------
    >>> tg.linalg.eigh(tg.tensor([[3.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 3.])
    """
    square("eigh", A=A)
    return _Eigh(*_eigh(A, upper=_upper("eigh", UPLO)))


@public(function=False, method=False, A="input")
def eigvalsh(A, UPLO="L"):
    """Eigenvalues of a symmetric (or Hermitian) matrix, rising; parameters and errors as for `eigh`.

    Notes
    -----
    The gradient is finite where eigenvalues are equal, too. It takes the eigenvectors, found when it is asked for.
    """
    square("eigvalsh", A=A)
    return _eigvalsh(A, upper=_upper("eigvalsh", UPLO))


# ---------------------------------------------------------------------------------------- any matrix


def _eig_vjp(g, a, y):
    (gw, gv), (w, v) = g, y
    inner = 0 if gw is None else diag_embed(conj(gw))
    if gv is not None:
        along = product(mH(v), conj(gv))
        size = row(cast(real(diagonal(along, 0, -2, -1)), v.dtype))
        inner = inner + (along - product(mH(v), v * size)) / conj(gaps(w))
    ga = conj(solve_ex(mH(v), product(inner, mH(v))).result)
    return ga if a.dtype.kind == "c" else real(ga)


def _eig_jvp(t, y):
    w, v = y
    inner = solve_ex(v, product(cast(t, v.dtype), v)).result
    turned = product(v, inner / gaps(w))
    along = sum_over(real(conj(v) * turned), dim=len(v.shape) - 2, keepdim=True)
    return diagonal(inner, 0, -2, -1), turned - v * cast(along, v.dtype)


_eig = declare("linalg_eig", lambda a: kernels.eig(a), [_eig_vjp], [_eig_jvp], outputs=2)

_eigvals = declare(
    "linalg_eigvals",
    lambda a: kernels.eigvals(a),
    [lambda g, a: _eig_vjp((g, None), a, _eig(a))],
    [lambda t, a: _eig_jvp(t, _eig(a))[0]],
)


@public(function=False, method=False, A="input")
def eig(A):
    """Eigenvalues and eigenvectors of a square matrix: A V = V W.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating

    Returns
    -------
    named tuple ``(eigenvalues, eigenvectors)``, complex, (…, N) and (…, N, N)
        In no particular order. The eigenvectors are the columns, of length 1.

    Raises
    ------
    LinAlgError
        If it does not converge, or `A` is not finite.
    RuntimeError
        If `A` is not floating or not square.

    Notes
    -----
    Eigenvectors are unique up to a phase: only what does not depend on it has a gradient that means something. Where
    eigenvalues are equal, the gradient of the eigenvectors is infinite or NaN.
    """
    square("eig", A=A)
    return _Eig(*_eig(A))


@public(function=False, method=False, A="input")
def eigvals(A):
    """Eigenvalues of a square matrix, complex, in no particular order; parameters and errors as for `eig`."""
    square("eigvals", A=A)
    return _eigvals(A)
