"""Windows of images laid out as columns of a matrix, and columns added up to images.

unfold    y[n, c r s, p q] = x[n, c, p·u + r·d, q·v + s·e]        transpose: fold
"""

from .. import kernels
from .._tape import declare
from ..kernels._window import along, fit
from .shape import _view

_columns = declare(
    "im2col",
    lambda x, *, window: kernels.columns(x, window),
    [lambda g, window: _add_columns(g, window=window)],
    [lambda t, window: _columns(t, window=window)],
)

_add_columns = declare(
    "col2im",
    lambda v, *, window: kernels.add_columns(v, window),
    [lambda g, window: _columns(g, window=window)],
    [lambda t, window: _add_columns(t, window=window)],
)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Lay out the windows of images as columns.

        y[n, (c, r, s), (p, q)] = x[n, c, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    input : Tensor or array, (N, C, H, W) or (C, H, W)
    kernel_size : int or (R, S)
    dilation : int or (d, e)
    padding : int or (top, left)
        Zeros on both sides.
    stride : int or (u, v)

    Returns
    -------
    Tensor or array, (N, C R S, P Q) or (C R S, P Q)

    Raises
    ------
    RuntimeError
        If `input` is not such an image, or the window does not fit into it.
    ValueError
        If a setting is out of range.
    """
    x, single = _batch("unfold", input, (3, 4))
    if 0 in x.shape[1:]:
        raise RuntimeError(f"[unfold] `input` (shape {input.shape}) must have elements in every image")
    y = _columns(x, window=_window("unfold", x.shape[2:], kernel_size, dilation, padding, stride))
    return _view(y, shape=y.shape[1:]) if single else y


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add columns up to images: the transpose of `unfold`.

    Parameters
    ----------
    input : Tensor or array, (N, C R S, P Q) or (C R S, P Q)
    output_size : int or (H, W)
    kernel_size, dilation, padding, stride
        As for `unfold`, with the same errors.

    Returns
    -------
    Tensor or array, (N, C, H, W) or (C, H, W)

    Raises
    ------
    RuntimeError
        If `input` does not have the columns that `unfold` makes of such images.
    """
    x, single = _batch("fold", input, (2, 3))
    image = along("fold", "output_size", output_size, 1)
    window = _window("fold", image, kernel_size, dilation, padding, stride)
    (R, S), (P, Q) = window.size, window.out
    height, count = x.shape[1:]
    if height % (R * S) or not height:
        raise RuntimeError(f"[fold] `input` (shape {input.shape}) must have columns of a multiple of {R * S} elements")
    if count != P * Q:
        raise RuntimeError(f"[fold] `input` (shape {input.shape}) must have {P} x {Q} columns")
    y = _add_columns(x, window=window)
    return _view(y, shape=y.shape[1:]) if single else y


def _batch(op: str, x, ranks: tuple) -> tuple:
    """The input with a batch axis, and whether it had none."""
    if len(x.shape) not in ranks:
        raise RuntimeError(f"[{op}] `input` (shape {x.shape}) must have {ranks[0]} or {ranks[1]} dimensions")
    single = len(x.shape) == ranks[0]
    return (_view(x, shape=(1, *x.shape)) if single else x), single


def _window(op: str, image: tuple, size, dilation, padding, stride):
    size, dilation, stride = (
        along(op, name, value, 1)
        for name, value in (("kernel_size", size), ("dilation", dilation), ("stride", stride))
    )
    pads = tuple((n, n) for n in along(op, "padding", padding, 0))
    return fit(op, image, size, stride, pads, dilation)
