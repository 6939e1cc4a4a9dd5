"""Convolution in NumPy: one matrix product per tap, in any number of dimensions.

Tap (r, s) multiplies a strided slice of the padded images with the matrix w[:, :, r, s]; the two transposes read
the same loop the other way round.
"""

import itertools
from math import prod

import numpy as np

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
    dtype = x.dtype
    x, w = _grouped(_padded(_wide(x), window), 1, groups), _grouped(_wide(w), 0, groups)
    y = np.zeros((*x.shape[:2], w.shape[1], *window.out), x.dtype)  # (N, G, K/G, P, Q)
    for tap, image in _taps(window):
        y += np.einsum("gkc,ngc...->ngk...", w[tap], x[image], optimize=True)
    y = y.reshape(y.shape[0], y.shape[1] * y.shape[2], *window.out)
    if b is not None:
        y += b.reshape(-1, *(1,) * len(window.out))
    return y.astype(dtype, copy=False)


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    dtype = g.dtype
    g, w = _grouped(_wide(g), 1, groups), _grouped(_wide(w), 0, groups)
    x = np.zeros((x_shape[0], groups, x_shape[1] // groups, *_padded_size(window)), g.dtype)
    for tap, image in _taps(window):
        x[image] += np.einsum("gkc,ngk...->ngc...", w[tap], g, optimize=True)
    inside = (slice(before, before + n) for n, (before, _) in zip(window.image, window.pads, strict=True))
    return np.ascontiguousarray(x[(..., *inside)].reshape(x_shape), dtype)


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs, tap by tap."""
    dtype = g.dtype
    g, x = _grouped(_wide(g), 1, groups), _grouped(_padded(_wide(x), window), 1, groups)
    w = np.zeros((groups, w_shape[0] // groups, *w_shape[1:]), g.dtype)
    for tap, image in _taps(window):
        w[tap] = np.einsum("ngkp,ngcp->gkc", _flat(g), _flat(x[image]), optimize=True)
    return w.reshape(w_shape).astype(dtype, copy=False)


def conv3d(x, w, b, window, groups):
    """Convolve volumes."""
    return conv2d(x, w, b, window, groups)


def conv3d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    return conv2d_input_grad(g, w, x_shape, window, groups)


def conv3d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs, tap by tap."""
    return conv2d_weight_grad(g, x, w_shape, window, groups)


def _taps(window):
    for tap in itertools.product(*map(range, window.size)):
        slices = (
            slice(t * d, t * d + (n - 1) * u + 1, u)
            for t, d, u, n in zip(tap, window.dilation, window.stride, window.out, strict=True)
        )
        yield (..., *tap), (..., *slices)


def _flat(a):
    return a.reshape(*a.shape[:3], prod(a.shape[3:]))


def _padded_size(window):
    return tuple(n + a + b for n, (a, b) in zip(window.image, window.pads, strict=True))


def _padded(x, window):
    return np.pad(x, ((0, 0), (0, 0), *window.pads))


def _grouped(a, axis, groups):
    return a.reshape(*a.shape[:axis], groups, a.shape[axis] // groups, *a.shape[axis + 1 :])


def _wide(a):
    return a.astype(np.float32) if a.dtype == np.float16 else a
