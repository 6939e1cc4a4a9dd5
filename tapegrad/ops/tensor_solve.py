"""Equations between tensors: those of matrices, with several axes in the place of one."""

from math import prod

from ._dims import dims_of
from ._matrices import floats
from ._registry import public, whole
from .axes import movedim
from .shape import _view, reshape
from .solve import inv, solve


@public(function=False, method=False, A="input")
@whole
def tensorinv(A, ind=2):
    """Invert a tensor: `tensordot(A, X, …)` over the last axes of A and the first of X is the identity.

    Parameters
    ----------
    A : Tensor or array, floating
        The first `ind` axes have as many elements as the rest.
    ind : int

    Returns
    -------
    Tensor or array, A.shape[ind:] + A.shape[:ind]

    Raises
    ------
    LinAlgError
        If there is no inverse.
    RuntimeError
        If `A` is not floating, `ind` is not positive, or the elements are not as many.
    """
    floats("tensorinv", A=A)
    if ind <= 0:
        raise RuntimeError(f"[tensorinv] `ind` (={ind}) must be positive")
    rows, columns = A.shape[:ind], A.shape[ind:]
    if prod(rows) != prod(columns):
        raise RuntimeError(
            f"[tensorinv] `A` (shape {A.shape}) must have as many elements in its first {ind} axes as in the others"
        )
    return _view(inv(reshape(A, (prod(rows), prod(columns)))), shape=(*columns, *rows))


@public(function=False, method=False, A="input", B="other")
@whole
def tensorsolve(A, B, dims=None):
    """Solve `tensordot(A, X, X.ndim) = B` for X.

    Parameters
    ----------
    A : Tensor or array, B.shape + X.shape, floating
        B and X have as many elements.
    B : Tensor or array
    dims : tuple of ints, optional
        Axes of A to be moved to its end first. NumPy's `axes`.

    Raises
    ------
    LinAlgError
        If there is no solution, or more than one.
    RuntimeError
        If dtypes or shapes do not fit.
    """
    floats("tensorsolve", A=A, B=B)
    if dims is not None:
        dims = dims_of("tensorsolve", dims, len(A.shape))
        A = movedim(A, dims, tuple(range(len(A.shape) - len(dims), len(A.shape))))
    shape = A.shape[len(B.shape) :]
    if prod(shape) != prod(B.shape) or prod(A.shape) != prod(shape) ** 2:
        raise RuntimeError(
            f"[tensorsolve] `A` (shape {A.shape}) must have as many elements as `B` (shape {B.shape}) twice over"
        )
    return _view(solve(reshape(A, (prod(B.shape), prod(shape))), reshape(B, -1)), shape=shape)
