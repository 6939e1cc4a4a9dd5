"""Systems of equations, inverses and determinants, by one factorization.

    a x = b:     gb = a⁻ᵀ g,   ga = -gb xᵀ           tx = a⁻¹ (tb - ta x)
    y = a⁻¹:     ga = -yᵀ g yᵀ                        ty = -y ta y
    y = det a:   ga = g C,     C = y a⁻ᵀ the cofactors

The factors of `a` are an argument beside `a` itself: what its rules need they solve by the same factors, at any order.
The derivative with respect to `a` is complete in the rule of `a`, so the factors have none.
"""

from math import nan

from .. import kernels
from .._tape import declare
from ._matrices import expand_batch, floats, identity, named, square, succeeded
from ._registry import public, whole
from .axes import mT
from .elementwise import log
from .lu import SINGULAR
from .matmul import product
from .parts import imag, real
from .reduce import sum_over
from .region import zeros
from .selection import where
from .shape import _view, sum_to
from .triangular import fitting

factors_of = declare("linalg_lu_factor_ex", lambda a: kernels.lu_factor(a), [None], [None], outputs=3)


def _solve_vjp_of_a(g, a, lu, pivots, y, transposed, a_shape):
    gb = _solve(a, lu, pivots, g, transposed=not transposed)
    return sum_to(-(product(y, mT(gb)) if transposed else product(gb, mT(y))), a_shape)


def _solve_jvp_of_a(t, a, lu, pivots, y, transposed):
    return _solve(a, lu, pivots, -product(mT(t) if transposed else t, y), transposed=transposed)


_solve = declare(
    "linalg_solve_ex",
    lambda a, lu, pivots, b, *, transposed: kernels.lu_solve(lu, pivots, b, transposed),
    [
        _solve_vjp_of_a,
        None,
        None,
        lambda g, a, lu, pivots, transposed, b_shape: sum_to(
            _solve(a, lu, pivots, g, transposed=not transposed), b_shape
        ),
    ],
    [
        _solve_jvp_of_a,
        None,
        None,
        lambda t, a, lu, pivots, transposed, y: _solve(
            a, lu, pivots, expand_batch(t, y.shape[:-2]), transposed=transposed
        ),
    ],
)

_inverse = declare(
    "linalg_inv_ex",
    lambda a, lu, pivots: kernels.lu_solve(lu, pivots, kernels.eye(a.shape[-1], a.shape[-1], a.dtype, like=a)),
    [lambda g, y: -product(mT(y), product(g, mT(y))), None, None],
    [lambda t, y: -product(y, product(t, y)), None, None],
)


def _each(g):
    """One number for each matrix, to be multiplied with it."""
    return _view(g, shape=(*g.shape, 1, 1))


def _inner(a, b):
    """Σ_ij a[…, i, j] b[…, i, j]."""
    return sum_over(a * b, dim=(len(a.shape) - 2, len(a.shape) - 1), keepdim=False)


_det = declare(
    "linalg_det",
    lambda a, lu, pivots: kernels.lu_det(lu, pivots),
    [lambda g, a, lu, pivots: _each(g) * _cofactors(a, lu, pivots), None, None],
    [lambda t, a, lu, pivots: _inner(_cofactors(a, lu, pivots), t), None, None],
)


def _cofactor_matrix(a, lu, pivots):
    """det(a) a⁻ᵀ. It is a polynomial: where `a` is singular, the factors of a matrix next to it give its value."""
    lu = kernels.lu_regular(lu)
    one = kernels.eye(a.shape[-1], a.shape[-1], a.dtype, like=a)
    det = kernels.lu_det(lu, pivots)
    return det.reshape((*det.shape, 1, 1)) * kernels.lu_solve(lu, pivots, one, True)


def _cofactor_slope(g, a, lu, pivots, y):
    """(C ⟨g, C⟩ - C gᵀ C) / det a, its own transpose."""
    return (_each(_inner(g, y)) * y - product(y, product(mT(g), y))) / _each(_det(a, lu, pivots))


_cofactors = declare(
    "linalg_det_backward",
    _cofactor_matrix,
    [_cofactor_slope, None, None],
    [lambda t, a, lu, pivots, y: _cofactor_slope(t, a, lu, pivots, y), None, None],
)


def _slogdet_vjp(g, a, lu, pivots, y):
    """A⁻ᵀ times what comes from the logarithm, and for complex matrices from the angle of the sign."""
    sign, scale = y[0], g[1]
    if sign.dtype.kind == "c" and g[0] is not None:
        turn = imag(g[0] * sign) * 1j
        scale = turn if scale is None else scale + turn
    if scale is None:
        return zeros(a, a.shape)
    return _each(scale) * _solve(a, lu, pivots, identity(a), transposed=True)


def _slogdet_jvp(t, a, lu, pivots, y):
    slope = _inner(_solve(a, lu, pivots, identity(a), transposed=True), t)
    turn = imag(slope) * 1j * y[0] if slope.dtype.kind == "c" else None
    return turn, real(slope)


_slogdet = declare(
    "linalg_slogdet",
    lambda a, lu, pivots: kernels.lu_slogdet(lu, pivots),
    [_slogdet_vjp, None, None],
    [_slogdet_jvp, None, None],
    outputs=2,
)


@public(function=False, method=False)
@whole
def solve(A, B, *, left=True):
    """Solve a system of equations.

        A X = B,   or X A = B

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
    B : Tensor or array, (…, N, K), (…, K, N) if not `left`, or of vectors: (N,) or A.shape[:-1]
        Batches broadcast.
    left : bool
        Which side A stands on.

    Returns
    -------
    Tensor or array, of the shape of `B` with the common batch

    Raises
    ------
    LinAlgError
        If a matrix is singular; says which.
    RuntimeError
        If dtypes or shapes do not fit.

    Notes
    -----
    Costs 2/3 N³ + 2 N² K; the gradient another 2 N² K by the same factors.

    Examples
    --------
    >>> tg.linalg.solve(tg.tensor([[2.0, 0.0], [1.0, 1.0]]), tg.tensor([2.0, 3.0]))
    tensor([1., 2.])
    """
    x, _, _, info = _solved("solve", A, B, left)
    succeeded("solve", "A", info, SINGULAR)
    return x


_SolveEx = named("linalg_solve_ex", "result", "info")


@public(function=False, method=False)
@whole
def solve_ex(A, B, *, left=True, check_errors=False):
    """`solve` that does not look whether it succeeded: ``(result, info)``, ``info`` not 0 where A is singular.

    Parameters
    ----------
    A, B, left
        As for `solve`.
    check_errors : bool
        Raise a `LinAlgError` all the same.
    """
    x, _, _, info = _solved("solve_ex", A, B, left)
    if check_errors:
        succeeded("solve_ex", "A", info, SINGULAR)
    return _SolveEx(x, info)


def _solved(op, A, B, left):
    """The solution, the factors of A, and how elimination went."""
    square(op, A=A)
    floats(op, A=A, B=B)
    vector = len(B.shape) == 1 or (len(A.shape) == len(B.shape) + 1 and B.shape == A.shape[:-1])
    if vector and not left:
        raise RuntimeError(f"[{op}] `B` (shape {B.shape}) must be a matrix where `left` is False")
    b = _view(B, shape=(*B.shape, 1)) if vector else B
    fitting(op, A, b, left)
    lu, pivots, info = factors_of(A)
    x = _solve(A, lu, pivots, b if left else mT(b), transposed=not left)
    x = x if left else mT(x)
    return _view(x, shape=x.shape[:-1]) if vector else x, lu, pivots, info


def inv(A):
    """Invert square matrices.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating

    Raises
    ------
    LinAlgError
        If a matrix is singular; says which.
    RuntimeError
        If `A` is not floating or not square.

    Notes
    -----
    `solve` is faster and more precise than a product with an inverse.
    """
    y, info = _inverted("inv", A)
    succeeded("inv", "A", info, SINGULAR)
    return y


inv = public("inverse")(whole(inv))

_InvEx = named("linalg_inv_ex", "inverse", "info")


@public(function=False, method=False)
@whole
def inv_ex(A, *, check_errors=False):
    """`inv` that does not look whether it succeeded: ``(inverse, info)``, ``info`` not 0 where A is singular.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
    check_errors : bool
        Raise a `LinAlgError` all the same.
    """
    y, info = _inverted("inv_ex", A)
    if check_errors:
        succeeded("inv_ex", "A", info, SINGULAR)
    return _InvEx(y, info)


def _inverted(op, A):
    square(op, A=A)
    lu, pivots, info = factors_of(A)
    return _inverse(A, lu, pivots), info


@public()
@whole
def det(A):
    """Determinant.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating

    Returns
    -------
    Tensor or array, (…)

    Raises
    ------
    RuntimeError
        If `A` is not floating or not square.

    Notes
    -----
    The gradient is right at singular matrices too; the second derivative is infinite or NaN there.

    Examples
    --------
    >>> tg.det(tg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.0000)
    """
    square("det", A=A)
    lu, pivots, _ = factors_of(A)
    return _det(A, lu, pivots)


_Slogdet = named("linalg_slogdet", "sign", "logabsdet")


@public()
@whole
def slogdet(A):
    """Sign of the determinant, and logarithm of its absolute value, which cannot overflow.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating

    Returns
    -------
    named tuple ``(sign, logabsdet)``, (…)
        0 and -∞ for a singular matrix, whose gradient is infinite or NaN.
    """
    square("slogdet", A=A)
    lu, pivots, _ = factors_of(A)
    return _Slogdet(*_slogdet(A, lu, pivots))


@public(A="input")
@whole
def logdet(A):
    """Logarithm of the determinant: -∞ where it is 0, NaN where it is negative (with the gradient 0).

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
    """
    sign, logabsdet = slogdet(A)
    if sign.dtype.kind == "c":
        return log(sign) + logabsdet
    return where(sign == -1, nan, logabsdet)
