"""Views in another shape: the elements stay where they are, only the way to read them changes.

    reshape    y = x, its elements counted in C order       transpose: the reshape back
    expand     y[…, i, …] = x[…, 0, …]                      transpose: the sum over what was repeated

Results share memory with their argument wherever strides can say what they are; only `reshape` may have to copy.
"""

from math import prod

import numpy as np

from .. import kernels
from .._tape import declare, lent
from .._tape.views import owner
from ._dims import dim_of, dims_of, sizes_of
from ._registry import public
from .region import array_of

# ---------------------------------------------------------------------------------------- primitives


def _reshaping(name: str):
    """A primitive that counts the same elements into `shape`."""
    return declare(
        name,
        lambda x, *, shape: x.reshape(shape),
        [lambda g, x_shape: _view(g, shape=x_shape)],
        [lambda t, shape: _view(t, shape=shape)],
        view=True,
    )


_view = _reshaping("view")
_squeeze = _reshaping("squeeze")
_unsqueeze = _reshaping("unsqueeze")


expand_to = declare(
    "expand",
    lambda x, *, shape: kernels.broadcast_to(x, shape),
    [lambda g, x_shape: sum_to(g, x_shape)],
    [lambda t, shape: expand_to(t, shape=shape)],
    view=True,
)


def _sum_to(x, *, shape):
    lead = x.ndim - len(shape)
    axes = tuple(i for i, n in enumerate(x.shape) if i < lead or (shape[i - lead] == 1 and n != 1))
    return kernels.sum(x, axes).reshape(shape) if axes else x.reshape(shape)


_sum_to_shape = declare(
    "sum_to_size",
    _sum_to,
    [lambda g, x_shape: expand_to(g, shape=x_shape)],
    [lambda t, shape: _sum_to_shape(t, shape=shape)],
)


def sum_to(x, shape):
    """Sum over the axes that broadcasting from `shape` made; the transpose of `expand_to`."""
    return x if x.shape == shape else _sum_to_shape(x, shape=shape)


lent.sum_to, lent.expand = sum_to, expand_to


def as_row(f, x, *args):
    """What `f` makes of a 0-d `x` taken as a row of one element, 0-d again; of several results a tuple."""
    y = f(_view(x, shape=(1,)), *args)
    return tuple(_view(part, shape=()) for part in y) if isinstance(y, tuple) else _view(y, shape=())


# ---------------------------------------------------------------------------------------- other shapes


@public()
def reshape(x, *sizes, shape=None):
    """Count the same elements, in C order, into another shape; a view wherever strides allow.

    Parameters
    ----------
    x : Tensor or array
    *sizes : ints, or one tuple of ints (which may be given as `shape`)
        One of them may be -1: what the others leave over.

    Returns
    -------
    Tensor or array, shape

    Raises
    ------
    RuntimeError
        If `x` has another number of elements.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    sizes = sizes_of("reshape", sizes, shape, "shape")
    try:
        return _view(x, shape=sizes)
    except ValueError:
        raise _misfit("reshape", x, sizes) from None


def _misfit(op: str, x, shape: tuple) -> RuntimeError:
    return RuntimeError(f"[{op}] `shape` (={shape}) must hold the {prod(x.shape)} elements of `x` (shape {x.shape})")


@public()
def view(x, *shape):
    """`reshape` that never copies.

    Parameters
    ----------
    x : Tensor or array
    *shape : ints, or one tuple of ints

    Raises
    ------
    RuntimeError
        If `x` has another number of elements, or its strides cannot say the new shape.
    TypeError
        If a dtype is given: memory cannot be read as another dtype here.
    """
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        raise TypeError(f"[view] `shape` (={shape[0]}) must be sizes; use `.to(dtype)` for another dtype")
    shape = sizes_of("view", shape, None, "shape")
    array = array_of(x)
    try:
        if not array.flags.c_contiguous and owner(array.reshape(shape)) is not owner(array):
            raise RuntimeError(
                f"[view] `x` (shape {x.shape}, not contiguous) must be readable in `shape` (={shape}) without a copy; "
                "use .reshape(...) instead"
            )
        return _view(x, shape=shape)
    except ValueError:
        raise _misfit("view", x, shape) from None


@public()
def view_as(x, other):
    """`x` viewed in the shape of `other`."""
    return view(x, other.shape)


@public()
def reshape_as(x, other):
    """`x` reshaped to the shape of `other`."""
    return reshape(x, other.shape)


@public()
def flatten(x, start_dim=0, end_dim=-1):
    """Make one axis of the axes `start_dim … end_dim`.

    Parameters
    ----------
    x : Tensor or array
    start_dim, end_dim : int

    Returns
    -------
    Tensor or array
        `x` itself if there is nothing to do.

    Raises
    ------
    RuntimeError
        If `start_dim` comes after `end_dim`.
    """
    shape = x.shape
    if start_dim == 0 and end_dim == -1 and len(shape) != 1:
        return _view(x, shape=(prod(shape),))
    i, j = dim_of("flatten", start_dim, len(shape), "start_dim"), dim_of("flatten", end_dim, len(shape), "end_dim")
    if i > j:
        raise RuntimeError(f"[flatten] `start_dim` (={start_dim}) must not come after `end_dim` (={end_dim})")
    if i == j and shape:
        return x
    return _view(x, shape=(*shape[:i], prod(shape[i : j + 1]), *shape[j + 1 :]))


@public()
def unflatten(x, dim, sizes):
    """Make several axes, of `sizes` (one may be -1), of one: the inverse of `flatten`."""
    shape = x.shape
    d = dim_of("unflatten", dim, len(shape))
    sizes = sizes_of("unflatten", (sizes,), None, "sizes")
    known = prod(n for n in sizes if n != -1)
    if not sizes or sizes.count(-1) > 1 or (shape[d] % known if known and -1 in sizes else shape[d] != known):
        raise RuntimeError(f"[unflatten] `sizes` (={sizes}) must multiply to the size {shape[d]} of axis {d}")
    sizes = tuple(shape[d] // known if n == -1 else n for n in sizes)
    return _view(x, shape=(*shape[:d], *sizes, *shape[d + 1 :]))


@public()
def ravel(x):
    """All elements along one axis, in C order."""
    return _view(x, shape=(-1,)) if len(x.shape) != 1 else x


@public()
def squeeze(x, dim=None, *, axis=None):
    """Drop axes of length 1.

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of ints, optional
        Only these (those longer than 1 stay); None: all.
    axis : int or tuple of ints, optional
        NumPy's word for `dim`.
    """
    shape = x.shape
    dim = dim if axis is None else axis
    if dim is None:
        return _squeeze(x, shape=tuple([n for n in shape if n != 1]))
    dims = dims_of("squeeze", dim, len(shape), "dim")
    return _squeeze(x, shape=tuple([n for i, n in enumerate(shape) if n != 1 or i not in dims]))


@public()
def unsqueeze(x, dim):
    """Insert an axis of length 1 that comes to stand at `dim`, in -ndim-1 … ndim."""
    shape = x.shape
    d = dim_of("unsqueeze", dim, len(shape) + 1)
    return _unsqueeze(x, shape=(*shape[:d], 1, *shape[d:]))


@public(method=False)
def expand_dims(x, axis):
    """Insert axes of length 1 that come to stand at `axis`, an int or several."""
    dims = axis if isinstance(axis, (tuple, list)) else (axis,)
    dims = dims_of("expand_dims", tuple(dims), len(x.shape) + len(dims), "axis")
    rest = iter(x.shape)
    return _unsqueeze(x, shape=tuple(1 if i in dims else next(rest) for i in range(len(x.shape) + len(dims))))


def _at_least(n: int, place):
    def atleast(*tensors):
        if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
            tensors = tuple(tensors[0])
        found = tuple(x if len(x.shape) >= n else _unsqueeze(x, shape=place(x.shape)) for x in tensors)
        return found[0] if len(found) == 1 else found

    atleast.__name__ = atleast.__qualname__ = f"atleast_{n}d"
    atleast.__doc__ = f"Each tensor with axes of length 1 added until it has {n}, placed as in NumPy."
    return public(method=False)(atleast)


atleast_1d = _at_least(1, lambda shape: (1,))
atleast_2d = _at_least(2, lambda shape: (1, *shape) if shape else (1, 1))
atleast_3d = _at_least(3, lambda shape: {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)])


# ---------------------------------------------------------------------------------------- repeated reading


@public()
def expand(x, *sizes, size=None):
    """Read axes of length 1 (and new leading ones) many times, as a read-only view.

    Parameters
    ----------
    x : Tensor or array
    *sizes : ints, or one tuple of ints (which may be given as `size`)
        -1 keeps an axis as it is.

    Raises
    ------
    RuntimeError
        If an axis longer than 1 would change.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.tensor([[1.0], [2.0]]).expand(-1, 3)
    tensor([[1., 1., 1.],
            [2., 2., 2.]])
    """
    return _expanded("expand", x, sizes_of("expand", sizes, size))


def _expanded(op: str, x, size: tuple):
    own, lead = x.shape, len(size) - len(x.shape)
    shape = size
    if lead < 0:
        raise RuntimeError(f"[{op}] `size` (={size}) must have at least the {len(own)} dimensions of `x` (shape {own})")
    if -1 in size:
        shape = (*size[:lead], *(o if n == -1 else n for n, o in zip(size[lead:], own, strict=True)))
    if shape[lead:] != own or lead:
        for n, o in zip(shape, (1,) * lead + own, strict=True):
            if n < 0 or (n != o and o != 1):
                raise RuntimeError(
                    f"[{op}] `size` (={size}) must match `x` (shape {own}) wherever that is longer than 1; "
                    "-1 keeps an axis that `x` has"
                )
    return expand_to(x, shape=shape)


@public()
def sum_to_size(x, *sizes, size=None):
    """Sum over the axes that broadcasting from `size` made, to that size: the transpose of `expand`."""
    size = sizes_of("sum_to_size", sizes, size)
    lead = len(x.shape) - len(size)
    if lead < 0 or any(m not in (1, n) for m, n in zip(size, x.shape[lead:], strict=True)):
        raise RuntimeError(f"[sum_to_size] `size` (={size}) must broadcast to the shape {x.shape} of `x`")
    return sum_to(x, size)


@public()
def expand_as(x, other):
    """`x` expanded to the shape of `other`."""
    return _expanded("expand_as", x, tuple(other.shape))


@public()
def broadcast_to(x, size):
    """`x` expanded to `size`: `expand` with the sizes in one tuple."""
    return _expanded("broadcast_to", x, sizes_of("broadcast_to", (size,)))


@public(method=False)
def broadcast_tensors(*tensors):
    """All tensors expanded to their common shape."""
    try:
        shape = np.broadcast_shapes(*(x.shape for x in tensors))
    except ValueError:
        raise RuntimeError(
            f"[broadcast_tensors] `tensors` (shapes {', '.join(str(x.shape) for x in tensors)}) must broadcast"
        ) from None
    return tuple(x if x.shape == shape else expand_to(x, shape=shape) for x in tensors)
