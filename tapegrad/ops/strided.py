"""Views that read elements more than once, or where one says.

as_strided    y[i] = x.ravel()[offset + i · stride]     transpose: the sum of g at those places
unfold        y[…, i, …, k] = x[…, i · step + k, …]     transpose: the sum of the windows where they overlap

Where elements come twice, the view is read-only.
"""

from operator import index

from .. import kernels
from .._dtypes import int64
from .._tape import declare
from ._dims import dim_of, sizes_of
from ._registry import public
from .indexing import fitting, put_at
from .region import array_of, constant
from .shape import reshape

_strided = declare(
    "as_strided",
    lambda x, *, size, stride, offset: kernels.as_strided(x, size, stride, offset),
    [lambda g, x_shape, stride, offset: _strided_sum(g, shape=x_shape, stride=stride, offset=offset)],
    [lambda t, size, stride, offset: _strided(t, size=size, stride=stride, offset=offset)],
    view=True,
)

_strided_sum = declare(
    "as_strided_backward",
    lambda v, *, shape, stride, offset: kernels.add_strided(shape, v, stride, offset),
    [lambda g, v_shape, stride, offset: _strided(g, size=v_shape, stride=stride, offset=offset)],
    [lambda t, shape, stride, offset: _strided_sum(t, shape=shape, stride=stride, offset=offset)],
)

_windows = declare(
    "unfold",
    lambda x, *, dim, size, step: kernels.windows(x, dim, size, step),
    [lambda g, x_shape, dim, step: _windows_sum(g, shape=x_shape, dim=dim, step=step)],
    [lambda t, dim, size, step: _windows(t, dim=dim, size=size, step=step)],
    view=True,
)

_windows_sum = declare(
    "unfold_backward",
    lambda v, *, shape, dim, step: kernels.add_windows(shape, v, dim, step),
    [lambda g, v_shape, dim, step: _windows(g, dim=dim, size=v_shape[-1], step=step)],
    [lambda t, shape, dim, step: _windows_sum(t, shape=shape, dim=dim, step=step)],
)


@public()
def as_strided(x, size, stride, storage_offset=None):
    """Read elements by strides of one's own.

        y[i, j, …] = x.ravel()[storage_offset + i stride[0] + j stride[1] + …]

    Parameters
    ----------
    x : Tensor or array
    size, stride : tuples of ints
    storage_offset : int, optional
        0 if None.

    Returns
    -------
    Tensor or array, size
        A view of a contiguous `x`, read-only where elements come twice; else a copy.

    Raises
    ------
    RuntimeError
        If `size` and `stride` do not fit each other, one is negative, or an element does not exist.

    Notes
    -----
    Places are counted in C order of `x` itself, however it lies in memory. Of a contiguous tensor that is PyTorch's
    meaning; of a view PyTorch counts in the storage behind it, and also reads what the view does not hold.

    Examples
    --------
    >>> tg.as_strided(tg.arange(5.0), (3, 3), (1, 1))
    tensor([[0., 1., 2.],
            [1., 2., 3.],
            [2., 3., 4.]])
    """
    size, stride, offset = _places("as_strided", x, size, stride, storage_offset)
    return _strided(x, size=size, stride=stride, offset=offset)


def _places(op: str, x, size, stride, storage_offset) -> tuple:
    """The arguments as tuples of ints, if all the places exist."""
    size, stride = sizes_of(op, (size,), None, "size"), sizes_of(op, (stride,), None, "stride")
    offset = 0 if storage_offset is None else index(storage_offset)
    if len(size) != len(stride):
        raise RuntimeError(f"[{op}] `stride` (={stride}) must have as many entries as `size` (={size})")
    for name, value in (("size", size), ("stride", stride), ("storage_offset", (offset,))):
        if min(value, default=0) < 0:
            raise RuntimeError(f"[{op}] `{name}` (={value}) must not be negative")
    last, count = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)), 1
    for n in x.shape:
        count *= n
    if 0 not in size and last >= count:
        raise RuntimeError(
            f"[{op}] `size` (={size}), `stride` (={stride}) and `storage_offset` (={offset}) must stay below the "
            f"{count} elements of `x` (shape {tuple(x.shape)}), not reach {last}"
        )
    return size, stride, offset


@public()
def as_strided_scatter(x, src, size, stride, storage_offset=None):
    """A copy of `x` in which what `as_strided` reads is `src`; of places that come twice the last value stays.

    Parameters
    ----------
    x : Tensor or array
    src : Tensor or array, size
    size, stride, storage_offset
        As for `as_strided`, with the same errors.

    Raises
    ------
    RuntimeError
        If `src` does not have the shape `size`.
    """
    size, stride, offset = _places("as_strided_scatter", x, size, stride, storage_offset)
    if src.shape != size:
        raise RuntimeError(f"[as_strided_scatter] `src` (shape {tuple(src.shape)}) must have the shape {size}")
    like = array_of(x)
    at = kernels.full((1,), offset, int64, like=like)
    for n, s in zip(size, stride, strict=True):
        at = (at.reshape((-1, 1)) + kernels.arange(0, n, 1, int64, like=like) * s).reshape((-1,))
    flat = put_at(reshape(x, -1), reshape(fitting(x, src), -1), constant(x, at), index=(at.shape,))
    return reshape(flat, x.shape)


@public(function=False)
def unfold(x, dimension, size, step):
    """All windows of `size` positions of an axis, `step` apart, as a view; positions in a window become the last axis.

        y[…, i, …, k] = x[…, i · step + k, …]

    Parameters
    ----------
    x : Tensor or array
    dimension, size, step : int

    Returns
    -------
    Tensor or array
        ⌊(n - size) / step⌋ + 1 long on the axis, plus one axis of length `size`. Read-only where windows overlap.

    Raises
    ------
    RuntimeError
        If `size` is negative or exceeds the axis, or `step` is not positive.
    """
    d = dim_of("unfold", dimension, len(x.shape), "dimension")
    n = x.shape[d] if x.shape else 1
    if not 0 <= size <= n or step < 1:
        raise RuntimeError(f"[unfold] `size` (={size}) must lie in 0 … {n}, and `step` (={step}) be positive")
    if not x.shape:
        return reshape(x, 1)[:size]
    return _windows(x, dim=d, size=index(size), step=index(step))
