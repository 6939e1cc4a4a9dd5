"""Joining tensors.

cat      y = x₀, x₁, … along an axis they have        transpose: the pieces of g
stack    y = x₀, x₁, … along a new axis               transpose: the slices of g
"""

from .. import kernels
from .._dtypes import result_dtype
from .._tape import Tensor, Variadic
from ._dims import dim_of
from ._registry import public
from .cast import as_tensor, cast
from .indexing import getitem, put_region
from .shape import atleast_1d, atleast_2d, atleast_3d, expand_to, reshape

# ---------------------------------------------------------------------------------------- joins


def _piece(i: int, shapes: tuple, dim: int) -> tuple:
    """The index of the i-th array in what `cat` makes of arrays of these shapes."""
    start = sum(s[dim] for s in shapes[:i])
    return (*(slice(None),) * dim, slice(start, start + shapes[i][dim]), ...)


def _joined(shapes: tuple, dim: int) -> tuple:
    """The shape of what `cat` makes of arrays of these shapes."""
    first = shapes[0]
    return (*first[:dim], sum(s[dim] for s in shapes), *first[dim + 1 :])


cat_along = Variadic(
    "cat",
    lambda arrays, dim: kernels.concatenate(arrays, dim),
    lambda g, i, shapes, dim: getitem(g, _piece(i, shapes, dim)),
    lambda t, i, shapes, dim: put_region(t, shape=_joined(shapes, dim), index=_piece(i, shapes, dim)),
    settings=("dim",),
)


def layer(i: int, dim: int) -> tuple:
    """The index of position `i` on axis `dim`."""
    return (*(slice(None),) * dim, i, ...)


stack_along = Variadic(
    "stack",
    lambda arrays, dim: kernels.stack(arrays, dim),
    lambda g, i, dim: getitem(g, layer(i, dim)),
    lambda t, i, shapes, dim: put_region(
        t, shape=(*shapes[0][:dim], len(shapes), *shapes[0][dim:]), index=layer(i, dim)
    ),
    settings=("dim",),
)


def _of_one_dtype(op: str, tensors) -> list:
    """The operands of a join, in the dtype that PyTorch's promotion gives them."""
    try:
        xs = [x if isinstance(x, Tensor) or hasattr(x, "dtype") else as_tensor(x) for x in tensors]
    except TypeError as error:
        raise TypeError(f"[{op}] `tensors` must be a sequence of tensors: {error}") from None
    if not xs:
        raise RuntimeError(f"[{op}] `tensors` must hold at least one tensor")
    dtypes = {x.dtype for x in xs}
    if len(dtypes) == 1:
        return xs
    dtype = result_dtype(*((x.dtype, len(x.shape)) for x in xs))
    return [cast(x, dtype) for x in xs]


@public("cat", "concatenate", "concat", method=False)
def cat(tensors, dim=0, *, axis=None):
    """Join tensors along an axis that they have.

    Parameters
    ----------
    tensors : sequence of tensors
        Equal in every other axis; 1-D ones without elements are skipped. Dtypes are promoted.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.

    Raises
    ------
    RuntimeError
        If there are none, they are 0-d, or their shapes do not fit.
    IndexError
        If there is no such axis.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.cat([tg.ones(1, 2), tg.zeros(2, 2)])
    tensor([[1., 1.],
            [0., 0.],
            [0., 0.]])
    """
    xs = _of_one_dtype("cat", tensors)
    shapes = {x.shape for x in xs}
    if (0,) in shapes and len(shapes) > 1:
        xs = [x for x in xs if x.shape != (0,)]
    shape = xs[0].shape
    d = dim_of("cat", dim if axis is None else axis, len(shape))
    if len(shapes) > 1 or not shape:
        for i, x in enumerate(xs):
            own = x.shape
            if not shape or len(own) != len(shape) or own[:d] + own[d + 1 :] != shape[:d] + shape[d + 1 :]:
                wanted = f"match the first, {shape}, except along axis {d}" if shape else "have an axis"
                raise RuntimeError(f"[cat] `tensors[{i}]` (shape {own}) must {wanted}")
    return cat_along(xs, dim=d)


concatenate = cat


@public(method=False)
def stack(tensors, dim=0, *, axis=None):
    """Join tensors of one shape along a new axis, which comes to stand at `dim`.

    Parameters
    ----------
    tensors : sequence of tensors
        Dtypes are promoted.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.

    Raises
    ------
    RuntimeError
        If there are none, or their shapes differ.
    IndexError
        If there is no such axis.
    """
    xs = _of_one_dtype("stack", tensors)
    shape = xs[0].shape
    d = dim_of("stack", dim if axis is None else axis, len(shape) + 1)
    for i, x in enumerate(xs):
        if x.shape != shape:
            raise RuntimeError(f"[stack] `tensors[{i}]` (shape {x.shape}) must have the shape of the first, {shape}")
    return stack_along(xs, dim=d)


@public(method=False)
def hstack(tensors):
    """Join side by side: along axis 1, or along axis 0 if 1-D."""
    xs = [atleast_1d(x) for x in _of_one_dtype("hstack", tensors)]
    return cat(xs, min(1, len(xs[0].shape) - 1))


@public("vstack", "row_stack", method=False)
def vstack(tensors):
    """Join one below the other: along axis 0, 1-D tensors being rows."""
    return cat([atleast_2d(x) for x in _of_one_dtype("vstack", tensors)])


@public(method=False)
def dstack(tensors):
    """Join in depth: along axis 2, after `atleast_3d`."""
    return cat([atleast_3d(x) for x in _of_one_dtype("dstack", tensors)], 2)


@public(method=False)
def column_stack(tensors):
    """Join as columns: `hstack` in which 1-D and 0-d tensors are columns."""
    xs = _of_one_dtype("column_stack", tensors)
    return cat([reshape(x, -1, 1) if len(x.shape) < 2 else x for x in xs], 1)


@public(method=False)
def meshgrid(*tensors, indexing="ij"):
    """Expand 1-D tensors to a common grid.

    Parameters
    ----------
    *tensors : 1-D (or 0-d) tensors, or one sequence of them
    indexing : {"ij", "xy"}
        "ij": axis k belongs to tensor k; "xy": the first two axes are exchanged.

    Returns
    -------
    tuple of Tensors
        One view for each tensor.
    """
    xs = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"[meshgrid] `indexing` (={indexing!r}) must be 'ij' or 'xy'")
    if any(len(x.shape) > 1 for x in xs):
        raise RuntimeError(f"[meshgrid] `tensors` (shapes {[x.shape for x in xs]}) must be 1-D or 0-d")
    swap = indexing == "xy" and len(xs) > 1
    order = [1, 0, *range(2, len(xs))] if swap else list(range(len(xs)))
    xs = [atleast_1d(x) for x in xs]
    shape = tuple(xs[k].shape[0] for k in order)
    grid = []
    for k, x in enumerate(xs):
        along = tuple(n if order[axis] == k else 1 for axis, n in enumerate(shape))
        grid.append(expand_to(reshape(x, along), shape=shape))
    return tuple(grid)


@public(method=False)
def cartesian_prod(*tensors):
    """All combinations of one element from each 1-D tensor: one row each, (n₀·n₁·…, number of tensors)."""
    if len(tensors) == 1:
        return tensors[0]
    return reshape(stack(meshgrid(*tensors), -1), -1, len(tensors))
