"""Windows of images laid out as columns of a matrix, and columns added up to images.

    unfold    y[n, c r s, p q] = x[n, c, p·u + r·d, q·v + s·e]        transpose: fold

One axis after the other: the rows of a window are read, then its columns, so that positions are few.
"""

import numpy as np

from .. import kernels
from ..kernels._window import along, fit
from .axes import permute
from .indexing import add_at, take_at
from .rearrange import constant_pad_nd
from .region import array_of, constant
from .shape import _view, reshape


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
    N, C, H, W = x.shape
    window = _window("unfold", (H, W), kernel_size, dilation, padding, stride)
    rows, columns = (constant(x, at) for at in _positions(window, array_of(x)))
    (R, S), (P, Q), ((top, _), (left, _)) = window.size, window.out, window.pads
    x = constant_pad_nd(x, (left, left, top, top))
    x = take_at(x, rows, index=(slice(None), slice(None), (R, P), ...))  # (N, C, R, P, W)
    x = take_at(x, columns, index=(..., (S, Q)))  # (N, C, R, P, S, Q)
    y = reshape(permute(x, 0, 1, 2, 4, 3, 5), (N, C * R * S, P * Q))
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
    H, W = along("fold", "output_size", output_size, 1)
    window = _window("fold", (H, W), kernel_size, dilation, padding, stride)
    (R, S), (P, Q), ((top, _), (left, _)) = window.size, window.out, window.pads
    N, height, count = x.shape
    if height % (R * S) or not height:
        raise RuntimeError(f"[fold] `input` (shape {input.shape}) must have columns of a multiple of {R * S} elements")
    if count != P * Q:
        raise RuntimeError(f"[fold] `input` (shape {input.shape}) must have {P} x {Q} columns")
    C = height // (R * S)
    rows, columns = (constant(x, at) for at in _positions(window, array_of(x)))
    x = permute(_view(x, shape=(N, C, R, S, P, Q)), 0, 1, 2, 4, 3, 5)
    x = add_at(x, columns, shape=(N, C, R, P, W + 2 * left), index=(..., (S, Q)))
    x = add_at(x, rows, shape=(N, C, H + 2 * top, W + 2 * left), index=(slice(None), slice(None), (R, P), ...))
    y = constant_pad_nd(x, (-left, -left, -top, -top))
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


def _positions(window, like) -> list:
    """For each axis where tap r of window p reads the padded image, end to end: (R P,) and (S Q,)."""
    steps = zip(window.size, window.dilation, window.out, window.stride, strict=True)
    return [
        kernels.from_numpy((np.arange(R)[:, None] * d + np.arange(P) * u).reshape(-1), like=like)
        for R, d, P, u in steps
    ]
