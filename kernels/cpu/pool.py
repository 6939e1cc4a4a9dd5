"""Pooling on the CPU.

Planes are shared out among the threads, each owns whole planes. Within a plane the loop over the window is outside and
the one along an output row inside, free of branches: LLVM vectorises it. No sum depends on the number of threads.
"""

from math import prod

import numpy as np

from ..ref import pool as _ref
from ._numba import COMPILED, canonical, kernel, pointer, run

__all__ = ["avg_pool2d", "avg_pool2d_grad", "max_pool2d", "put_plane", "take_plane"]

_EXACT = 1 << 24  # offsets within a window are kept as floats


def max_pool2d(x, window):
    """Find the largest element of every window, and where it is."""
    if not _served(x) or window.size[0] * window.dilation[0] * window.image[1] > _EXACT:
        return _ref.max_pool2d(x, window)
    x = canonical(x)
    y = np.empty((*x.shape[:-2], *window.out), x.dtype)
    winner = np.empty(y.shape, np.int64)
    run(_max_pool, y.size * prod(window.size), x.dtype, (x, y, winner), _geometry(x.shape, window), 2 * window.out[1])
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
    run(_avg_pool, y.size * prod(window.size), x.dtype, (x, y, counts), _geometry(x.shape, window))
    return y


def avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor):
    """Spread every output evenly over its window."""
    if not _served(g):
        return _ref.avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor)
    share = canonical(g / _counts(window, count_include_pad, divisor, g.dtype))
    x = np.zeros(x_shape, g.dtype)
    run(_avg_pool_grad, g.size * prod(window.size), g.dtype, (share, x), (0, *_geometry(x_shape, window)))
    return x


def _served(x):
    return COMPILED and x.dtype in (np.float32, np.float64) and x.size > 0


def _geometry(x_shape, window):
    (top, _), (left, _) = window.pads
    return (
        prod(x_shape[:-2]), *window.image, *window.size, *window.out, *window.stride, *window.dilation, top, left,
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
        numbers[12], numbers[13], numbers[14], numbers[15],
    )  # fmt: skip


@kernel
def _add_row(source, start, v, target, at, first, last):
    for q in range(first, last):
        target[at + q] += source[start + q * v]


@kernel
def _inside(s, e, v, left, W, Q):
    """Return the outputs q whose tap s lies in the image, 0 ≤ q·v + s·e - left < W, as a range."""
    first = max(0, (left - s * e + v - 1) // v)
    return first, max(first, min(Q, (W - 1 + left - s * e) // v + 1))


@kernel
def _challenge(x, start, v, best, Q, offset, first, last):
    """Let one tap of every window of a row challenge the best so far.

    The champions' offsets stand behind their values, as floats too: lanes of one width are what makes this SIMD.
    """
    for q in range(first, last):
        value, champion = x[start + q * v], best[Q + q]
        better = (value > best[q]) | (value != value) | (champion < 0)
        best[q] = value if better else best[q]
        best[Q + q] = offset if better else champion


def _max_pool(best, numbers, t, threads):
    x, y, winner = pointer(best, numbers[0]), pointer(best, numbers[1]), pointer(numbers, numbers[2])
    N, H, W, R, S, P, Q, u, v, d, e, top, left = _read_geometry(numbers)
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            for q in range(Q):
                best[Q + q] = -1
            for r in range(R):
                h = p * u + r * d - top
                if 0 <= h < H:
                    for s in range(S):
                        first, last = _inside(s, e, v, left, W, Q)
                        start, offset = (plane * H + h) * W + s * e - left, r * d * W + s * e
                        if v == 1:  # a stride that the compiler knows
                            _challenge(x, start, 1, best, Q, offset, first, last)
                        elif v == 2:
                            _challenge(x, start, 2, best, Q, offset, first, last)
                        else:
                            _challenge(x, start, v, best, Q, offset, first, last)
            out, corner = (plane * P + p) * Q, (p * u - top) * W - left
            for q in range(Q):
                y[out + q] = best[q]
                winner[out + q] = corner + q * v + int(best[Q + q])


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
    N, H, W, R, S, P, Q, u, v, _, _, top, left = _read_geometry(numbers)
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            out = (plane * P + p) * Q
            for q in range(Q):
                y[out + q] = 0
            for r in range(R):
                h = p * u + r - top
                if 0 <= h < H:
                    for s in range(S):
                        first, last = _inside(s, 1, v, left, W, Q)
                        start = (plane * H + h) * W + s - left
                        if v == 2:  # a stride that the compiler knows
                            _add_row(x, start, 2, y, out, first, last)
                        else:
                            _add_row(x, start, v, y, out, first, last)
            for q in range(Q):
                y[out + q] /= counts[p * Q + q]


def _avg_pool_grad(memory, numbers, t, threads):
    share, x = pointer(memory, numbers[0]), pointer(memory, numbers[1])
    N, H, W, R, S, P, Q, u, v, _, _, top, left = _read_geometry(numbers)
    for plane in range(N * t // threads, N * (t + 1) // threads):
        for p in range(P):
            out = (plane * P + p) * Q
            for r in range(R):
                h = p * u + r - top
                if 0 <= h < H:
                    for s in range(S):
                        first, last = _inside(s, 1, v, left, W, Q)
                        start = (plane * H + h) * W + s - left
                        for q in range(first, last):
                            x[start + q * v] += share[out + q]
