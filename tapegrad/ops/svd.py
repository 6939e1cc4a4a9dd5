"""Singular values and vectors.

    a = U S Vᴴ:    M = Uᴴ ta V,   tS = diag M,   tU = U ((M S + S Mᴴ) / E) + (1 - U Uᴴ) ta V / S
                                                 tV = V ((S M + Mᴴ S) / E) + (1 - V Vᴴ) taᴴ U / S

with E[i, j] = s[j]² - s[i]², ∞ on the diagonal. Singular vectors of equal singular values are any basis of their space:
E = 0 makes their gradient infinite or NaN there, as PyTorch's; the gradient of the singular values is not touched.
"""

from .. import kernels
from .._tape import declare
from ._matrices import matrices, named
from ._registry import public, whole
from .axes import mH, mT
from .cast import cast
from .diagonal import diag_embed, diagonal
from .eigen import gaps, row
from .indexing import getitem
from .join import cat
from .matmul import product
from .parts import conj, imag, real
from .region import zeros


def _skew(x):
    return x - mH(x)


def _hermitian(x):
    return x + mH(x)


def _thin(parts, k):
    """U and Vᴴ without the columns and rows that complete them to square matrices."""
    u, s, vh = parts
    if u is not None and u.shape[-1] > k:
        u = getitem(u, (..., slice(k)))
    if vh is not None and vh.shape[-2] > k:
        vh = getitem(vh, (..., slice(k), slice(None)))
    return u, s, vh


def _vjp(g, y):
    k = y[1].shape[-1]
    (gu, gs, gvh), (u, s, vh) = _thin(tuple(None if part is None else conj(part) for part in g), k), _thin(y, k)
    columns, rows, gap = row(s), mT(row(s)), gaps(s * s)
    inner = zeros(u, (*s.shape, k)) if gs is None else diag_embed(cast(gs, u.dtype))
    if gu is not None:
        turned = _skew(product(mH(u), gu))
        inner = inner + turned / gap * columns
        if u.dtype.kind == "c":  # what a phase turns
            inner = inner + diag_embed(diagonal(turned, 0, -2, -1) / (2 * s))
    if gvh is not None:
        inner = inner + rows * (_skew(product(vh, mH(gvh))) / gap)
    ga = product(u, product(inner, vh))
    if gu is not None and u.shape[-2] > k:
        outside = gu / columns
        ga = ga + product(outside - product(u, product(mH(u), outside)), vh)
    if gvh is not None and vh.shape[-1] > k:
        outside = gvh / rows
        ga = ga + product(u, outside - product(product(outside, mH(vh)), vh))
    return conj(ga)


def _jvp(t, y):
    k = y[1].shape[-1]
    u, s, vh = _thin(y, k)
    columns, rows, gap = row(s), mT(row(s)), gaps(s * s)
    left, right = product(mH(u), t), product(t, mH(vh))
    inner = product(left, mH(vh))
    ts = real(diagonal(inner, 0, -2, -1))
    turn = _hermitian(inner * columns) / gap
    if u.dtype.kind == "c":
        turn = turn + diag_embed(imag(diagonal(inner, 0, -2, -1)) / s * 1j)
    tu = product(u, turn)
    tvh = product(mH(_hermitian(rows * inner) / gap), vh)
    if u.shape[-2] > k:
        tu = tu + right / columns - product(u, product(mH(u), right / columns))
    if vh.shape[-1] > k:
        tvh = tvh + left / rows - product(product(left / rows, mH(vh)), vh)
    return _completed(tu, y[0], -1), ts, _completed(tvh, y[2], -2)


def _completed(x, like, dim):
    """The tangents of what completes a matrix to a square one are taken to be 0."""
    missing = like.shape[dim] - x.shape[dim]
    if not missing:
        return x
    shape = (*x.shape[:-1], missing) if dim == -1 else (*x.shape[:-2], missing, x.shape[-1])
    return cat([x, zeros(x, shape)], dim=dim)


_svd = declare("linalg_svd", lambda a, *, full: kernels.svd(a, full), [_vjp], [_jvp], outputs=3)

_svdvals = declare(
    "linalg_svdvals",
    lambda a: kernels.svdvals(a),
    [lambda g, a: _vjp((None, g, None), _svd(a, full=False))],
    [lambda t, a: _jvp(t, _svd(a, full=False))[1]],
)

_Linalg, _Older = named("linalg_svd", "U", "S", "Vh"), named("svd", "U", "S", "V")


def _driven(op: str, driver) -> None:
    """Raise for a driver; they choose between algorithms of CUDA."""
    if driver is not None:
        raise RuntimeError(f"[{op}] `driver` (={driver!r}) must be None: NumPy has one algorithm")


@public(function=False, method=False)
def linalg_svd(A, full_matrices=True, *, driver=None):
    """Singular value decomposition A = U S Vᴴ.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    full_matrices : bool
        Complete U and V to square matrices; else they have K = min(M, N) columns.
    driver : None
        Accepted for PyTorch's sake.

    Returns
    -------
    named tuple ``(U, S, Vh)``, (…, M, M or K), real (…, K), falling, and (…, N or K, N)

    Raises
    ------
    LinAlgError
        If it does not converge, which is said of NaN too.
    RuntimeError
        If `A` is no floating matrix, or batch of them.

    Notes
    -----
    Singular vectors are unique up to a common sign (or phase): only what does not depend on it has a gradient that
    means something. Where singular values are equal, or zero in a matrix that is not square, the gradient of the
    singular vectors is infinite or NaN; that of `svdvals` is not. Cotangents of the columns that `full_matrices` adds
    do not count, as in PyTorch.

    Examples
    --------
    >>> tg.linalg.svd(tg.tensor([[0.0, 2.0], [1.0, 0.0]])).S
    tensor([2., 1.])
    """
    matrices("svd", A=A)
    _driven("svd", driver)
    return _Linalg(*_svd(A, full=bool(full_matrices)))


@public(A="input")
@whole
def svd(A, some=True, compute_uv=True):
    """`linalg.svd` in PyTorch's older form, which answers V, not Vᴴ.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    some : bool
        Do not complete U and V to square matrices.
    compute_uv : bool
        Without it U and V are square zeros.

    Returns
    -------
    named tuple ``(U, S, V)``
    """
    matrices("svd", A=A)
    if not compute_uv:
        u, v = (zeros(A, (*A.shape[:-2], n, n)) for n in A.shape[-2:])
        return _Older(u, svdvals(A), v)
    u, s, vh = _svd(A, full=not some)
    return _Older(u, s, mH(vh))


@public(function=False, method=False)
def svdvals(A, *, driver=None):
    """Singular values, falling; parameters and errors as for `svd`.

    Notes
    -----
    The gradient is U gS Vᴴ, finite where singular values are equal, too; U and V are found when it is asked for.
    """
    matrices("svdvals", A=A)
    _driven("svdvals", driver)
    return _svdvals(A)
