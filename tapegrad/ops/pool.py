"""Pooling rules.

Max pooling is a search for the winner of each window, which has no derivative, and a reading of the winners, which is
linear: `take` and `put` are each other's transpose. Average pooling is linear as it is.
"""

from math import prod

from .. import kernels
from .._tape import declare
from ..kernels._window import along
from ._registry import public
from .activation import relu
from .arithmetic import divide, multiply, pow
from .gather import gather
from .shape import _view

_winner = declare("max_pool2D_winner", lambda x, *, how: kernels.max_pool2d(x, *how)[1], [None], [None])
_winner_of_volume = declare("max_pool3D_winner", lambda x, *, how: kernels.max_pool3d(x, *how)[1], [None], [None])

_take = declare(
    "max_pool2D_with_indices",
    lambda x, winner: kernels.take_plane(x, winner),
    [lambda g, winner, x_shape: _put(g, winner, shape=x_shape), None],
    [lambda t, winner: _take(t, winner), None],
)

_put = declare(
    "max_pool2D_with_indices_backward",
    lambda c, winner, *, shape: kernels.put_plane(c, winner, shape),
    [lambda g, winner: _take(g, winner), None],
    [lambda t, winner, shape: _put(t, winner, shape=shape), None],
)


def _put_last(x, winner, *, shape):
    if kernels.any(kernels.less(winner, 0)).item():
        raise IndexError("[max_unpool] `indices` must not be negative")
    return kernels.put_along_axis(kernels.zeros(shape, x.dtype, like=x), x, winner, -1)


_put_back = declare(
    "max_unpool",
    _put_last,
    [lambda g, winner: gather(g, -1, winner), None],
    [lambda t, winner, shape: _put_back(t, winner, shape=shape), None],
)

_average = declare(
    "avg_pool2D",
    lambda x, *, how: kernels.avg_pool2d(x, *how),
    [lambda g, x_shape, how: _spread(g, shape=x_shape, how=how)],
    [lambda t, how: _average(t, how=how)],
)

_spread = declare(
    "avg_pool2D_backward",
    lambda c, *, shape, how: kernels.avg_pool2d_grad(c, shape, *how),
    [lambda g, how: _average(g, how=how)],
    [lambda t, shape, how: _spread(t, shape=shape, how=how)],
)


@public(method=False)
def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Take the largest element of every window.

        y[…,p,q] = max_{r,s} x[…, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W)
    kernel_size : int or (int, int)
        Window size (R, S).
    stride : int or (int, int), optional
        (u, v); the window's size if None.
    padding : int or (int, int)
        `top` and `left`; positions outside never win. At most half of the window.
    dilation : int or (int, int)
        (d, e).
    ceil_mode : bool
        Keep a last window that sticks out, if it starts inside the image or its left padding.
    return_indices : bool
        Return the winners as well.

    Returns
    -------
    y : Tensor or array, (N, C, P, Q) or (C, P, Q)
    winner : int64, y.shape
        Only with `return_indices`: h·W + w of the element chosen.

    Raises
    ------
    ValueError
        If rank or settings do not fit.
    RuntimeError
        If the padding is more than half of the window, or a window has no element.

    Notes
    -----
    Kink: among equals the first wins, and gets the gradient. NaN wins over numbers.

    Examples
    --------
    >>> tg.nn.functional.max_pool2d(tg.tensor([[[1.0, 2.0], [4.0, 3.0]]]), 2)
    tensor([[[4.]]])
    """
    winner = _winner(x, how=(kernel_size, stride, padding, dilation, ceil_mode))
    y = _take(x, winner)
    return (y, winner) if return_indices else y


@public(method=False)
def max_pool1d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Take the largest element of every window of a sequence: `max_pool2d` of images one row high.

    Parameters
    ----------
    x : Tensor or array, (N, C, W) or (C, W)
    kernel_size, stride, padding, dilation
        As for `max_pool2d`, one int each, with the same errors.
    ceil_mode, return_indices
        As for `max_pool2d`.
    """
    row = _as_row("max_pool1d", x)
    size, stride = _across("kernel_size", kernel_size, 1), _across("stride", stride, 1)
    padding, dilation = _across("padding", padding, 0), _across("dilation", dilation, 1)
    y, winner = max_pool2d(row, size, stride, padding, dilation, ceil_mode, True)
    y, winner = (_view(a, shape=(*a.shape[:-2], a.shape[-1])) for a in (y, winner))
    return (y, winner) if return_indices else y


@public(method=False)
def max_pool3d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Take the largest element of every window of a volume (N, C, D, H, W) or (C, D, H, W).

    Settings are one int or three; `winner` is (d·H + h)·W + w. Else as `max_pool2d`.
    """
    winner = _winner_of_volume(x, how=(kernel_size, stride, padding, dilation, ceil_mode))
    y = take_winners(x, winner, 3)
    return (y, winner) if return_indices else y


def take_winners(x, winner, rank):
    """Read the elements at the flat positions of the last `rank` axes."""
    if rank == 2:
        return _take(x, winner)
    y = _take(_as_plane(x, rank), _as_plane(winner, rank))
    return _view(y, shape=winner.shape)


def _as_plane(x, rank):
    lead, image = x.shape[:-rank], x.shape[-rank:]
    return _view(x, shape=(*lead, 1, prod(image)))


@public(method=False)
def max_unpool2d(x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Put elements where `max_pool2d` found them, and zeros elsewhere.

    Parameters
    ----------
    x : Tensor or array, (N, C, P, Q) or (C, P, Q)
    indices : int64, x.shape
        What `max_pool2d` returned as `winner`.
    kernel_size, stride, padding
        Of that pooling: H = (P - 1)·u - 2·padding + R where `output_size` does not say otherwise.
    output_size : (int, …), optional
        The shape of the image, with or without leading axes.

    Returns
    -------
    Tensor or array, (N, C, H, W) or (C, H, W)

    Raises
    ------
    ValueError
        If shapes or settings do not fit.
    IndexError
        If a position does not exist.

    Notes
    -----
    Of elements put at the same place the last stays, and all of them get the gradient of the place, as in PyTorch.
    Where windows do not overlap there are none.
    """
    return _unpool(2, x, indices, kernel_size, stride, padding, output_size)


@public(method=False)
def max_unpool1d(x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Put elements of sequences where `max_pool1d` found them, as `max_unpool2d` does for images."""
    return _unpool(1, x, indices, kernel_size, stride, padding, output_size)


@public(method=False)
def max_unpool3d(x, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Put elements of volumes where `max_pool3d` found them, as `max_unpool2d` does for images."""
    return _unpool(3, x, indices, kernel_size, stride, padding, output_size)


def _unpool(rank, x, indices, kernel_size, stride, padding, output_size):
    op = f"max_unpool{rank}d"
    if len(x.shape) not in (rank + 1, rank + 2):
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must be {rank + 1}-D or {rank + 2}-D")
    if indices.shape != x.shape:
        raise ValueError(f"[{op}] `indices` (shape {indices.shape}) must have the shape of `x` ({x.shape})")
    size = along(op, "kernel_size", kernel_size, 1, rank)
    stride = size if stride is None else along(op, "stride", stride, 1, rank)
    padding = along(op, "padding", padding, 0, rank)
    if output_size is None:
        steps = zip(x.shape[-rank:], stride, padding, size, strict=True)
        image = tuple((p - 1) * u - 2 * pad + r for p, u, pad, r in steps)
    else:
        image = tuple(output_size)[-rank:]
    lead = x.shape[:-rank]
    flat, positions = (_view(a, shape=(*lead, prod(x.shape[-rank:]))) for a in (x, indices))
    return _view(_put_back(flat, positions, shape=(*lead, prod(image))), shape=(*lead, *image))


@public(function=False, method=False)
def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Average every window.

        y[…,p,q] = 1/D Σ_{r,s} x[…, p·u + r - top, q·v + s - left],   x = 0 outside

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W), floating
    kernel_size, stride, padding, ceil_mode
        As for `max_pool2d`.
    count_include_pad : bool
        D counts positions in the padding (never those that stick out beyond it).
    divisor_override : int, optional
        D itself.

    Returns
    -------
    Tensor or array, (N, C, P, Q) or (C, P, Q)

    Raises
    ------
    ValueError, RuntimeError
        As for `max_pool2d`; if `divisor_override` is 0.
    TypeError
        If `x` is not floating.

    Examples
    --------
    >>> tg.nn.functional.avg_pool2d(tg.tensor([[[1.0, 2.0], [4.0, 3.0]]]), 2)
    tensor([[[2.5000]]])
    """
    return _average(x, how=(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override))


@public(method=False)
def avg_pool1d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Average every window of a sequence (N, C, W) or (C, W): `avg_pool2d` of images one row high."""
    row, size = _as_row("avg_pool1d", x), _across("kernel_size", kernel_size, 1)
    stride, padding = _across("stride", stride, 1), _across("padding", padding, 0)
    y = avg_pool2d(row, size, stride, padding, ceil_mode, count_include_pad)
    return _view(y, shape=(*y.shape[:-2], y.shape[-1]))


@public(method=False)
def avg_pool3d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Average every window of a volume (N, C, D, H, W) or (C, D, H, W): along H and W, then along D.

    Settings are one int or three; else as `avg_pool2d`.
    """
    op = "avg_pool3d"
    if len(x.shape) not in (4, 5):
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must be 4-D or 5-D")
    if divisor_override == 0:
        raise ValueError(f"[{op}] `divisor_override` (={divisor_override}) must not be zero")
    size = along(op, "kernel_size", kernel_size, 1, 3)
    stride = size if stride is None else along(op, "stride", stride, 1, 3)
    padding = along(op, "padding", padding, 0, 3)
    rest = (ceil_mode, count_include_pad, None if divisor_override is None else 1)
    y = avg_pool2d(x, size[1:], stride[1:], padding[1:], *rest)
    (*lead, frames, rows, columns) = y.shape
    y = _view(y, shape=(*lead, frames, rows * columns))
    y = avg_pool2d(y, (size[0], 1), (stride[0], 1), (padding[0], 0), *rest)
    y = _view(y, shape=(*lead, y.shape[-2], rows, columns))
    return y if divisor_override is None else divide(y, divisor_override)


@public(method=False)
def lp_pool2d(x, norm_type, kernel_size, stride=None, ceil_mode=False):
    """Take the p-norm of every window: (Σ x^p)^(1/p), with p = `norm_type`.

    Parameters
    ----------
    x : Tensor or array, (N, C, H, W) or (C, H, W), floating
    norm_type : float
        Not 0. Odd p keep the sign of x; sums below 0 count as 0, as in PyTorch.
    kernel_size, stride, ceil_mode
        As for `avg_pool2d`; of a window that sticks out the sum is scaled up to its full size.

    Returns
    -------
    Tensor or array, (N, C, P, Q) or (C, P, Q)
    """
    return _norm_of_windows(avg_pool2d, 2, x, norm_type, kernel_size, stride, ceil_mode)


@public(method=False)
def lp_pool1d(x, norm_type, kernel_size, stride=None, ceil_mode=False):
    """Take the p-norm of every window of a sequence (N, C, W) or (C, W), as `lp_pool2d` does for images."""
    return _norm_of_windows(avg_pool1d, 1, x, norm_type, kernel_size, stride, ceil_mode)


@public(method=False)
def lp_pool3d(x, norm_type, kernel_size, stride=None, ceil_mode=False):
    """Take the p-norm of every window of a volume, as `lp_pool2d` does for images."""
    return _norm_of_windows(avg_pool3d, 3, x, norm_type, kernel_size, stride, ceil_mode)


def _norm_of_windows(average, rank, x, p, kernel_size, stride, ceil_mode):
    op = f"lp_pool{rank}d"
    if p == 0:
        raise ValueError(f"[{op}] `norm_type` (={p}) must not be 0")
    size = along(op, "kernel_size", kernel_size, 1, rank)
    mean = average(pow(x, p), kernel_size, stride, 0, ceil_mode)
    return pow(multiply(relu(mean), prod(size)), 1 / p)


def _as_row(op, x):
    if len(x.shape) not in (2, 3):
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must be 2-D or 3-D")
    return _view(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def _across(name, value, fill):
    """A setting along the sequence as one of an image."""
    if isinstance(value, (tuple, list)):
        if len(value) > 1:
            raise ValueError(f"[pool1d] `{name}` (={value}) must be one int")
        value = value[0] if value else None
    return None if value is None else (fill, value)
