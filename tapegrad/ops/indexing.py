"""Reading and writing elements by index.

Whatever NumPy takes between brackets falls into two kinds. Without arrays it selects a view:

    slice    y = x[a:b, i, None, …]               transpose: zeros with g at that place

With integer or boolean arrays it gathers a copy:

    index    y[k] = x[at[k]]                      transpose: x[at[k]] += g[k] into zeros
    put      y = x, but y[at[k]] = v[k]           transposes: g with zeros at[k]; g[at[k]] where k wrote last

The index arrays are data, so all of them travel as one integer argument `at`, laid end to end; the setting `index`
is the index with the *shape* of an array (a tuple) in the place of each. Masks become positions when they are given.
"""

from math import prod

import numpy as np

from .. import kernels
from .._device import device_of
from .._tape import Tensor, declare, one, unary, write
from ._registry import public
from .brackets import explain, is_basic, is_plain, parse
from .cast import as_tensor, cast, move
from .region import zeros
from .shape import expand_to, sum_to

# ---------------------------------------------------------------------------------------- views


def _viewing(name: str):
    """A primitive of an index without arrays (which holds an Ellipsis, lest NumPy answer with a scalar)."""
    return declare(
        name,
        lambda x, *, index: x[index],
        [lambda g, x_shape, index: put_region(g, shape=x_shape, index=index)],
        [lambda t, index: _slice(t, index=index)],
        view=True,
    )


_select = _viewing("select")
_slice = _viewing("slice")
_alias = _viewing("alias")  # x[...]


def view_of(index: tuple) -> tuple:
    """The chain of views (see `region`) that an index without arrays is."""
    return ((_slice.primitive, (index,)),)


put_region = declare(
    "slice_backward",
    lambda x, *, shape, index: kernels.add_at(shape, x, index),
    [lambda g, index: _slice(g, index=index)],
    [lambda t, shape, index: put_region(t, shape=shape, index=index)],
)

# ---------------------------------------------------------------------------------------- gathers

take_at = declare(
    "index",
    lambda x, at, *, index: kernels.take(x, _filled(index, at)),
    [lambda g, x_shape, at, index: add_at(g, at, shape=x_shape, index=index), None],
    [lambda t, at, index: take_at(t, at, index=index), None],
)

add_at = declare(
    "index_backward",
    lambda v, at, *, shape, index: kernels.add_at(shape, v, _filled(index, at)),
    [lambda g, at, index: take_at(g, at, index=index), None],
    [lambda t, at, shape, index: add_at(t, at, shape=shape, index=index), None],
)

put_at = declare(
    "index_put",
    lambda x, v, at, *, index: kernels.put(x, v, _filled(index, at)),
    [
        lambda g, at, index: put_at(g, zeros(g, ()), at, index=index),
        lambda g, v_shape, at, index: sum_to(
            _last(take_at(g, at, index=index), at, shape=g.shape, index=index), v_shape
        ),
        None,
    ],
    [
        lambda t, at, index: put_at(t, zeros(t, ()), at, index=index),
        lambda t, x_shape, at, index: put_at(zeros(t, x_shape), t, at, index=index),
        None,
    ],
)


def _keep_last(v, at, *, shape, index):
    """`v` where it is what remains after ``x[index] = v``, else 0: a position named twice keeps its last value."""
    arrays = [i for i, entry in enumerate(index) if entry.__class__ is tuple]
    axis = arrays[0]
    if len(arrays) == 1 and all(entry == slice(None) for entry in index[:axis]) and index[axis + 1 :] in ((), (...,)):
        # whole slices: those of a position stay or go together
        stays = _is_last(at, (shape[axis],), ((at.shape[0],),)).reshape((*index[axis], *(1,) * (len(shape) - axis - 1)))
    else:
        stays = _is_last(at, shape, index, v.shape)
    return kernels.where(stays, v, kernels.zeros((), v.dtype, like=at))


def _is_last(at, shape, index, chosen=None):
    """Which of the positions (of shape `chosen`) no later one repeats."""
    index = _filled(index, at)
    chosen = at.shape if chosen is None else chosen
    order = kernels.arange(0, prod(chosen), 1, np.dtype(np.int64), like=at).reshape(chosen)
    written = kernels.take(kernels.put(kernels.zeros(shape, order.dtype, like=at), order, index), index)
    return kernels.equal(written, order)


_last = declare(
    "index_put_backward",
    _keep_last,
    [lambda g, at, shape, index: _last(g, at, shape=shape, index=index), None],
    [lambda t, at, shape, index: _last(t, at, shape=shape, index=index), None],
)


def _filled(index: tuple, at):
    """The index that NumPy understands: every shape in it replaced by the array of the next positions in `at`."""
    full, start = [], 0
    for entry in index:
        if entry.__class__ is tuple:
            stop = start + prod(entry)
            full.append(at[start:stop].reshape(entry))
            start = stop
        else:
            full.append(entry)
    return tuple(full)


# ---------------------------------------------------------------------------------------- brackets


def getitem(x, index):
    """Read `x[index]`, for every index that NumPy knows.

    Parameters
    ----------
    x : Tensor or array
    index : int, slice, None, Ellipsis, bool, integer or boolean array (Tensor, ndarray or list), or a tuple of these
        0-d integers count as ints.

    Returns
    -------
    Tensor or array
        A view if there is no array in `index`, else a copy.

    Raises
    ------
    IndexError
        If a position or an axis does not exist, or a mask does not fit.
    """
    kind = index.__class__
    try:
        if kind is int:
            return _select(x, index=(index, ...))
        if kind is slice and is_plain(index):
            return _slice(x, index=(index,))
        if not is_basic(index if kind is tuple else (index,)):
            base, at, template = parse("getitem", x, index)
            if at is not None:
                return take_at(base, at, index=template)
        else:
            template = index if kind is tuple else (index,)
            if index is ...:
                return _alias(x, index=template)
        return _slice(x, index=template if ... in template else (*template, ...))
    except IndexError as error:
        raise explain("getitem", x, index, error) from None


def setitem(x, index, value) -> None:
    """Write `x[index] = value`, for every index that NumPy knows; where a position repeats, the last value stays.

    Parameters
    ----------
    x : Tensor
    index : index
        As for `getitem`.
    value : Tensor, array or number
        Broadcasts to the shape of `x[index]`, and takes its dtype.

    Raises
    ------
    IndexError
        If a position or an axis does not exist, or a mask does not fit.
    RuntimeError
        If `value` does not broadcast; if `x` is a leaf that requires grad.
    """
    if not is_basic(index if index.__class__ is tuple else (index,)):
        base, at, template = parse("setitem", x, index)
        if at is not None:
            write(base, "index_put", overwrite, value, at, template, index)
            return
        index = template
    copy_(getitem(x, index), value)


def overwrite(x, value, at, template, index):
    """`x` with `value` at the positions `at`."""
    v = fitting(x, value)
    try:
        return put_at(x, v, at, index=template)
    except IndexError as error:
        raise explain("index_put", x, index, error) from None
    except ValueError:
        raise RuntimeError(
            f"[index_put] `value` (shape {v.shape}) must broadcast to the shape of `x[index]`, "
            f"which is {getitem(x, index).shape}"
        ) from None


def beside(x, value):
    """`value` in the dtype of `x`: as a Tensor, but an array or a number beside an array as an array."""
    if isinstance(x, Tensor):
        return cast(as_tensor(value, x), x.dtype)
    return cast(value if hasattr(value, "dtype") else as_tensor(value)._array, x.dtype)


def fitting(x, value):
    """`value` in the dtype of `x`, without leading axes of length 1."""
    v = beside(x, value)
    shape = v.shape
    while shape and shape[0] == 1:
        shape = shape[1:]
    return v if shape == v.shape else v.reshape(shape)


# ---------------------------------------------------------------------------------------- whole tensors

_copied = unary("copy", lambda x: x, one)


def _copy(x, src):
    """`src` in the dtype and shape of `x`, as a result of its own, on its device: whoever copies asks for that."""
    if isinstance(x, Tensor) and isinstance(src, Tensor):
        src = move(src, device_of(x._array))
    v = fitting(x, src)
    if v.shape != x.shape:
        try:
            return expand_to(v, shape=x.shape)
        except ValueError:
            raise RuntimeError(
                f"[copy_] `src` (shape {v.shape}) must broadcast to the shape {x.shape} of what it is written to"
            ) from None
    return _copied(v) if v is src else v


@public(function=False)
def copy_(x, src, non_blocking=False):
    """Overwrite `x` with `src`, of any device, which broadcasts to its shape and is cast to its dtype; returns `x`."""
    return write(x, "copy", _copy, src)


@public(in_place=True)
def fill(x, value):
    """A tensor like `x` of which every element is `value`, a number or a 0-d tensor."""
    if getattr(value, "shape", ()) != ():
        raise RuntimeError(f"[fill] `value` (shape {value.shape}) must be a number or a 0-d tensor")
    return _copy(x, value)


@public(function=False)
def zero_(x):
    """Overwrite every element of `x` with 0; returns `x`."""
    return write(x, "zero", _copy, 0)
