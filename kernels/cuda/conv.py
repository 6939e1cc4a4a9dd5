"""Convolution on the device: tiles of matrix products, or, where each group has one channel, sums of their own."""

from .._window import volumes
from . import _conv, _depthwise

__all__ = ["conv2d", "conv2d_input_grad", "conv2d_weight_grad", "conv3d", "conv3d_input_grad", "conv3d_weight_grad"]


def conv2d(x, w, b, window, groups):
    """Convolve."""
    way = _depthwise if w.shape[1] == 1 and groups > 1 else _conv
    y = way.forward(framed(x), framed(w), b, volumes(window), groups, len(window.size))
    return y.reshape((*y.shape[:2], *window.out))


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    way = _depthwise if w.shape[1] == 1 and groups > 1 else _conv
    volume = volumes(window)
    x = way.input_grad(framed(g), framed(w), (*x_shape[:2], *volume.image), volume, groups, len(window.size))
    return x.reshape(tuple(x_shape))


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    way = _depthwise if w_shape[1] == 1 and groups > 1 else _conv
    volume = volumes(window)
    w = way.weight_grad(framed(g), framed(x), (*w_shape[:2], *volume.size), volume, groups, len(window.size))
    return w.reshape(tuple(w_shape))


def conv3d(x, w, b, window, groups):
    """Convolve volumes."""
    return conv2d(x, w, b, window, groups)


def conv3d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    return conv2d_input_grad(g, w, x_shape, window, groups)


def conv3d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    return conv2d_weight_grad(g, x, w_shape, window, groups)


def framed(x):
    """Images as volumes one frame deep."""
    return x if x.ndim == 5 else x[:, :, None]
