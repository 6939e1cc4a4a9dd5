"""Convolution on the CPU: the algorithm is chosen by shape.

    y[n,k,p,q] = Σ_{c,r,s} x[n, c, p·u + r·d - top, q·v + s·e - left] · w[k,c,r,s]

| file              | what it is for                                                                      |
|-------------------|-------------------------------------------------------------------------------------|
| `_conv_batch`     | many small images at stride 1: the batch is the vector                              |
| `_conv_depthwise` | every channel is a group: one plane, its own filters; all three readings            |
| `_conv_flat`      | long rows or few filters: taps read in place, rows run into one another             |
| `_conv_panel`     | the rest: pixels gathered in panels; 1×1, volumes                                   |
| `_conv_strided`   | input gradients at strides: remainder by remainder, all from the same panels        |
| `_conv_weight`    | the weight gradient, of volumes too                                                 |
| `_conv_winograd`  | on request, 3×3 windows between many channels with a quarter of the products        |

All but `_conv_depthwise` stand on the products of `_leaves`. None lays out more than a few blocks of its images at a
time: scratch memory stays below 4 MB a thread whatever the batch. Each thread owns whole tiles of the result, so no two
write to the same place, and no sum depends on how many there are.
"""

from functools import lru_cache
from math import prod

import numpy as np

from .. import _settings
from ..ref import conv as _ref
from . import _conv_batch, _conv_depthwise, _conv_flat, _conv_panel, _conv_strided, _conv_weight, _conv_winograd
from ._numba import COMPILED, canonical

__all__ = [
    "conv2d",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "conv3d",
    "conv3d_input_grad",
    "conv3d_weight_grad",
]


def conv2d(x, w, b, window, groups):
    """Convolve."""
    if not _served(x, x.size * w.size):
        return _ref.conv2d(x, w, b, window, groups)
    x, w = canonical(x), canonical(w)
    y = np.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    bias = _nothing(x.dtype) if b is None else canonical(b)
    channels, filters = w.shape[1], w.shape[0] // groups
    if _depthwise(channels, groups):
        _conv_depthwise.convolve(x, w, y, bias, window, groups)
    elif _winograd_suits(x.shape[0], channels, filters, window, groups, x.dtype):
        _conv_winograd.convolve(x, w, y, bias, window, False)
    elif _conv_batch.suits(x.shape[0], channels, filters, window, x.itemsize):
        _conv_batch.convolve(x, w, y, bias, window, groups, False)
    elif _conv_flat.suits(channels, filters, window, x.itemsize):
        _conv_flat.convolve(x, w, y, bias, window, groups, False)
    else:
        _conv_panel.convolve(x, w, y, bias, window, groups, False)
    return y


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    if not _served(g, g.size * w.size * prod(x_shape)):
        return _ref.conv2d_input_grad(g, w, x_shape, window, groups)
    g, w, nothing = canonical(g), canonical(w), _nothing(g.dtype)
    channels, filters = w.shape[1], w.shape[0] // groups
    if _depthwise(channels, groups):
        x = np.empty(x_shape, g.dtype)
        _conv_depthwise.input_grad(g, w, x, nothing, window, groups)
        return x
    if window.stride != (1, 1):
        return _conv_strided.input_grad(g, w, x_shape, window, groups)
    x, back = np.empty(x_shape, g.dtype), _backwards(window)
    if _winograd_suits(g.shape[0], filters, channels, back, groups, g.dtype):
        _conv_winograd.convolve(g, w, x, nothing, back, True)
    elif _conv_batch.suits(g.shape[0], filters, channels, back, g.itemsize):
        _conv_batch.convolve(g, w, x, nothing, back, groups, True)
    elif _conv_flat.suits(filters, channels, back, g.itemsize):
        _conv_flat.convolve(g, w, x, nothing, back, groups, True)
    else:
        _conv_panel.convolve(g, w, x, nothing, back, groups, True)
    return x


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    if not _served(g, g.size * x.size):
        return _ref.conv2d_weight_grad(g, x, w_shape, window, groups)
    g, x, w = canonical(g), canonical(x), np.empty(w_shape, g.dtype)
    if _depthwise(w_shape[1], groups):
        _conv_depthwise.weight_grad(g, x, w, window)
    else:
        _conv_weight.weight_grad(g, x, w, window, groups)
    return w


def conv3d(x, w, b, window, groups):
    """Convolve volumes."""
    if not _served(x, x.size * w.size):
        return _ref.conv3d(x, w, b, window, groups)
    y = np.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    bias = _nothing(x.dtype) if b is None else canonical(b)
    _conv_panel.convolve(canonical(x), canonical(w), y, bias, window, groups, False)
    return y


def conv3d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    if not _served(g, g.size * w.size * prod(x_shape)):
        return _ref.conv3d_input_grad(g, w, x_shape, window, groups)
    g, w = canonical(g), canonical(w)
    if window.stride != (1, 1, 1):
        return _conv_strided.input_grad(g, w, x_shape, window, groups)
    x = np.empty(x_shape, g.dtype)
    _conv_panel.convolve(g, w, x, _nothing(g.dtype), _backwards(window), groups, True)
    return x


def conv3d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    if not _served(g, g.size * x.size):
        return _ref.conv3d_weight_grad(g, x, w_shape, window, groups)
    w = np.empty(w_shape, g.dtype)
    _conv_weight.weight_grad(canonical(g), canonical(x), w, window, groups)
    return w


def _depthwise(channels, groups):
    return groups > 1 and channels == 1


def _winograd_suits(*problem):
    return _settings._conv == "winograd" and _conv_winograd.suits(*problem)


def _served(x, work):
    return COMPILED and x.dtype in (np.float32, np.float64) and work > 0


@lru_cache(8)
def _nothing(dtype):
    return np.zeros(1, dtype)


@lru_cache(256)
def _backwards(window):
    """Return the window of the transpose, were the stride 1: over the cotangent, with the taps reversed."""
    pads = tuple(
        ((k - 1) * d - before, (k - 1) * d - after)
        for k, d, (before, after) in zip(window.size, window.dilation, window.pads, strict=True)
    )
    return window._replace(pads=pads, image=window.out, out=window.image)
