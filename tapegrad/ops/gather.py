"""Elements chosen by arrays of positions, and written or added back to such places.

Along one axis, `gather` and `scatter_add` are each other's transpose, as `index` and `index_backward` are for positions
of every kind:

    gather         y[i, j] = x[index[i, j], j]
    scatter_add    y[index[i, j], j] += v[i, j]
    scatter        y[index[i, j], j] = v[i, j]        transpose in v: g gathered where v was the last to be written
"""

import numpy as np

from .. import kernels
from .._tape import Tensor, declare
from . import region
from ._dims import dim_of
from ._registry import public
from .cast import as_tensor, cast
from .indexing import beside, getitem, put_region, view_of
from .region import zeros
from .shape import expand_to, reshape

# ---------------------------------------------------------------------------------------- along one axis

_gather = declare(
    "gather",
    lambda x, index, *, dim: kernels.take_along_axis(x, index, dim),
    [lambda g, x_shape, index, dim: _add_along(g, index, shape=x_shape, dim=dim), None],
    [lambda t, index, dim: _gather(t, index, dim=dim), None],
)

_add_along = declare(
    "scatter_add",
    lambda v, index, *, shape, dim: kernels.add_along_axis(shape, v, index, dim),
    [lambda g, index, dim: _gather(g, index, dim=dim), None],
    [lambda t, index, shape, dim: _add_along(t, index, shape=shape, dim=dim), None],
)

_scatter = declare(
    "scatter",
    lambda x, v, index, *, dim: kernels.put_along_axis(x, v, index, dim),
    [
        lambda g, index, dim: _scatter(g, zeros(g, (1,) * len(g.shape)), index, dim=dim),
        lambda g, index, dim: _last(_gather(g, index, dim=dim), index, shape=g.shape, dim=dim),
        None,
    ],
    [
        lambda t, index, dim: _scatter(t, zeros(t, (1,) * len(t.shape)), index, dim=dim),
        lambda t, x_shape, index, dim: _scatter(zeros(t, x_shape), t, index, dim=dim),
        None,
    ],
)


_last = declare(
    "scatter_backward",
    lambda v, index, *, shape, dim: kernels.keep_last(v, index, shape[dim], dim),
    [lambda g, index, shape, dim: _last(g, index, shape=shape, dim=dim), None],
    [lambda t, index, shape, dim: _last(t, index, shape=shape, dim=dim), None],
)


# ---------------------------------------------------------------------------------------- what users call


def _positions(op: str, index):
    """`index` as a tensor or array of int64."""
    if not hasattr(index, "dtype"):
        index = as_tensor(index)
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"[{op}] `index` (of dtype {index.dtype}) must hold integers")
    return cast(index, np.int64)


def _missing(op: str, index, n: int, dim: int) -> IndexError:
    """The error of a position that does not exist."""
    bad = next(i for i in index.reshape(-1).tolist() if not -n <= i < n)
    return IndexError(f"[{op}] `index` (={bad}) must lie in {-n} … {n - 1} on axis {dim} (size {n})")


def _aligned(op: str, x, dim, index) -> tuple:
    """`(dim, crop)`: `crop` is the index of the part of `x` that `index` speaks of, None if it is all."""
    d = dim_of(op, dim, len(x.shape))
    if len(index.shape) != len(x.shape):
        raise RuntimeError(f"[{op}] `index` (shape {index.shape}) must have the {len(x.shape)} dimensions of `x`")
    others = [(i, m) for i, (m, n) in enumerate(zip(index.shape, x.shape, strict=True)) if i != d and m != n]
    if any(m > x.shape[i] for i, m in others):
        raise RuntimeError(
            f"[{op}] `index` (shape {index.shape}) must fit into `x` (shape {x.shape}) on every axis but {d}"
        )
    crop = tuple(slice(None) if i == d else slice(m) for i, m in enumerate(index.shape))
    return d, (*crop, ...) if others else None


def _with_an_axis(op: str, f, x, dim, index, *rest):
    """Do on 1-D tensors what is asked on 0-d ones."""
    dim_of(op, dim, 0)
    return f(reshape(x, 1), 0, reshape(index, -1), *rest)


@public()
def gather(x, dim, index, *, sparse_grad=False):
    """Read along an axis, at a position for each element of the result.

        y[i, j] = x[index[i, j], j]        (dim = 0)

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : integer Tensor or array
        As many axes as `x`; on axes other than `dim` not longer than `x`.
    sparse_grad : bool
        Accepted for PyTorch's sake; gradients are dense.

    Returns
    -------
    Tensor or array, index.shape

    Raises
    ------
    RuntimeError
        If `index` does not fit.
    IndexError
        If there is no such axis or position.
    """
    index = _positions("gather", index)
    if not x.shape:
        return reshape(_with_an_axis("gather", gather, x, dim, index), index.shape)
    if 0 in index.shape:  # PyTorch lets an index without elements have any shape
        return reshape(getitem(reshape(x, -1), slice(0)), index.shape)
    d, crop = _aligned("gather", x, dim, index)
    try:
        return _gather(x if crop is None else getitem(x, crop), index, dim=d)
    except IndexError:
        raise _missing("gather", index, x.shape[d], d) from None


@public()
def take_along_dim(x, indices, dim=None):
    """`gather` whose other axes broadcast; without `dim`, `x` and `indices` are taken as 1-D.

    Parameters
    ----------
    x : Tensor or array
    indices : integer Tensor or array
    dim : int, optional
    """
    indices = _positions("take_along_dim", indices)
    if dim is None:
        return gather(reshape(x, -1), 0, reshape(indices, -1))
    if len(x.shape) != len(indices.shape):
        raise RuntimeError(
            f"[take_along_dim] `indices` (shape {indices.shape}) must have as many dimensions as `x` (shape {x.shape})"
        )
    d = dim_of("take_along_dim", dim, len(x.shape))
    try:
        common = np.broadcast_shapes(*((*a.shape[:d], 1, *a.shape[d + 1 :]) for a in (x, indices)))
    except ValueError:
        raise RuntimeError(
            f"[take_along_dim] `indices` (shape {indices.shape}) must broadcast with `x` (shape {x.shape}) "
            f"on every axis but {d}"
        ) from None
    for_x, for_index = ((*common[:d], a.shape[d], *common[d + 1 :]) for a in (x, indices))
    x = x if x.shape == for_x else expand_to(x, shape=for_x)
    return gather(x, d, indices if indices.shape == for_index else expand_to(indices, shape=for_index))


def _source(op: str, x, index, src):
    """What is scattered, in the dtype of `x` and the shape of `index`."""
    if isinstance(src, Tensor) and src.shape and src.dtype != x.dtype:
        raise RuntimeError(f"[{op}] `src` (dtype {src.dtype}) must have the dtype of `x` ({x.dtype})")
    v = beside(x, src)
    if not v.shape:
        return expand_to(v, shape=index.shape)
    if len(v.shape) != len(index.shape) or any(m > n for m, n in zip(index.shape, v.shape, strict=True)):
        raise RuntimeError(f"[{op}] `src` (shape {v.shape}) must reach as far as `index` (shape {index.shape})")
    return v if v.shape == index.shape else getitem(v, tuple(map(slice, index.shape)))


@public(in_place=True)
def scatter(x, dim, index, src=None, *, value=None, reduce=None):
    """Write along an axis, each value to a position of its own: undoes `gather`.

        y = x, but y[index[i, j], j] = src[i, j]        (dim = 0)

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : integer Tensor or array
        As many axes as `x`; on axes other than `dim` not longer than `x`.
    src : Tensor, array or number
        Not shorter than `index`. Where a position repeats, the last value stays.
    value : number, optional
        In the place of `src`.
    reduce : {"add"}, optional
        Add to what is there instead.

    Raises
    ------
    RuntimeError
        If shapes do not fit.
    IndexError
        If there is no such axis or position.
    """
    if reduce not in (None, "add"):
        raise RuntimeError(f"[scatter] `reduce` (={reduce!r}) must be 'add' or None; see also scatter_reduce")
    src = value if src is None else src
    if reduce == "add":
        return scatter_add(x, dim, index, src)
    index = _positions("scatter", index)
    if not x.shape:
        src = reshape(src, -1) if hasattr(src, "shape") else src
        return reshape(_with_an_axis("scatter", scatter, x, dim, index, src), ())
    d, crop = _aligned("scatter", x, dim, index)
    v = _source("scatter", x, index, src)
    try:
        if crop is None:
            return _scatter(x, v, index, dim=d)
        return region.scatter(x, _scatter(getitem(x, crop), v, index, dim=d), how=view_of(crop))
    except IndexError:
        raise _missing("scatter", index, x.shape[d], d) from None


@public(in_place=True)
def scatter_add(x, dim, index, src):
    """Add along an axis, each value to a position of its own: the transpose of `gather`.

        y = x, then y[index[i, j], j] += src[i, j]        (dim = 0)

    Parameters
    ----------
    x, dim, index, src
        As for `scatter`; repeated positions add up.
    """
    index = _positions("scatter_add", index)
    if not x.shape:
        return reshape(_with_an_axis("scatter_add", scatter_add, x, dim, index, reshape(src, -1)), ())
    d, crop = _aligned("scatter_add", x, dim, index)
    v = _source("scatter_add", x, index, src)
    shape = x.shape if crop is None else (*index.shape[:d], x.shape[d], *index.shape[d + 1 :])
    try:
        added = _add_along(v, index, shape=shape, dim=d)
    except IndexError:
        raise _missing("scatter_add", index, x.shape[d], d) from None
    return x + (added if crop is None else put_region(added, shape=x.shape, index=crop))
