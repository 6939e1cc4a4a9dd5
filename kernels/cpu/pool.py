"""Pooling on the CPU.

Planes are shared out among the threads, each owns whole planes. At strides 1 and 2 along a row the windows of one
vector of outputs are worked on together; outputs of other strides go one by one. No sum depends on the number of
threads.
"""

from math import prod

import numpy as np

from ..ref import pool as _ref
from ..ref.pool import adaptive_max_pool2d
from ._numba import COMPILED, canonical, kernel, pointer, run
from ._simd import VECTOR
from ._windows import max_lanes, sum_lanes

__all__ = ["adaptive_max_pool2d", "avg_pool2d", "avg_pool2d_grad", "max_pool2d", "put_plane", "take_plane"]

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
    x = canonical(x)
    y = np.empty((*x.shape[:-2], *window.out), x.dtype)
    counts = _counts(window, count_include_pad, divisor, x.dtype)
    run(_avg_pool, y.size * prod(window.size), x.dtype, (x, y, counts), _geometry(x, window))
    return y


def avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor):
    """Spread every output evenly over its window."""
    if not _served(g):
        return _ref.avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor)
    share = canonical(g / _counts(window, count_include_pad, divisor, g.dtype))
    x, lanes = np.empty(x_shape, g.dtype), VECTOR // g.itemsize
    arrays = (share, x, np.ones(lanes, g.dtype))
    run(_avg_pool_grad, g.size * prod(window.size), g.dtype, arrays, _geometry(x, window), window.stride[1] * lanes)
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


def _counts(window, count_include_pad, divisor, dtype):
    counts = _ref.counts(window, count_include_pad, divisor)
    return np.ascontiguousarray(np.broadcast_to(counts, window.out), dtype)


def _check(op, beyond, x_shape):
    if beyond[0]:
        raise IndexError(f"[{op}] `winner` must lie in 0 … {x_shape[-2] * x_shape[-1] - 1}")


# The tasks. The first of `numbers` are three or four addresses, then come the sizes.


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


def _avg_pool(memory, numbers, t, threads):
    x, y, counts = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    N, H, W, R, S, P, Q, u, v, _, _, top, left, lanes = _read_geometry(numbers)
    step = lanes if v <= 2 else 1
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            first, last = _inside(p * u - top, 1, R, H)
            for q in range(0, Q, step):
                column, out, count = q * v - left, (plane * P + p) * Q + q, p * Q + q
                start = (plane * H + p * u + first - top) * W + column
                if v == 2:
                    sum_lanes(2, x, start, W, last - first, 1, S, column, W, y, out, counts, count, min(lanes, Q - q))
                else:
                    sum_lanes(1, x, start, W, last - first, 1, S, column, W, y, out, counts, count, min(step, Q - q))


def _avg_pool_grad(memory, numbers, t, threads):
    """Gather the shares of all windows over a vector of inputs, one remainder of v at a time."""
    share, x, ones = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    N, H, W, R, S, P, Q, u, v, _, _, top, left, lanes = _read_geometry(numbers)
    wide, shift, rest = (W + v - 1) // v, left // v, left % v
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for h in range(H):
            first, last = max(0, (h + top - R) // u + 1), min(P, (h + top) // u + 1)
            row, many = (plane * H + h) * W, max(0, last - first)
            for j in range(0, wide, lanes):
                for b in range(v):
                    tap, column = (rest + b, shift + j) if rest + b < v else (rest + b - v, shift + j + 1)
                    sum_lanes(
                        1, share, (plane * P + first) * Q + column, Q, many, -1, (S - tap + v - 1) // v,
                        column, Q, memory, b * lanes, ones, 0, lanes,
                    )  # fmt: skip
                n = min(lanes, W // v - j)  # whole strides
                if v == 2:  # one that the compiler knows
                    for i in range(n):
                        x[row + 2 * (j + i)] = memory[i]
                        x[row + 2 * (j + i) + 1] = memory[lanes + i]
                else:
                    for b in range(v):
                        for i in range(n):
                            x[row + v * (j + i) + b] = memory[b * lanes + i]
                for w in range(v * (j + max(n, 0)), min(W, v * (j + lanes))):  # and the last, broken one
                    x[row + w] = memory[(w - v * (W // v)) * lanes + W // v - j]
