"""Strides and windows in NumPy."""

import math

import numpy as np

from .._axes import are_apart
from .indexing import add_at
from .shape import pad

__all__ = ["add_columns", "add_strided", "add_windows", "as_strided", "columns", "windows"]


def as_strided(x, shape, steps, offset):
    """Lay the shape over the elements in C order."""
    flat = x.reshape(-1)
    return _over(flat[offset:], shape, tuple(s * flat.strides[0] for s in steps))


def add_strided(shape, g, steps, offset):
    """Find the place of each element."""
    places = np.full(g.shape, offset)
    for axis, (n, s) in enumerate(zip(g.shape, steps, strict=True)):
        places += (np.arange(n) * s).reshape((-1,) + (1,) * (g.ndim - axis - 1))
    return add_at((math.prod(shape),), g, places).reshape(shape)


def windows(x, axis, size, step):
    """Walk along the axis twice: from window to window, and within one."""
    shape, strides = list(x.shape), list(x.strides)
    shape[axis], strides[axis] = (x.shape[axis] - size) // step + 1, x.strides[axis] * step
    return _over(x, (*shape, size), (*strides, x.strides[axis]))


def add_windows(shape, g, axis, step):
    """Add the k-th elements of all windows, which are apart, for one k after the other."""
    x = np.zeros(shape, np.float32 if g.dtype == np.float16 else g.dtype)
    along = np.moveaxis(x, axis, -1)
    parts = np.moveaxis(g, axis, -2)
    reach = step * (parts.shape[-2] - 1) + 1
    for k in range(g.shape[-1]):
        along[..., k : k + reach : step] += parts[..., k]
    return x.astype(g.dtype, copy=False)


def columns(x, window):
    """Walk along both axes twice, and copy once."""
    (R, S), (P, Q), (u, v), (d, e) = window.size, window.out, window.stride, window.dilation
    if any(map(any, window.pads)):
        x = pad(x, ((0, 0), (0, 0), *window.pads), "constant", 0)
    (N, C), (batch, channel, row, column) = x.shape[:2], x.strides
    view = _over(x, (N, C, R, S, P, Q), (batch, channel, row * d, column * e, row * u, column * v))
    return view.reshape(N, C * R * S, P * Q)


def add_columns(g, window):
    """Add the windows' elements of one tap, which are apart, after those of the other."""
    (R, S), (P, Q), (H, W) = window.size, window.out, window.image
    C = g.shape[1] // (R * S)
    x = np.zeros((len(g), C, H, W), np.float32 if g.dtype == np.float16 else g.dtype)
    g = g.reshape(len(g), C, R, S, P, Q)
    rows, across = (list(_taps(window, axis)) for axis in (0, 1))
    for r, (p, h) in enumerate(rows):
        for s, (q, w) in enumerate(across):
            x[:, :, h, w] += g[:, :, r, s, p, q]
    return x.astype(g.dtype, copy=False)


def _taps(window, axis):
    """For each tap along an axis the windows in which it lies inside the image, and the places there, as slices."""
    n, count, step, pad = window.image[axis], window.out[axis], window.stride[axis], window.pads[axis][0]
    for tap in range(window.size[axis]):
        start = tap * window.dilation[axis] - pad
        first = max(0, -(start // step))
        last = max(first, min(count, (n - 1 - start) // step + 1))
        yield slice(first, last), slice(start + first * step, max(0, start + (last - 1) * step + 1), step)


def _over(x, shape, strides):
    """The memory of `x`, from its first element on, read in another shape; read-only if an element comes twice."""
    if 0 in shape:
        return np.empty(shape, x.dtype)
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not root.flags.forc:  # memory that came from elsewhere with gaps
        return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
    start = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    y = np.ndarray(shape, x.dtype, root, start, strides)
    y.flags.writeable = x.flags.writeable and are_apart(shape, strides)
    return y
