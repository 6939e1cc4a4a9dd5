"""Diagonals and triangles.

diagonal     y[…, i] = x[…, i, i + offset]        transpose: zeros with that diagonal
tril, triu   keep one side of a diagonal          transpose: themselves
"""

from .. import kernels
from .._tape import declare
from ._dims import dim_of
from ._registry import public

_diagonal = declare(
    "diagonal",
    lambda x, *, offset, dim1, dim2: kernels.diagonal(x, offset, dim1, dim2),
    [
        lambda g, x_shape, offset, dim1, dim2: from_diagonal(
            g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2
        )
    ],
    [lambda t, offset, dim1, dim2: _diagonal(t, offset=offset, dim1=dim1, dim2=dim2)],
    view=True,
)

from_diagonal = declare(
    "diag_embed",
    lambda x, *, shape, offset, dim1, dim2: kernels.from_diagonal(x, shape, offset, dim1, dim2),
    [lambda g, offset, dim1, dim2: _diagonal(g, offset=offset, dim1=dim1, dim2=dim2)],
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
    return _diagonal(x, offset=int(offset), dim1=i, dim2=j)
