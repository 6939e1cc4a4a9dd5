"""Joining and splitting.

cat      y = x₀, x₁, … along an axis they have        transpose: the pieces of g
stack    y = x₀, x₁, … along a new axis               transpose: the slices of g
"""

from itertools import pairwise
from operator import index as integer

import numpy as np

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


_cat = Variadic(
    "cat",
    lambda arrays, dim: kernels.concatenate(arrays, dim),
    lambda g, i, shapes, dim: getitem(g, _piece(i, shapes, dim)),
    lambda t, i, shapes, dim: put_region(t, shape=_joined(shapes, dim), index=_piece(i, shapes, dim)),
    settings=("dim",),
)


def layer(i: int, dim: int) -> tuple:
    """The index of position `i` on axis `dim`."""
    return (*(slice(None),) * dim, i, ...)


_stack = Variadic(
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
        xs = [x if hasattr(x, "dtype") else as_tensor(x) for x in tensors]
    except TypeError as error:
        raise TypeError(f"[{op}] `tensors` must be a sequence of tensors: {error}") from None
    if not xs:
        raise RuntimeError(f"[{op}] `tensors` must hold at least one tensor")
    dtype = xs[0].dtype
    if all(x.dtype is dtype for x in xs):
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
    full = [x for x in xs if x.shape != (0,)] or xs[:1]
    shape = full[0].shape
    d = dim_of("cat", dim if axis is None else axis, len(shape))
    for i, x in enumerate(full):
        if not shape or len(x.shape) != len(shape) or x.shape[:d] + x.shape[d + 1 :] != shape[:d] + shape[d + 1 :]:
            wanted = "have at least one dimension" if not shape else f"match the first, {shape}, except along axis {d}"
            raise RuntimeError(f"[cat] `tensors[{i}]` (shape {x.shape}) must {wanted}")
    return _cat(full, dim=d)


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
    return _stack(xs, dim=d)


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


# ---------------------------------------------------------------------------------------- pieces


@public()
def narrow(x, dim, start, length):
    """Read `length` positions of an axis from `start` on, as a view.

    Parameters
    ----------
    x : Tensor or array
    dim, start, length : int
        `start` may be negative; all positions must exist.

    Raises
    ------
    IndexError
        If there is no such axis or position.
    RuntimeError
        If the piece is longer than what is left.
    """
    d = dim_of("narrow", dim, len(x.shape))
    n, first, length = x.shape[d], integer(start), integer(length)
    if not -n <= first <= n:
        raise IndexError(f"[narrow] `start` (={first}) must lie in {-n} … {n} on axis {d} (size {n})")
    first = first + n if first < 0 else first
    if not 0 <= length <= n - first:
        raise RuntimeError(f"[narrow] `length` (={length}) must lie in 0 … {n - first} after `start` (={first})")
    return _slice_of(x, d, first, first + length)


def _slice_of(x, d: int, start: int, stop: int):
    return getitem(x, (*(slice(None),) * d, slice(start, stop), ...))


@public()
def select(x, dim, index):
    """Read one position of an axis, which vanishes: `x[:, …, index]`, as a view."""
    return getitem(x, layer(integer(index), dim_of("select", dim, len(x.shape))))


@public()
def unbind(x, dim=0):
    """All positions of an axis, as a tuple of views without it."""
    if not x.shape:
        raise RuntimeError("[unbind] `x` (0-d) must have at least one dimension")
    d = dim_of("unbind", dim, len(x.shape))
    return tuple(getitem(x, layer(i, d)) for i in range(x.shape[d]))


@public()
def split(x, split_size_or_sections, dim=0, *, axis=None):
    """Cut an axis into pieces, as a tuple of views.

    Parameters
    ----------
    x : Tensor or array
    split_size_or_sections : int or sequence of ints
        The size of every piece (the last may be smaller), or the size of each.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.

    Raises
    ------
    RuntimeError
        If the size is negative, or the sizes do not add up to the axis.
    """
    d = dim_of("split", dim if axis is None else axis, len(x.shape))
    n, given = x.shape[d], split_size_or_sections
    if hasattr(given, "__index__"):
        size = integer(given)
        if size < 0 or (size == 0 and n):
            raise RuntimeError(f"[split] `split_size_or_sections` (={size}) must be positive")
        sizes = [min(size, n - start) for start in range(0, n, size)] if n else [0]
    else:
        sizes = [integer(s) for s in given]
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise RuntimeError(f"[split] `split_size_or_sections` (={sizes}) must add up to the size {n} of axis {d}")
    return _cut(x, d, np.cumsum([0, *sizes]).tolist())


def _cut(x, d: int, edges: list) -> tuple:
    return tuple(_slice_of(x, d, a, b) for a, b in pairwise(edges))


@public()
def chunk(x, chunks, dim=0):
    """Cut an axis into at most `chunks` pieces of equal size (the last may be smaller), as a tuple of views."""
    count = integer(chunks)
    if count < 1:
        raise RuntimeError(f"[chunk] `chunks` (={count}) must be positive")
    if not x.shape:
        raise RuntimeError("[chunk] `x` (0-d) must have at least one dimension")
    d = dim_of("chunk", dim, len(x.shape))
    size = -(-x.shape[d] // count)
    return split(x, size, d) if size else _cut(x, d, [0] * (count + 1))


@public()
def tensor_split(x, indices_or_sections, dim=0, *, axis=None):
    """Cut an axis at given positions, or into a number of nearly equal pieces, as a tuple of views.

    Parameters
    ----------
    x : Tensor or array
    indices_or_sections : int or sequence of ints
        The number of pieces (the first ones are longer by 1 where it does not divide), or where to cut.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.
    """
    return _tensor_split("tensor_split", x, indices_or_sections, dim if axis is None else axis)


def _tensor_split(op: str, x, given, dim) -> tuple:
    if not x.shape:
        raise RuntimeError(f"[{op}] `x` (0-d) must have at least one dimension")
    d = dim_of(op, dim, len(x.shape))
    n = x.shape[d]
    if isinstance(given, Tensor):
        given = given.tolist()
    if hasattr(given, "__index__"):
        count = integer(given)
        if count < 1:
            raise RuntimeError(f"[{op}] `indices_or_sections` (={count}) must be positive")
        return _cut(x, d, [0, *np.cumsum([n // count + (i < n % count) for i in range(count)]).tolist()])
    stops = [slice(None, integer(i)).indices(n)[1] for i in given]
    return tuple(_slice_of(x, d, a, max(a, b)) for a, b in zip([0, *stops], [*stops, n], strict=True))


def _split_along(op: str, x, given, d: int, least: int) -> tuple:
    """`tensor_split` as `hsplit` and its kin want it: a number of pieces must divide the axis."""
    if len(x.shape) < least:
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have at least {least} dimensions")
    if hasattr(given, "__index__") and (integer(given) < 1 or x.shape[d] % integer(given)):
        raise RuntimeError(f"[{op}] `indices_or_sections` (={given}) must divide the size {x.shape[d]} of axis {d}")
    return _tensor_split(op, x, given, d)


@public()
def hsplit(x, indices_or_sections):
    """Cut along axis 1 (1-D: axis 0): undoes `hstack`."""
    return _split_along("hsplit", x, indices_or_sections, 1 if len(x.shape) > 1 else 0, 1)


@public()
def vsplit(x, indices_or_sections):
    """Cut along axis 0: undoes `vstack`."""
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


@public()
def dsplit(x, indices_or_sections):
    """Cut along axis 2: undoes `dstack`."""
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@public()
def split_with_sizes(x, split_sizes, dim=0):
    """Cut an axis into pieces of these sizes: `split` with a sequence."""
    return split(x, tuple(split_sizes), dim)


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
