"""Values combined along an axis with what stands at a position: sums, products, means, extremes."""

from math import inf, prod

import numpy as np

from .. import kernels
from .._tape import declare
from . import region
from ._registry import public
from .arithmetic import divide_floor
from .cast import cast
from .gather import _aligned, _missing, _positions, _source, _with_an_axis, gather, scatter, scatter_add
from .indexing import getitem, view_of
from .product import prod as prod_of
from .region import zeros
from .selection import where
from .shape import expand_to, reshape

_WAYS = ("sum", "prod", "mean", "amax", "amin")


def _shares(x, v, index, y, dim):
    """Where x and v are the extreme y, and how many are, for each position of y."""
    of_x, of_v = x == y, v == gather(y, dim, index)
    return of_x, of_v, scatter_add(cast(of_x, y.dtype), dim, index, cast(of_v, y.dtype))


def _to_extremes(g, x, v, index, y, dim):
    of_x, of_v, times = _shares(x, v, index, y, dim)
    g = g / times
    return where(of_x, g, 0), where(of_v, gather(g, dim, index), 0)


def _extreme_of_x(t, x, v, index, y, dim):
    of_x, _, times = _shares(x, v, index, y, dim)
    return where(of_x, t / times, 0)


def _extreme_of_v(t, x, v, index, y, dim):
    _, of_v, times = _shares(x, v, index, y, dim)
    return scatter_add(zeros(t, y.shape), dim, index, where(of_v, t, 0)) / times


_extreme = declare(
    "scatter_reduce",
    lambda x, v, index, *, dim, how: kernels.combine_along_axis(x, v, index, dim, how),
    [_to_extremes, _to_extremes, None],
    [_extreme_of_x, _extreme_of_v, None],
    joint=True,
)


_earlier = declare("scatter_reduce", lambda index, *, dim: kernels.earlier(index, dim), [None], [None])


def _product(x, v, index, dim):
    """X times what comes to it: laid out side by side, with ones where there is less, and multiplied up by `prod`."""
    before = _earlier(index, dim=dim)
    most = int(before.max()) + 1 if prod(index.shape) else 0
    shape = x.shape[dim] * most
    wide = zeros(x, (*x.shape[:dim], shape, *x.shape[dim + 1 :])) + 1
    wide = scatter(wide, dim, index * most + before, v)
    return x * prod_of(reshape(wide, (*x.shape[: dim + 1], most, *x.shape[dim + 1 :])), dim + 1)


@public(in_place=True)
def scatter_reduce(x, dim, index, src, reduce, *, include_self=True):
    """Combine along an axis, each value with what stands at a position of its own.

        y[i, j] = reduce(x[i, j], all src[k, j] with index[k, j] = i)        (dim = 0)

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : integer Tensor or array
        As many axes as `x`; on axes other than `dim` not longer than `x`.
    src : Tensor or array
        Not shorter than `index`.
    reduce : {"sum", "prod", "mean", "amax", "amin"}
    include_self : bool
        Whether x[i, j] counts where something comes to it.

    Raises
    ------
    RuntimeError
        If shapes do not fit, or `reduce` is none of these.
    IndexError
        If there is no such axis or position.

    Notes
    -----
    Kink: equals share the gradient of an extreme.
    """
    op = "scatter_reduce"
    if reduce not in _WAYS:
        raise RuntimeError(f"[{op}] `reduce` (={reduce!r}) must be one of {', '.join(map(repr, _WAYS))}")
    index = _positions(op, index)
    if not x.shape:
        y = _with_an_axis(
            op, lambda *a: scatter_reduce(*a, reduce, include_self=include_self), x, dim, index, reshape(src, -1)
        )
        return reshape(y, ())
    d, crop = _aligned(op, x, dim, index)
    v = _source(op, x, index, src)
    try:
        if crop is None:
            return _combined(x, v, index, d, reduce, include_self)
        y = _combined(getitem(x, crop), v, index, d, reduce, include_self)
        return region.scatter(x, y, how=view_of(crop))
    except IndexError:
        raise _missing(op, index, x.shape[d], d) from None


def _combined(x, v, index, d, reduce, include_self):
    if not include_self:
        x = scatter(x, d, index, _neutral(reduce, x.dtype))
    if reduce == "prod":
        return _product(x, v, index, d)
    if reduce in ("amax", "amin"):
        return _extreme(x, v, index, dim=d, how="maximum" if reduce == "amax" else "minimum")
    y = scatter_add(x, d, index, v)
    if reduce == "sum":
        return y
    ones = zeros(v, v.shape) + 1
    times = scatter_add(zeros(x, x.shape) + (1 if include_self else 0), d, index, ones)
    times = where(times == 0, 1, times)
    return y / times if x.dtype.kind in "fc" else divide_floor(y, times)


def _neutral(reduce, dtype):
    """What changes nothing."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind == "f":
        return -inf if reduce == "amax" else inf
    return (
        (np.iinfo(dtype).min if reduce == "amax" else np.iinfo(dtype).max) if dtype.kind in "iu" else reduce == "amin"
    )


@public(in_place=True)
def index_reduce(x, dim, index, source, reduce, *, include_self=True):
    """Combine along an axis, each slice of `source` with a slice of `x`: `scatter_reduce` with one position for each.

        y[i] = reduce(x[i], all source[k] with index[k] = i)        (dim = 0)

    Parameters
    ----------
    x : Tensor or array
    dim : int
    index : integer Tensor or array, 1-D
    source : Tensor or array
        As `x`, but with len(index) along `dim`.
    reduce : {"prod", "mean", "amax", "amin"}
    include_self : bool

    Raises
    ------
    RuntimeError
        If shapes do not fit, or `reduce` is none of these.
    IndexError
        If there is no such axis or position.
    """
    op = "index_reduce"
    if reduce not in _WAYS[1:]:
        raise RuntimeError(f"[{op}] `reduce` (={reduce!r}) must be one of {', '.join(map(repr, _WAYS[1:]))}")
    index = _positions(op, index)
    if len(index.shape) > 1:
        raise IndexError(f"[{op}] `index` (shape {index.shape}) must be 1-D")
    if not x.shape:
        return scatter_reduce(x, dim, reshape(index, ()), reshape(source, ()), reduce, include_self=include_self)
    d = range(len(x.shape))[dim] if -len(x.shape) <= dim < len(x.shape) else dim
    index = reshape(index, -1)
    expected = (*x.shape[:d], index.shape[0], *x.shape[d + 1 :])
    if source.shape != expected:
        raise RuntimeError(f"[{op}] `source` (shape {source.shape}) must have shape {expected}")
    along = expand_to(reshape(index, (-1, *(1,) * (len(x.shape) - 1 - d))), shape=expected)
    return scatter_reduce(x, d, along, source, reduce, include_self=include_self)
