"""Diagonals and triangles.

diagonal     y[…, i] = x[…, i, i + offset]        transpose: zeros with that diagonal
tril, triu   keep one side of a diagonal          transpose: themselves
"""

from .. import kernels
from .._tape import declare
from ._dims import dim_of
from ._registry import public
from .rearrange import clone
from .shape import reshape

diagonal_of = declare(
    "diagonal",
    lambda x, *, offset, dim1, dim2: kernels.diagonal(x, offset, dim1, dim2),
    [lambda g, x_shape, offset, dim1, dim2: from_diagonal(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2)],
    [lambda t, offset, dim1, dim2: diagonal_of(t, offset=offset, dim1=dim1, dim2=dim2)],
    view=True,
)

from_diagonal = declare(
    "diag_embed",
    lambda x, *, shape, offset, dim1, dim2: kernels.from_diagonal(x, shape, offset, dim1, dim2),
    [lambda g, offset, dim1, dim2: diagonal_of(g, offset=offset, dim1=dim1, dim2=dim2)],
    [lambda t, shape, offset, dim1, dim2: from_diagonal(t, shape=shape, offset=offset, dim1=dim1, dim2=dim2)],
)


@public()
def diagonal(x, offset=0, dim1=0, dim2=1):
    """Read the diagonal of two axes, as a view.

        y[…, i] = x[…, i, i + offset]

    Parameters
    ----------
    x : Tensor or array, at least 2-D
    offset : int
        Above (positive) or below the main diagonal.
    dim1, dim2 : int
        The rows and the columns; they vanish, the diagonal becomes the last axis.

    Raises
    ------
    RuntimeError
        If the two axes are one.
    """
    ndim = len(x.shape)
    i, j = dim_of("diagonal", dim1, ndim, "dim1"), dim_of("diagonal", dim2, ndim, "dim2")
    if i == j:
        raise RuntimeError(f"[diagonal] `dim1` (={dim1}) and `dim2` (={dim2}) must differ")
    return diagonal_of(x, offset=int(offset), dim1=i, dim2=j)


@public(function=False, method=False)
def linalg_diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    """`diagonal` of matrices, which are the last two axes."""
    return diagonal(A, offset, dim1, dim2)


@public()
def diag_embed(x, offset=0, dim1=-2, dim2=-1):
    """Write the last axis onto a diagonal of zeros: undoes `diagonal`.

        y[…, i, i + offset] = x[…, i]

    Parameters
    ----------
    x : Tensor or array, at least 1-D
    offset : int
    dim1, dim2 : int
        Where the two axes of the matrices come to stand in the result.

    Raises
    ------
    RuntimeError
        If the two axes are one.
    """
    if not x.shape:
        raise RuntimeError("[diag_embed] `x` (0-d) must have at least one dimension")
    ndim = len(x.shape) + 1
    i, j = dim_of("diag_embed", dim1, ndim, "dim1"), dim_of("diag_embed", dim2, ndim, "dim2")
    if i == j:
        raise RuntimeError(f"[diag_embed] `dim1` (={dim1}) and `dim2` (={dim2}) must differ")
    side, rest = x.shape[-1] + abs(int(offset)), iter(x.shape[:-1])
    shape = tuple(side if k in (i, j) else next(rest) for k in range(ndim))
    return from_diagonal(x, shape=shape, offset=int(offset), dim1=i, dim2=j)


@public()
def diag(x, diagonal=0):
    """The diagonal of a matrix (a copy), or the matrix with this diagonal.

    Parameters
    ----------
    x : Tensor or array, (n, m) or (n,)
    diagonal : int
        Above (positive) or below the main diagonal.

    Raises
    ------
    RuntimeError
        If `x` is neither 1-D nor 2-D.
    """
    if len(x.shape) == 1:
        return diag_embed(x, diagonal)
    if len(x.shape) != 2:
        raise RuntimeError(f"[diag] `x` (shape {x.shape}) must be 1-D or 2-D")
    return clone(diagonal_of(x, offset=int(diagonal), dim1=0, dim2=1))


@public()
def diagflat(x, offset=0):
    """The matrix whose diagonal holds all elements, in C order."""
    return diag_embed(reshape(x, -1), offset)


_tril = declare(
    "tril",
    lambda x, *, diagonal: kernels.tril(x, diagonal),
    [lambda g, diagonal: _tril(g, diagonal=diagonal)],
    [lambda t, diagonal: _tril(t, diagonal=diagonal)],
)

_triu = declare(
    "triu",
    lambda x, *, diagonal: kernels.triu(x, diagonal),
    [lambda g, diagonal: _triu(g, diagonal=diagonal)],
    [lambda t, diagonal: _triu(t, diagonal=diagonal)],
)


@public(in_place=True)
def tril(x, diagonal=0):
    """Keep the lower triangle of the last two axes: `y[…, i, j] = x[…, i, j] if j - i ≤ diagonal else 0`."""
    return _tril(_matrices("tril", x), diagonal=int(diagonal))


@public(in_place=True)
def triu(x, diagonal=0):
    """Keep the upper triangle of the last two axes: `y[…, i, j] = x[…, i, j] if j - i ≥ diagonal else 0`."""
    return _triu(_matrices("triu", x), diagonal=int(diagonal))


def _matrices(op: str, x):
    if len(x.shape) < 2:
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have at least two dimensions")
    return x
