"""Factors of Gaussian elimination.

    P a = L U:      F = L⁻¹ (P ta) U⁻¹,   tL = L tril(F, -1),   tU = triu(F) U

L and U lie in one array, the diagonal of L, which is 1, left out. The exchanges P are steps: they have no derivative.
Below, B₁ is the square part of P a and B₂ what is left of it, below or beside.
"""

from .. import kernels
from .._tape import declare
from ._matrices import expand_batch, identity, matrices, named, succeeded
from ._registry import public, whole
from .axes import mT
from .diagonal import tril, triu
from .gather import _add_along, _gather
from .indexing import getitem
from .join import cat
from .matmul import product
from .parts import conj
from .shape import _view, expand_to
from .triangular import fitting, substitute

_order = declare("lu_pivots", lambda pivots, *, m: kernels.pivot_order(pivots, m), [None], [None])


def _rows(order, shape):
    """An order of rows as an index of all elements."""
    return expand_to(_view(order, shape=(*order.shape, 1)), shape=shape)


def exchanged(x, pivots):
    """P x: the rows in the order of elimination."""
    return _gather(x, _rows(_order(pivots, m=x.shape[-2]), x.shape), dim=len(x.shape) - 2)


def restored(x, pivots):
    """Pᵀ x: the rows back in their places."""
    return _add_along(x, _rows(_order(pivots, m=x.shape[-2]), x.shape), shape=x.shape, dim=len(x.shape) - 2)


def _parts(x):
    """The square part of a matrix, and what is below or beside it."""
    m, n = x.shape[-2:]
    k = min(m, n)
    if m > n:
        return getitem(x, (..., slice(k), slice(None))), getitem(x, (..., slice(k, None), slice(None)))
    return (x, None) if m == n else (getitem(x, (..., slice(k))), getitem(x, (..., slice(k, None))))


def _of_parts(one, rest, shape):
    return one if rest is None else cat([one, rest], dim=-2 if shape[-2] > shape[-1] else -1)


def _vjp(g, y):
    lu, pivots, _ = y
    (one, rest), (g1, g2) = _parts(lu), _parts(g[0])
    g_lower, g_upper, gb2 = tril(g1, -1), triu(g1), g2
    if rest is not None and lu.shape[-2] > lu.shape[-1]:  # L₂ = B₂ U⁻¹
        gb2 = _times_inverse(mT(one), g2, False, False)
        g_upper = g_upper - product(mT(rest), gb2)
    elif rest is not None:  # U₂ = L⁻¹ B₂
        gb2 = substitute(mT(one), g2, upper=True, unit=True)
        g_lower = g_lower - product(gb2, mT(rest))
    lower, upper = tril(one, -1) + identity(one), triu(one)
    f = tril(product(mT(lower), g_lower), -1) + triu(product(g_upper, mT(upper)))
    gb1 = _times_inverse(mT(one), substitute(mT(one), f, upper=True, unit=True), False, False)
    return restored(_of_parts(gb1, gb2, lu.shape), pivots)


def _jvp(t, y):
    lu, pivots, _ = y
    (one, rest), (t1, t2) = _parts(lu), _parts(exchanged(t, pivots))
    f = _times_inverse(one, substitute(one, t1, upper=False, unit=True), True, False)
    lower, upper = product(tril(one, -1) + identity(one), tril(f, -1)), product(triu(f), triu(one))
    if rest is not None and lu.shape[-2] > lu.shape[-1]:
        t2 = _times_inverse(one, t2 - product(rest, upper), True, False)
    elif rest is not None:
        t2 = substitute(one, t2 - product(lower, rest), upper=False, unit=True)
    return _of_parts(lower + upper, t2, lu.shape), None, None


def _times_inverse(a, x, upper, unit):
    """X a⁻¹ for a triangular a."""
    return mT(substitute(mT(a), mT(x), upper=not upper, unit=unit))


factorize = declare("linalg_lu_factor_ex", lambda a, *, pivot: kernels.lu_factor(a, pivot), [_vjp], [_jvp], outputs=3)

_Factors = named("linalg_lu_factor", "LU", "pivots")
_FactorsEx = named("linalg_lu_factor_ex", "LU", "pivots", "info")
_LU = named("linalg_lu", "P", "L", "U")


@public(function=False, method=False)
def lu_factor(A, *, pivot=True):
    """Factorize A = P L U by elimination, L and U in one array.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    pivot : bool
        Exchange rows (without it P = 1, and small pivots cost precision).

    Returns
    -------
    named tuple ``(LU, pivots)``
        L below the diagonal of ``LU`` (its own diagonal is 1), U on and above it; ``pivots`` (int32) counts from 1: in
        step i, rows i and pivots[i] changed places.

    Raises
    ------
    RuntimeError
        If `A` is no floating matrix, or batch of them.

    Notes
    -----
    The exchanges count as constant: the derivative is that of elimination in this order of rows. Where U has a zero on
    its diagonal the gradient is infinite or NaN.
    """
    matrices("lu_factor", A=A)
    return _Factors(*factorize(A, pivot=bool(pivot))[:2])


@public(function=False, method=False)
def lu_factor_ex(A, *, pivot=True, check_errors=False):
    """`lu_factor`, and in a third place, ``info``, the number (from 1) of the first zero on the diagonal of U, else 0.

    Parameters
    ----------
    A, pivot
        As for `lu_factor`.
    check_errors : bool
        Raise a `LinAlgError` where ``info`` is not 0.
    """
    matrices("lu_factor_ex", A=A)
    found = _FactorsEx(*factorize(A, pivot=bool(pivot)))
    if check_errors:
        succeeded("lu_factor_ex", "A", found.info, SINGULAR)
    return found


SINGULAR = "is singular: the diagonal of U is zero in row {}, counted from 1"


@public()
def lu(A, pivot=True, get_infos=False):
    """`linalg.lu_factor` in PyTorch's older form: ``(LU, pivots)``, with `get_infos` ``(LU, pivots, info)``."""
    matrices("lu", A=A)
    found = factorize(A, pivot=bool(pivot))
    return tuple(found) if get_infos else tuple(found[:2])


@public(function=False, method=False)
@whole
def lu_matrices(A, *, pivot=True):
    """Factorize A = P L U.

    Parameters
    ----------
    A : Tensor or array, (…, M, N), floating
    pivot : bool
        Exchange rows; without it ``P`` is empty.

    Returns
    -------
    named tuple ``(P, L, U)``, (…, M, M), (…, M, K) and (…, K, N) with K = min(M, N)
    """
    matrices("lu", A=A)
    packed, pivots, _ = factorize(A, pivot=bool(pivot))
    return lu_unpack(packed, pivots, unpack_pivots=bool(pivot))


@public(method=False)
@whole
def lu_unpack(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    """The matrices P, L and U of what `linalg.lu_factor` answers.

    Parameters
    ----------
    LU_data : Tensor or array, (…, M, N)
    LU_pivots : int32 Tensor or array, (…, min(M, N))
    unpack_data, unpack_pivots : bool
        Whether to make L and U, and P; what is not made is empty.

    Returns
    -------
    named tuple ``(P, L, U)``
    """
    matrices("lu_unpack", LU_data=LU_data)
    _of_pivots("lu_unpack", LU_data, LU_pivots, "LU_pivots")
    m, n = LU_data.shape[-2:]
    empty = getitem(_view(LU_data, shape=(-1,)), slice(0))
    p, lower, upper = empty, empty, empty
    if unpack_data:
        left = getitem(LU_data, (..., slice(min(m, n))))
        lower = tril(left, -1) + _ones_on_diagonal(left)
        upper = triu(getitem(LU_data, (..., slice(min(m, n)), slice(None))))
    if unpack_pivots:
        one = identity(mT(getitem(LU_data, (..., slice(0)))))
        p = restored(expand_batch(one, LU_data.shape[:-2]), LU_pivots)
    return _LU(p, lower, upper)


def _ones_on_diagonal(x):
    """The matrix of this height and width with ones on its diagonal."""
    one = identity(mT(getitem(x, (..., slice(0)))))
    return getitem(one, (..., slice(x.shape[-1])))


def _of_pivots(op, LU, pivots, name):
    """Raise unless these can be the pivots of these factors."""
    if not hasattr(pivots, "dtype") or pivots.dtype.kind not in "iu":
        raise RuntimeError(f"[{op}] `{name}` must be a Tensor or an array of integers")
    wanted = (*LU.shape[:-2], min(LU.shape[-2:]))
    if pivots.shape != wanted:
        raise RuntimeError(f"[{op}] `{name}` (shape {pivots.shape}) must have the shape {wanted}")


@public(function=False, method=False)
@whole
def solve_factorized(LU, pivots, B, *, left=True, adjoint=False):
    """Solve equations by the factors that `lu_factor` found.

        A X = B,   X A = B if not `left`;   with Aᴴ for A if `adjoint`

    Parameters
    ----------
    LU : Tensor or array, (…, N, N), floating
    pivots : int32 Tensor or array, (…, N)
    B : Tensor or array, (…, N, K), or (…, K, N) if not `left`
        Batches broadcast.
    left, adjoint : bool

    Returns
    -------
    Tensor or array, of the shape of `B` with the common batch

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit.
    """
    batch = fitting("lu_solve", LU, B, left, ("LU", "B"))
    _of_pivots("lu_solve", LU, pivots, "pivots")
    pivots = expand_to(pivots, shape=(*batch, pivots.shape[-1]))
    b = expand_batch(B if left else mT(B), batch)
    x = conj(_by_factors(LU, pivots, conj(b), left)) if adjoint else _by_factors(LU, pivots, b, not left)
    return x if left else mT(x)


def _by_factors(lu, pivots, b, transposed):
    if transposed:
        x = substitute(mT(lu), substitute(mT(lu), b, upper=False, unit=False), upper=True, unit=True)
        return restored(x, pivots)
    return substitute(lu, substitute(lu, exchanged(b, pivots), upper=False, unit=True), upper=True, unit=False)


@public(b="input")
def lu_solve(b, LU_data, LU_pivots):
    """`linalg.lu_solve` in PyTorch's older order of arguments."""
    return solve_factorized(LU_data, LU_pivots, b)
