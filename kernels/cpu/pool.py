"""Pooling on the CPU.

Planes are shared out among the threads, each owns whole planes. At strides 1 and 2 along a row the windows of one
vector of outputs are worked on together; outputs of other strides go one by one. No sum depends on the number of
threads.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ..ref import pool as _ref
from ._averages import average, spread
from ._numba import COMPILED, canonical, kernel, pointer, run
from ._simd import VECTOR
from ._windows import max_lanes

__all__ = [
    "adaptive_max_pool2d", "avg_pool2d", "avg_pool2d_grad", "max_pool2d",
    "put_plane", "take_plane",
]  # fmt: skip

_NEAR = 1 << 31  # offsets within a window are kept in 32 bits


def max_pool2d(x, window):
    """Find the largest element of every window, and where it is."""
    if not _served(x) or window.size[0] * window.dilation[0] * window.image[1] >= _NEAR:
        return _ref.max_pool2d(x, window)
    x = canonical(x)
    y = np.empty((*x.shape[:-2], *window.out), x.dtype)
    winner = np.empty(y.shape, np.int64)
    run(_max_pool, y.size * prod(window.size), x.dtype, (x, y, winner), _geometry(x, window))
    return y, winner


def adaptive_max_pool2d(x, rows, columns):
    """Search windows that are given one by one."""
    if not _served(x) or x.shape[-2] * x.shape[-1] >= _NEAR:
        return _ref.adaptive_max_pool2d(x, rows, columns)
    y = np.empty((*x.shape[:-2], len(rows), len(columns)), x.dtype)
    winner = np.empty(y.shape, np.int64)
    arrays = (canonical(x), y, winner, np.array(rows), np.array(columns))
    run(_adaptive_max_pool, x.size, x.dtype, arrays, (prod(x.shape[:-2]), *x.shape[-2:], *y.shape[-2:]))
    return y, winner


def take_plane(x, winner):
    """Read by flat position."""
    if not _served(x):
        return _ref.take_plane(x, winner)
    x, winner = canonical(x), canonical(winner)
    y, beyond = np.empty(winner.shape, x.dtype), np.zeros(1, np.int64)
    run(_take, y.size, x.dtype, (x, winner, y, beyond), _planes(x.shape, winner))
    _check("take_plane", beyond, x.shape)
    return y


def put_plane(g, winner, x_shape):
    """Add by flat position, in the order of g."""
    if not _served(g):
        return _ref.put_plane(g, winner, x_shape)
    g, winner = canonical(g), canonical(winner)
    x, beyond = np.zeros(x_shape, g.dtype), np.zeros(1, np.int64)
    run(_put, g.size, g.dtype, (g, winner, x, beyond), _planes(x_shape, winner))
    _check("put_plane", beyond, x_shape)
    return x


def avg_pool2d(x, window, count_include_pad, divisor):
    """Average every window."""
    if not _served(x):
        return _ref.avg_pool2d(x, window, count_include_pad, divisor)
    y = np.empty((*x.shape[:-2], *window.out), x.dtype)
    window = _joined(window)
    arrays = (canonical(x), y, *_counts(window, count_include_pad, divisor, x.dtype, False))
    run(average, y.size * prod(window.size), x.dtype, arrays, _sums(x, window))
    return y


def avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor):
    """Spread every output evenly over its window."""
    if not _served(g):
        return _ref.avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor)
    x = np.empty(x_shape, g.dtype)
    window = _joined(window)
    arrays = (canonical(g), x, *_counts(window, count_include_pad, divisor, g.dtype, True))
    run(spread, g.size * prod(window.size), g.dtype, arrays, _sums(x, window))
    return x


def _served(x):
    return COMPILED and x.dtype in (np.float32, np.float64) and x.size > 0


def _geometry(x, window):
    (top, _), (left, _) = window.pads
    return (
        prod(x.shape[:-2]), *window.image, *window.size, *window.out, *window.stride, *window.dilation, top, left,
        VECTOR // x.itemsize,
    )  # fmt: skip


def _planes(x_shape, winner):
    return prod(x_shape[:-2]), x_shape[-2] * x_shape[-1], prod(winner.shape[-2:])


def _joined(window):
    """Return a window that is the whole image as one of a single row."""
    if window.size != window.image or window.out != (1, 1) or window.pads != ((0, 0), (0, 0)):
        return window
    whole = (1, prod(window.image))
    return window._replace(size=whole, stride=whole, image=whole)


def _sums(x, window):
    """What the tasks of averages need to know."""
    (top, _), (left, _) = window.pads
    beside = window.stride[1] <= 2 and 1 < window.out[1] and window.size[1] <= VECTOR // x.itemsize
    return (
        prod(x.shape[:-2]), *window.image, *window.size, *window.out, *window.stride, top, left, beside,
    )  # fmt: skip


@lru_cache(64)
def _counts(window, count_include_pad, divisor, dtype, inverse):
    counts = _ref.counts(window, count_include_pad, divisor)
    return [(1 / n if inverse else n).astype(dtype) for n in counts]


def _check(op, beyond, x_shape):
    if beyond[0]:
        raise IndexError(f"[{op}] `winner` must lie in 0 … {x_shape[-2] * x_shape[-1] - 1}")


# The tasks. The first of `numbers` are the addresses of the arrays, then come the sizes.


@kernel
def _read_geometry(numbers):
    return (
        numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11],
        numbers[12], numbers[13], numbers[14], numbers[15], numbers[16],
    )  # fmt: skip


@kernel
def _inside(start, d, taps, n):
    """Return the taps t with 0 ≤ start + t·d < n, as a range."""
    first = max(0, (d - 1 - start) // d)
    return first, max(first, min(taps, (n - 1 - start) // d + 1))


def _max_pool(memory, numbers, t, threads):
    x, y, winner = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    N, H, W, R, S, P, Q, u, v, d, e, top, left, lanes = _read_geometry(numbers)
    step = lanes if v <= 2 else 1
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            first, last = _inside(p * u - top, d, R, H)
            h = p * u + first * d - top
            for q in range(0, Q, step):
                column, out = q * v - left, (plane * P + p) * Q + q
                start, corner = (plane * H + h) * W + column, h * W + column
                if v == 2:
                    max_lanes(
                        2, x, start, d * W, last - first, e, S, column, W, y, out, winner, out, corner,
                        min(lanes, Q - q),
                    )  # fmt: skip
                else:
                    max_lanes(
                        1, x, start, d * W, last - first, e, S, column, W, y, out, winner, out, corner,
                        min(step, Q - q),
                    )  # fmt: skip


def _adaptive_max_pool(memory, numbers, t, threads):
    x, y, winner = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    rows, columns = pointer(numbers, numbers[3]), pointer(numbers, numbers[4])
    N, H, W, P, Q = numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            h, many = rows[2 * p], rows[2 * p + 1] - rows[2 * p]
            for q in range(Q):
                w, out = columns[2 * q], (plane * P + p) * Q + q
                start, taps = (plane * H + h) * W + w, columns[2 * q + 1] - w
                max_lanes(1, x, start, W, many, 1, taps, w, W, y, out, winner, out, h * W + w, 1)


def _take(memory, numbers, t, threads):
    x, winner, y = pointer(memory, numbers[0]), pointer(numbers, numbers[1]), pointer(memory, numbers[2])
    beyond = pointer(numbers, numbers[3])
    N, size, outputs = numbers[4], numbers[5], numbers[6]
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for i in range(plane * outputs, (plane + 1) * outputs):
            if 0 <= winner[i] < size:
                y[i] = x[plane * size + winner[i]]
            else:
                beyond[0] = 1


def _put(memory, numbers, t, threads):
    g, winner, x = pointer(memory, numbers[0]), pointer(numbers, numbers[1]), pointer(memory, numbers[2])
    beyond = pointer(numbers, numbers[3])
    N, size, outputs = numbers[4], numbers[5], numbers[6]
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for i in range(plane * outputs, (plane + 1) * outputs):
            if 0 <= winner[i] < size:
                x[plane * size + winner[i]] += g[i]
            else:
                beyond[0] = 1
