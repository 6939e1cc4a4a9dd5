"""Cholesky factors of positive definite matrices.

    a = L Lᴴ:      M = L⁻¹ ta L⁻ᴴ,   tL = L φ(M)         φ: the lower triangle, half of the diagonal

Only the lower triangle of `a` is read, but its derivative is that of a Hermitian matrix, as PyTorch's: tangents are
made Hermitian first, gradients come out so.
"""

from .. import kernels
from .._tape import declare
from ._matrices import expand_batch, named, square, succeeded
from ._registry import public, whole
from .axes import mH, mT
from .diagonal import tril
from .matmul import product
from .parts import conj
from .shape import sum_to
from .triangular import fitting, substitute

_NOT_POSITIVE = "is not positive definite: its leading minor of size {} is not positive"


def _half(x):
    """The lower triangle with half of the diagonal."""
    return (tril(x) + tril(x, -1)) / 2


def _hermitian(x):
    return (x + mH(x)) / 2


def _vjp(g, y):
    upper = mH(y[0])
    inner = substitute(upper, _half(product(upper, conj(g[0]))), upper=True, unit=False)
    return conj(_hermitian(mH(substitute(upper, mH(inner), upper=True, unit=False))))


def _jvp(t, y):
    lower = y[0]
    left = substitute(lower, _hermitian(t), upper=False, unit=False)
    return product(lower, _half(mH(substitute(lower, mH(left), upper=False, unit=False)))), None


_cholesky = declare("linalg_cholesky_ex", lambda a: kernels.cholesky(a), [_vjp], [_jvp], outputs=2)


def _factor(op, A, upper):
    square(op, A=A)
    found, info = _cholesky(mH(A) if upper else A)
    return mH(found) if upper else found, info


def cholesky(A, upper=False):
    """Factorize a positive definite matrix: A = L Lᵀ, or Uᵀ U.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
        Symmetric; only one triangle is read.
    upper : bool
        Answer U, not L, and read the upper triangle.

    Raises
    ------
    LinAlgError
        If a matrix is not positive definite; says which.
    RuntimeError
        If `A` is not floating or not square.

    Notes
    -----
    Gradients are symmetric matrices.

    Examples
    --------
    >>> tg.cholesky(tg.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    found, info = _factor("cholesky", A, upper)
    succeeded("cholesky", "A", info, _NOT_POSITIVE)
    return found


cholesky = public(A="input")(whole(cholesky))

_Cholesky = named("linalg_cholesky_ex", "L", "info")


@public(function=False, method=False, A="input")
@whole
def cholesky_ex(A, *, upper=False, check_errors=False):
    """`cholesky` that does not look whether it succeeded: ``(L, info)``.

    Parameters
    ----------
    A, upper
        As for `cholesky`.
    check_errors : bool
        Raise a `LinAlgError` all the same.

    Returns
    -------
    named tuple ``(L, info)``
        ``info`` (int32) is the size of the first leading minor that is not positive, else 0; ``L`` is NaN there.
    """
    found, info = _factor("cholesky_ex", A, upper)
    if check_errors:
        succeeded("cholesky_ex", "A", info, _NOT_POSITIVE)
    return _Cholesky(found, info)


def _by_root(root, b):
    """(L Lᴴ)⁻¹ b."""
    return kernels.solve_triangular(kernels.conjugate(root).mT, kernels.solve_triangular(root, b), True)


def _both(a, b):
    """Both products: a bᴴ + b aᴴ."""
    half = product(a, mH(b))
    return half + mH(half)


def _solve_vjp_of_root(g, root, y):
    return conj(sum_to(-product(_both(_solve_by_root(conj(g), root), y), root), root.shape))


_solve_by_root = declare(
    "cholesky_solve",
    lambda b, root: _by_root(root, b),
    [lambda g, root, b_shape: sum_to(conj(_solve_by_root(conj(g), root)), b_shape), _solve_vjp_of_root],
    [
        lambda t, root, y: _solve_by_root(expand_batch(t, y.shape[:-2]), root),
        lambda t, root, y: -_solve_by_root(product(_both(t, root), y), root),
    ],
)

_inverse_by_root = declare(
    "cholesky_inverse",
    lambda root: _by_root(root, kernels.eye(root.shape[-1], root.shape[-1], root.dtype, like=root)),
    [lambda g, root, y: -conj(product(product(y, product(conj(g) + mT(g), y)), root))],
    [lambda t, root, y: -product(y, product(_both(t, root), y))],
)


@public(B="input", L="input2")
@whole
def cholesky_solve(B, L, upper=False):
    """Solve A X = B by the Cholesky factor of A.

    Parameters
    ----------
    B : Tensor or array, (…, N, K), floating
    L : Tensor or array, (…, N, N)
        A = L Lᵀ, or with `upper` A = Lᵀ L; one triangle is read. Batches broadcast.
    upper : bool

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit.

    Notes
    -----
    The gradient with respect to `L` is that of A = L Lᵀ for any square L, as PyTorch's: on the triangle that is read it
    is the slope, and the other one does not matter to `cholesky`.
    """
    fitting("cholesky_solve", L, B, True, ("L", "B"))
    return _solve_by_root(B, mH(L) if upper else L)


@public(L="input")
@whole
def cholesky_inverse(L, upper=False):
    """Invert a matrix by its Cholesky factor; gradients as those of `cholesky_solve`.

    Parameters
    ----------
    L : Tensor or array, (…, N, N), floating
        A = L Lᵀ, or with `upper` A = Lᵀ L; one triangle is read.
    upper : bool
    """
    square("cholesky_inverse", L=L)
    return _inverse_by_root(mH(L) if upper else L)
