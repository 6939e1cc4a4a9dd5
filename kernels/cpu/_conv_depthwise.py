"""Depthwise convolution: every plane has filters of its own.

    y[k, p, q] = bias[k] + Σ_{r,s} w[k, r, s] · x[c, p·u + r·d - top, q·v + s·e - left]        c = k // multiplier

A tile of the result (`_conv_tile`) goes through a list of steps: all taps of a 3×3 filter, a column of 3, 5 or 7, or
one. Columns outside the image are masked, and a line outside is one of zeros, so padding costs nothing.

The input gradient is a convolution of the cotangent for every remainder of (h, w) by (u, v): at stride 1, over the taps
that reach it, its results u rows and v columns apart. For v = 2 the tile holds both remainders of w, and interleaves
them. The weight gradient sums up a vector for each tap, over the tiles and the images of one channel in their order.
"""

from functools import cache, lru_cache

import numpy as np

from ._conv_tile import ANY, FIELDS, HEIGHTS, convolve_tile, correlate_tile, take_sum
from ._numba import pointer, run
from ._simd import VECTOR

_SHARED = (3, 5, 7)  # taps above one another that have code of their own
_FOLD = 64  # tiles, after which the lanes of a weight gradient are added up
_MANY = 64  # planes, each worked on as a whole


def convolve(x, w, y, bias, window, groups):
    """Convolve planes with one or more filters each, into y."""
    (u, v), (R, S) = window.stride, window.size
    (down, across), steps, ends = _steps(window)
    planes = y.shape[0] * y.shape[1]
    rows = _height(window.out[0], down)
    numbers = (
        planes, y.shape[1], 1, y.shape[1] // groups, *window.image, *window.out, R * S, S,
        u, v, 1, 1, _band(planes, window.out[0], rows), int(bias.size > 1), VECTOR // x.itemsize,
    )  # fmt: skip
    task = _planes(rows, down, across, u if down > 1 else 0, _near(v), 1)
    run(task, y.size * R * S, x.dtype, (x, w, y, bias, steps, ends), numbers, window.image[1])


def input_grad(g, w, gx, zero, window, groups):
    """Compute the input gradient into gx; `zero` is a bias of none."""
    (u, v), (R, S) = window.stride, window.size
    (down, across), steps, ends = _steps_back(window)
    planes = gx.shape[0] * gx.shape[1]
    high = -(-window.image[0] // u)
    rows = _height(high, down)
    numbers = (
        planes, gx.shape[1], g.shape[1] // groups, 1, *window.out, *window.image, R * S, -S,
        1, 1, u, v, _band(planes, high, rows), 0, VECTOR // g.itemsize,
    )  # fmt: skip
    task = _planes(rows, down, across, 1 if down > 1 else 0, 1, _near(v))
    run(task, g.size * R * S, g.dtype, (g, w, gx, zero, steps, ends), numbers, window.out[1])


def weight_grad(g, x, gw, window):
    """Correlate the planes of the cotangent with those of the images, into gw."""
    (u, v), (R, S), lanes = window.stride, window.size, VECTOR // x.itemsize
    (down, across), steps, _ = _steps(window)
    numbers = (*x.shape[:2], gw.shape[0], *window.image, *window.out, u, v, len(steps), R * S, S, lanes)
    task = _filters(_height(window.out[0], down), down, across, u if down > 1 else 0, _near(v))
    zeros = -(-max(window.image[1], window.out[1]) // lanes) * lanes
    run(task, g.size * R * S, x.dtype, (x, g, gw, steps), (*numbers, zeros), zeros + R * S * lanes)


def _near(v):
    """Return a stride that vectors know, or the word for all others."""
    return v if v <= 2 else ANY


def _height(P, down):
    """Return the height of tiles that waste the fewest rows; where lines are not shared, the tallest."""
    return min(HEIGHTS, key=lambda rows: -(-P // rows) * rows) if down > 1 else HEIGHTS[0]


def _band(planes, high, rows):
    """Return how many tiles a share works on together."""
    return -(-high // rows) if planes >= _MANY else 1


def _shape(window, u):
    """Return how many taps a step has, above one another and side by side."""
    (R, S), (d, e) = window.size, window.dilation
    if R not in _SHARED or d > 1 or u > 2:
        return 1, 1
    return (R, S) if R == S == 3 and e == 1 and window.stride[1] <= 2 else (R, 1)


@lru_cache(256)
def _steps(window):
    """Return the shape of the convolution's steps, the steps, and where they end."""
    (S, (u, _)), (d, e), ((top, _), (left, _)) = (window.size[1], window.stride), window.dilation, window.pads
    down, across = _shape(window, u)
    steps = [
        (r * d - top, s * e - left, r * S + s)
        for r in range(0, window.size[0], down)
        for s in range(0, S, across)
    ]  # fmt: skip
    return (down, across), np.array(steps, np.int64), np.array([0, len(steps)])


@lru_cache(256)
def _steps_back(window):
    """Return the like for the input gradient: one list of steps after the other, for each remainder of (h, w)."""
    (R, S), (u, v), ((top, _), (left, _)) = window.size, window.stride, window.pads
    if u == v == 1:  # taps in reverse: what is last in the filter is first in the cotangent
        down, across = _shape(window, 1)
        steps = [
            (top - r * window.dilation[0], left - s * window.dilation[1], r * S + s)
            for r in range(down - 1, R, down)
            for s in range(across - 1, S, across)
        ]
        return (down, across), np.array(steps, np.int64), np.array([0, len(steps)])
    steps, ends = [], [0]
    for a in range(u):
        for b in range(v):
            columns = _reaching(window, 1, b)
            steps += [(h, c, r * S + s) for h, r in _reaching(window, 0, a) for c, s in columns]
            ends.append(len(steps))
    return (1, 1), np.array(steps, np.int64).reshape(-1, FIELDS), np.array(ends)


def _reaching(window, axis, remainder):
    """Return the taps that reach inputs of a remainder by the stride, each behind its offset in the cotangent."""
    u, d, (pad, _) = window.stride[axis], window.dilation[axis], window.pads[axis]
    distances = ((remainder + pad - tap * d, tap) for tap in range(window.size[axis]))
    return [(distance // u, tap) for distance, tap in distances if distance % u == 0]


@cache
def _planes(rows, down, across, near_u, near_v, out):
    """Make the task of a convolution; what it is made for are the literals of `convolve_tile`."""

    def convolve_planes(memory, numbers, t, threads):
        x, w, y, bias = (
            pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
            pointer(memory, numbers[3]),
        )  # fmt: skip
        steps, ends = pointer(numbers, numbers[4]), pointer(numbers, numbers[5])
        planes, filters, sources, shared, H, W, P, Q, size, pitch = (
            numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13],
            numbers[14], numbers[15],
        )  # fmt: skip
        u, v, apart, beside, band, has_bias, lanes = (
            numbers[16], numbers[17], numbers[18], numbers[19], numbers[20], numbers[21], numbers[22],
        )  # fmt: skip
        for i in range(W):  # scratch: a line of zeros
            memory[i] = 0
        tall, near = band * rows, 1 if pitch > 0 else -1
        spread, together = (beside, 1) if out == ANY else (1, out)  # in the lists of steps, and in a tile
        bands = (P + apart * tall - 1) // (apart * tall)
        for task in range(planes * bands * t // threads, planes * bands * (t + 1) // threads):  # owns rows of a plane
            plane, first = task // bands, task % bands * tall
            k = plane % filters
            source, start = plane // shared * sources * H * W, bias[k * has_bias]
            for p in range(first, min(first + tall, (P + apart - 1) // apart), rows):
                for a in range(min(apart, P)):
                    high = (P - a + apart - 1) // apart - p
                    for b in range(spread):
                        wide = (Q - b + spread - 1) // spread
                        for j in range(0, (wide + together - 1) // together, lanes):
                            convolve_tile(
                                rows, down, across, near_u, near_v, out, x, source, sources, memory, 0, H, W, p, j,
                                u, v, steps, ends, a * beside + b, w, k * sources * size, pitch, near, size, start,
                                y, (plane * P + p * apart + a) * Q + j * beside + b, apart * Q, beside,
                                high, wide - j * together,
                            )  # fmt: skip

    return convolve_planes


@cache
def _filters(rows, down, across, near_u, near_v):
    """Make the task of a weight gradient; what it is made for are the literals of `correlate_tile`."""

    def correlate_planes(memory, numbers, t, threads):
        x, g, gw, steps = (
            pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
            pointer(numbers, numbers[3]),
        )  # fmt: skip
        N, C, K, H, W, P, Q, u, v, count, size, pitch, lanes, zeros = (
            numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11],
            numbers[12], numbers[13], numbers[14], numbers[15], numbers[16], numbers[17],
        )  # fmt: skip
        for i in range(zeros + size * lanes):  # scratch: a line of zeros, then a vector for each tap
            memory[i] = 0
        for k in range(K * t // threads, K * (t + 1) // threads):  # owns a filter
            c, tiles, folded = k * C // K, 0, False
            for n in range(N):
                for p in range(0, P, rows):
                    for j in range(0, Q, lanes):
                        correlate_tile(
                            rows, down, across, near_u, near_v, x, (n * C + c) * H * W, memory, 0, H, W, p, j, u, v,
                            steps, count, g, ((n * K + k) * P + p) * Q + j, Q, pitch, memory, zeros, P - p, Q - j,
                        )  # fmt: skip
                        tiles += 1
                if tiles >= _FOLD or n == N - 1:
                    for i in range(size):
                        total = take_sum(memory, zeros + i * lanes)
                        gw[k * size + i] = gw[k * size + i] + total if folded else total
                    tiles, folded = 0, True

    return correlate_planes
