"""Whole slices and masked elements: `index_select`, `index_add`, `take`, `masked_select`, `nonzero`, `embedding`.

All of them are `index`, `index_backward` and `index_put` of one axis, or of the positions where a mask is true.
"""

import itertools
from math import prod

import numpy as np

from .. import kernels
from .._tape import Tensor, plain
from ._dims import dim_of
from ._registry import public
from .brackets import parse
from .cast import as_tensor, cast
from .indexing import add_at, beside, fitting, getitem, overwrite, put_at, take_at
from .region import array_of, constant
from .shape import broadcast_tensors, expand_to, reshape


def extent(x) -> tuple[int, int]:
    """The least and the greatest of the integers in a tensor or an array; (0, -1) if there are none."""
    array = array_of(x)
    if array.size == 0:
        return 0, -1
    return int(kernels.to_numpy(kernels.min(array))), int(kernels.to_numpy(kernels.max(array)))


def _on_axis(op: str, x, dim, index) -> tuple:
    """`(x, at, template)` of 1-D positions along an axis; a 0-d `x` becomes 1-D."""
    at = cast(index if hasattr(index, "dtype") else as_tensor(index), np.int64)
    d = dim_of(op, dim, len(x.shape))
    if len(at.shape) > 1:
        raise IndexError(f"[{op}] `index` (shape {at.shape}) must be 1-D")
    n = x.shape[d] if x.shape else 1
    low, high = extent(at)
    if low < -n or high >= n:
        bad = low if low < -n else high
        raise IndexError(f"[{op}] `index` (={bad}) must lie in {-n} … {n - 1} on axis {d} (size {n})")
    at = reshape(at, -1)
    return (x if x.shape else reshape(x, 1)), at, (*(slice(None),) * d, at.shape, ...)


# ---------------------------------------------------------------------------------------- slices along an axis


@public()
def index_select(x, dim, index):
    """Read whole slices: `y = x[:, …, index]`, a copy.

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : 1-D (or 0-d) integer Tensor or array

    Raises
    ------
    IndexError
        If there is no such axis or position, or `index` has more axes.
    """
    base, at, template = _on_axis("index_select", x, dim, index)
    y = take_at(base, at, index=template)
    return y if x.shape else reshape(y, ())


@public(in_place=True)
def index_add(x, dim, index, source, *, alpha=1):
    """Add slices: `y = x`, then `y[:, …, index[k]] += alpha · source[:, …, k]`; repeated positions add up.

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : 1-D (or 0-d) integer Tensor or array
    source : Tensor or array
        One slice for each position.
    alpha : number

    Raises
    ------
    RuntimeError
        If `source` does not fit.
    IndexError
        If there is no such axis or position.
    """
    base, at, template = _on_axis("index_add", x, dim, index)
    v = _slices("index_add", base, source, at, template)
    y = base + add_at(v if alpha == 1 else v * alpha, at, shape=base.shape, index=template)
    return y if x.shape else reshape(y, ())


def _slices(op: str, x, source, at, template):
    """`source` in the dtype of `x`, with one slice for each position."""
    d = len(template) - 2
    shape = (*x.shape[:d], at.shape[0], *x.shape[d + 1 :])
    v = beside(x, source)
    v = v if v.shape else reshape(v, (1,) * len(shape))
    if v.shape != shape:
        raise RuntimeError(f"[{op}] `source` (shape {v.shape}) must have the shape {shape}")
    return v


@public(in_place=True)
def index_copy(x, dim, index, source):
    """Overwrite slices: `y = x`, but `y[:, …, index[k]] = source[:, …, k]`; the last of a repeated position stays."""
    base, at, template = _on_axis("index_copy", x, dim, index)
    y = put_at(base, _slices("index_copy", base, source, at, template), at, index=template)
    return y if x.shape else reshape(y, ())


@public(in_place=True)
def index_fill(x, dim, index, value):
    """Overwrite slices with one value, a number or a 0-d tensor: `y = x`, but `y[:, …, index] = value`."""
    if getattr(value, "shape", ()) != ():
        raise RuntimeError(f"[index_fill] `value` (shape {value.shape}) must be a number or a 0-d tensor")
    base, at, template = _on_axis("index_fill", x, dim, index)
    y = put_at(base, fitting(base, value), at, index=template)
    return y if x.shape else reshape(y, ())


# ---------------------------------------------------------------------------------------- positions of every kind


@public(in_place=True)
def index_put(x, indices, values, accumulate=False):
    """Write at positions: `y = x`, but `y[indices] = values`.

    Parameters
    ----------
    x : Tensor or array
    indices : tuple of integer or boolean Tensors, or None for a whole axis
    values : Tensor, array or number
        Broadcasts to the shape of `x[indices]`.
    accumulate : bool, default False
        Add instead, repeated positions adding up; otherwise the last of a repeated position stays.

    Raises
    ------
    IndexError
        If a position does not exist.
    RuntimeError
        If `values` does not broadcast.
    """
    index = tuple(slice(None) if i is None else i for i in indices)
    base, at, template = parse("index_put", x, index)
    if not accumulate:
        return overwrite(base, values, at, template, index)
    v = fitting(base, values)
    shape = getitem(base, index).shape
    return base + add_at(expand_to(v, shape=shape), at, shape=base.shape, index=template)


@public()
def take(x, index, *, axis=None):
    """Read elements by their position in C order: `y = x.reshape(-1)[index]`.

    Parameters
    ----------
    x : Tensor or array
    index : integer Tensor or array
    axis : int, optional
        Read slices along this axis instead, as NumPy does.

    Returns
    -------
    Tensor or array, index.shape
    """
    if axis is not None:
        return getitem(x, (*(slice(None),) * dim_of("take", axis, len(x.shape), "axis"), index))
    return getitem(reshape(x, -1), index if hasattr(index, "dtype") else as_tensor(index))


@public(in_place=True)
def put(x, index, source, accumulate=False):
    """Write elements by their position in C order: `y = x`, but `y.reshape(-1)[index] = source`."""
    return reshape(index_put(reshape(x, -1), (reshape(index, -1),), reshape(source, -1), accumulate), x.shape)


@public(function=False, method=False, in_place=True)
def fill_diagonal(x, fill_value, wrap=False):
    """Write a number to the elements whose indices are equal; of a tall matrix again below, if `wrap`.

    Raises
    ------
    RuntimeError
        If there is one axis, or more than two whose sizes differ.
    """
    shape = x.shape
    if len(shape) < 2 or (len(shape) > 2 and len({*shape}) > 1):
        raise RuntimeError(f"[fill_diagonal] `x` (shape {shape}) must have two dimensions, or more of one size")
    steps = [prod(shape[k:]) for k in range(1, len(shape) + 1)]
    end = prod(shape) if wrap or len(shape) > 2 else min(prod(shape), shape[1] ** 2)
    at = constant(x, kernels.arange(0, end, sum(steps), np.int64, like=array_of(x)))
    return put(x, at, expand_to(cast(as_tensor(fill_value), x.dtype), shape=at.shape))


@public()
def masked_select(x, mask):
    """The elements where a mask is true, in C order, 1-D; `x` and `mask` broadcast against each other."""
    x, mask = broadcast_tensors(x, mask)
    return getitem(x, mask)


@public(in_place=True)
def masked_scatter(x, mask, source):
    """Overwrite the elements where `mask` (which broadcasts) is true with the first elements of `source`, in C order.

    Raises
    ------
    RuntimeError
        If `source` has too few elements.
    TypeError
        If `mask` is not boolean.
    """
    if mask.dtype.kind != "b":
        raise TypeError(f"[masked_scatter] `mask` (dtype {mask.dtype}) must be boolean")
    x, mask = broadcast_tensors(x, mask)
    base, at, template = parse("masked_scatter", x, mask)
    count = at.shape[0] // max(len(x.shape), 1)
    v = reshape(source, -1)
    if v.shape[0] < count:
        raise RuntimeError(f"[masked_scatter] `source` ({v.shape[0]} elements) must have at least {count} elements")
    return put_at(base, fitting(base, getitem(v, slice(count))), at, index=template)


@public()
def nonzero(x, *, as_tuple=False):
    """Find what is not zero, in C order.

    Parameters
    ----------
    x : Tensor or array
    as_tuple : bool
        One array of positions for each axis (what an index takes) instead of one row for each position.

    Returns
    -------
    int64 Tensor or array, (count, x.ndim), or a tuple of x.ndim, (count,)
    """
    array = array_of(x)
    if array.ndim == 0 and not as_tuple:
        found = [kernels.nonzero(array.reshape((1,)))[0]]
        rows = kernels.zeros((found[0].shape[0], 0), found[0].dtype, like=array)
    else:
        found = kernels.nonzero(array if array.ndim else array.reshape((1,)))
        rows = None if as_tuple else kernels.stack(found, 1)
    if as_tuple:
        return tuple(map(plain, found)) if isinstance(x, Tensor) else tuple(found)
    return constant(x, rows)


@public()
def argwhere(x):
    """The positions of what is not zero, one row each: `nonzero`."""
    return nonzero(x)


@public(method=False)
def combinations(x, r=2, with_replacement=False):
    """All choices of `r` elements of a 1-D tensor, in order: one row each."""
    if len(x.shape) != 1:
        raise RuntimeError(f"[combinations] `x` (shape {x.shape}) must be 1-D")
    if r == 2:
        pairs = np.triu_indices(x.shape[0], 0 if with_replacement else 1)
        return getitem(x, np.stack(pairs, -1))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(x.shape[0]), r))
    return getitem(x, np.array(rows, np.int64).reshape(len(rows), r)) if r else getitem(x, slice(0))
