"""Convolution in NumPy: one matrix product per tap.

Tap (r, s) multiplies a strided slice of the padded images with the matrix w[:, :, r, s]; the two transposes read
the same loop the other way round.
"""

import numpy as np

__all__ = ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"]


def conv2d(x, w, b, window, groups):
    """Convolve."""
    dtype = x.dtype
    x, w = _grouped(_padded(_wide(x), window), 1, groups), _grouped(_wide(w), 0, groups)
    y = np.zeros((*x.shape[:2], w.shape[1], *window.out), x.dtype)  # (N, G, K/G, P, Q)
    for r, s, image in _taps(window):
        y += np.einsum("gkc,ngcpq->ngkpq", w[..., r, s], x[image], optimize=True)
    y = y.reshape(y.shape[0], y.shape[1] * y.shape[2], *window.out)
    if b is not None:
        y += b[:, None, None]
    return y.astype(dtype, copy=False)


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    dtype = g.dtype
    g, w = _grouped(_wide(g), 1, groups), _grouped(_wide(w), 0, groups)
    x = np.zeros((x_shape[0], groups, x_shape[1] // groups, *_padded_size(window)), g.dtype)
    for r, s, image in _taps(window):
        x[image] += np.einsum("gkc,ngkpq->ngcpq", w[..., r, s], g, optimize=True)
    (top, _), (left, _) = window.pads
    height, width = window.image
    return np.ascontiguousarray(x[..., top : top + height, left : left + width].reshape(x_shape), dtype)


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs, tap by tap."""
    dtype = g.dtype
    g, x = _grouped(_wide(g), 1, groups), _grouped(_padded(_wide(x), window), 1, groups)
    w = np.zeros((groups, w_shape[0] // groups, *w_shape[1:]), g.dtype)
    for r, s, image in _taps(window):
        w[..., r, s] = np.einsum("ngkpq,ngcpq->gkc", g, x[image], optimize=True)
    return w.reshape(w_shape).astype(dtype, copy=False)


def _taps(window):
    for r in range(window.size[0]):
        for s in range(window.size[1]):
            rows, columns = (
                slice(t * d, t * d + (n - 1) * u + 1, u)
                for t, d, u, n in zip((r, s), window.dilation, window.stride, window.out, strict=True)
            )
            yield r, s, (..., rows, columns)


def _padded_size(window):
    return tuple(n + a + b for n, (a, b) in zip(window.image, window.pads, strict=True))


def _padded(x, window):
    return np.pad(x, ((0, 0), (0, 0), *window.pads))


def _grouped(a, axis, groups):
    return a.reshape(*a.shape[:axis], groups, a.shape[axis] // groups, *a.shape[axis + 1 :])


def _wide(a):
    return a.astype(np.float32) if a.dtype == np.float16 else a
