"""Pooling rules.

Max pooling is a search for the winner of each window, which has no derivative, and a reading of the winners, which is
linear: `take` and `put` are each other's transpose. Average pooling is linear as it is.
"""

from .. import kernels
from .._tape import declare
from ._registry import public
from .shape import _view

_winner = declare("max_pool2D_winner", lambda x, *, how: kernels.max_pool2d(x, *how)[1], [None], [None])

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
