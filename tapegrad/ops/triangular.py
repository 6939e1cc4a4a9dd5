"""Triangular systems of equations.

    a x = b:        gb = a⁻ᵀ g,   ga = -(gb xᵀ) on the triangle,        tx = a⁻¹ (tb - ta x)

Every rule is another solution by the same triangle. A system x a = b is aᵀ xᵀ = bᵀ.
"""

from .. import kernels
from .._tape import declare
from ._matrices import batches, expand_batch, matrices, named, square
from ._registry import public, whole
from .axes import mT
from .diagonal import tril, triu
from .matmul import product
from .rearrange import clone
from .shape import sum_to


def _triangle(x, upper, unit):
    """The part of a matrix that is read."""
    return triu(x, int(unit)) if upper else tril(x, -int(unit))


substitute = declare(
    "linalg_solve_triangular",
    lambda a, b, *, upper, unit: kernels.solve_triangular(a, b, upper, unit),
    [
        lambda g, a, y, upper, unit, a_shape: sum_to(
            _triangle(-product(substitute(mT(a), g, upper=not upper, unit=unit), mT(y)), upper, unit), a_shape
        ),
        lambda g, a, upper, unit, b_shape: sum_to(substitute(mT(a), g, upper=not upper, unit=unit), b_shape),
    ],
    [
        lambda t, a, y, upper, unit: substitute(a, -product(_triangle(t, upper, unit), y), upper=upper, unit=unit),
        lambda t, a, upper, unit, y: substitute(a, expand_batch(t, y.shape[:-2]), upper=upper, unit=unit),
    ],
)


@public(function=False, method=False, A="input")
@whole
def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    """Solve a triangular system of equations.

        A X = B,   or X A = B

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating
        Only one triangle is read.
    B : Tensor or array, (…, N, K), or (…, K, N) if not `left`
        Batches broadcast.
    upper : bool
        Which triangle.
    left : bool
        Which side A stands on.
    unitriangular : bool
        Take the diagonal to be 1.

    Returns
    -------
    Tensor or array, of the shape of `B` with the common batch
        Infinite or NaN where the diagonal has a zero.

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit.

    Examples
    --------
    >>> tg.linalg.solve_triangular(tg.tensor([[2.0, 0.0], [1.0, 1.0]]), tg.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [2.]])
    """
    fitting("solve_triangular", A, B, left)
    if not left:
        return mT(substitute(mT(A), mT(B), upper=not upper, unit=bool(unitriangular)))
    return substitute(A, B, upper=bool(upper), unit=bool(unitriangular))


def fitting(op: str, A, B, left: bool, names: tuple = ("A", "B")) -> tuple:
    """The common batch of a system of equations; raise unless its sizes fit."""
    square(op, **{names[0]: A})
    matrices(op, **{names[0]: A, names[1]: B})
    if A.shape[-1] != B.shape[-2 if left else -1]:
        axis = "rows" if left else "columns"
        raise RuntimeError(
            f"[{op}] `{names[1]}` (shape {B.shape}) must have as many {axis} as `{names[0]}` (shape {A.shape})"
        )
    return batches(op, **{names[0]: A, names[1]: B})


_Solution = named("triangular_solve", "solution", "cloned_coefficient")


@public(b="input")
@whole
def triangular_solve(b, A, upper=True, transpose=False, unitriangular=False):
    """Solve A X = b, or Aᵀ X = b, for a triangular A: the older form of `linalg.solve_triangular`.

    Parameters
    ----------
    b : Tensor or array, (…, N, K)
    A : Tensor or array, (…, N, N)
    upper, transpose, unitriangular : bool

    Returns
    -------
    named tuple ``(solution, cloned_coefficient)``
    """
    batch = fitting("triangular_solve", A, b, True, ("A", "b"))
    upper, unit = bool(upper), bool(unitriangular)
    x = substitute(mT(A), b, upper=not upper, unit=unit) if transpose else substitute(A, b, upper=upper, unit=unit)
    return _Solution(x, clone(expand_batch(A, batch)))
