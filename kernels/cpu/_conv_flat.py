"""Convolution by flat stretches: taps are read in place, from a padded band of the image or from the image itself.

    Y[k, p, q] = bias[k] + Σ_{c,r,s} w[k, (c, r, s)] · band[place(c, r, s) + p·pitch + q]

A band is some rows of every channel of an image, with its padding; with strides, the rows and the columns that one tap
reads lie side by side. Tiles run through p·pitch + q without a stop at the ends of rows, and what they find there, a
pixel or two, is left behind when the results are copied to where they go.

For rows that are long, or filters that are few: gathering panels would cost more than the products.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._lanes import width as lane_count
from ._leaves import copy_second_lanes, multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL, copy_lanes

_BAND = 1 << 19  # bytes, about
_LARGEST = 3 << 19  # bytes of a band of one row of the result
_DEPTH = 576  # taps that a tile sums up in one go, about
_OFTEN = 4  # times that a pixel is used, beyond which it is not gathered for each use
_PANELS = 16  # whose results are copied together


def suits(channels, filters, window, itemsize):
    """Say whether rows are long, or filters few, each pixel under many taps, and a band of moderate size."""
    (u, v), pitch = window.stride, _band(window, 1, itemsize)[0]
    few, size = filters <= 2 * MR, channels * _band(window, 1, itemsize)[1] * itemsize
    long = window.out[1] * itemsize >= PANEL // 2 and 4 * window.out[1] >= 3 * pitch
    return v <= 2 and size <= _LARGEST and (few or (long and prod(window.size) > _OFTEN * u * v))


def convolve(x, w, y, bias, window, groups, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (K, C, R, S) for C results."""
    channels, filters = x.shape[1] // groups, y.shape[1] // groups
    in_place = window.stride == (1, 1) and window.pads == ((0, 0), (0, 0))
    plan = _plan(channels, filters, window, x.itemsize, in_place, flipped)
    deep, band, phase, pitch, plane, row_w, places, steps = plan
    width = PANEL // x.itemsize
    numbers = (
        multiply_of(x.dtype), x.shape[0] * groups, groups, channels, *window.image, filters, prod(window.size),
        *window.out, *window.stride, window.pads[0][0], window.pads[1][0], deep, band, phase, pitch, plane,
        in_place, row_w, -(-filters // -(-filters // MR)), width, int(bias.size > 1),
    )  # fmt: skip
    scratch = MR * (_PANELS + 1) * width + (0 if in_place else channels * plane + width)
    run(_convolve, y.size * places.size, x.dtype, (x, w, y, bias, places, steps), numbers, scratch)


@lru_cache(256)
def _plan(channels, filters, window, itemsize, in_place, flipped):
    """Return the depth of a piece; of a band its rows, lines of one phase, pitch and plane; where the taps lie."""
    (H, W), (R, S), (u, v), (d, e), P = window.image, window.size, window.stride, window.dilation, window.out[0]
    rows = P
    while rows > 1 and channels * _band(window, rows, itemsize)[1] * itemsize > _BAND:
        rows = -(-rows // 2)
    rows = -(-P // -(-P // rows))
    pitch, plane = (W, H * W) if in_place else _band(window, rows, itemsize)
    c, r, s = np.meshgrid(np.arange(channels), np.arange(R) * d, np.arange(S) * e, indexing="ij")
    phase = rows + (R - 1) * d // u
    places = c * plane + ((r % u * v + s % v) * phase + r // u) * pitch + s // v
    depth = places.size
    row, steps = depth, np.arange(depth)
    if flipped:
        row, steps = R * S, np.arange(channels)[:, None] * filters * R * S + np.arange(R * S)[::-1]
    return -(-depth // -(-depth // _DEPTH)), rows, phase, pitch, plane, row, places.ravel(), steps.ravel()


def _band(window, rows, itemsize):
    """Return the pitch of a band that serves `rows` rows of the result, and what one channel of it takes."""
    W, Q, (R, S), (u, v), (d, e) = window.image[1], window.out[1], window.size, window.stride, window.dilation
    left, pitch, shared = window.pads[1][0], ((Q - 1) * v + (S - 1) * e) // v + 1, 0
    if v == 1:  # zeros on the right of a row are those on the left of the next
        shared = max(0, min(left, pitch - left - W, pitch - Q))
    pitch -= shared
    plane = u * v * (rows + (R - 1) * d // u) * pitch + shared
    apart = PANEL // itemsize  # no power of two from channel to channel: they share a cache
    return pitch, plane + (apart if plane * itemsize % 1024 < 64 else 0)


@kernel
def _copy_band(x, image, channels, H, W, first, phase, u, v, left, band, at, pitch, plane, lanes):
    """Copy the rows of all channels from row `first` on, u·phase of them."""
    for c in range(channels):
        source, target = image + c * H * W, at + c * plane
        for i in range(u * phase):
            h = first + i
            for b in range(v):
                start, line = source + h * W + b - left, target + ((i % u * v + b) * phase + i // u) * pitch
                low, high = (left - b + v - 1) // v, (W + left - b + v - 1) // v
                if h < 0 or h >= H:
                    start, high = 0, low
                for j in range(0, pitch, lanes):
                    n = min(lanes, pitch - j)
                    if v == 1:
                        copy_lanes(x, start + j, band, line + j, low - j, high - j, n)
                    else:
                        copy_second_lanes(x, start + 2 * j, band, line + j, low - j, high - j, n)
        for j in range(u * v * phase * pitch, plane):
            band[target + j] = 0


@kernel
def _copy_out(tile, at, apart, m, begin, end, pitch, Q, y, to, plane):
    """Copy the pixels of a stretch of m results to y."""
    first, last, lanes = begin // pitch, (end - 1) // pitch, lane_count(tile)
    for i in range(m):
        for p in range(first, last + 1):
            q, stop = max(0, begin - p * pitch), min(Q, end - p * pitch)
            source, target = at + i * apart + p * pitch - begin, to + i * plane + p * Q
            while q + lanes <= stop:
                copy_lanes(tile, source + q, y, target + q, 0, lanes, lanes)
                q += lanes
            if q < stop:
                copy_lanes(tile, source + q, y, target + q, 0, stop - q, stop - q)


def _convolve(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    places, steps = pointer(numbers, numbers[4]), pointer(numbers, numbers[5])
    leaf, images, groups, C, H, W, K, taps, P, Q, u, v = (
        numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13],
        numbers[14], numbers[15], numbers[16], numbers[17],
    )  # fmt: skip
    top, left, deep, band, phase, pitch, plane, in_place, row_w, high, width, step = (
        numbers[18], numbers[19], numbers[20], numbers[21], numbers[22], numbers[23], numbers[24], numbers[25],
        numbers[26], numbers[27], numbers[28], numbers[29],
    )  # fmt: skip
    lanes, depth = width // 2, C * taps
    direct = (Q + lanes - 1) // lanes * lanes <= pitch  # whole vectors cost no more than what lies between rows
    lines = max(1, _PANELS * width // Q)
    apart = (_PANELS + 1) * width  # scratch: results of some panels, then the band
    room = MR * apart
    bands, tiles = (P + band - 1) // band, (K + high - 1) // high
    task, end = images * bands * tiles * t // threads, images * bands * tiles * (t + 1) // threads
    while task < end:  # owns some results of a band of one image
        image, first = task // tiles // bands, task // tiles % bands * band
        k_first = task % tiles
        k_stop = min(tiles, k_first + end - task)
        task += k_stop - k_first
        rows, group = min(band, P - first), image % groups
        source, base = (x, image * C * H * W + first * W) if in_place else (memory, room)
        if not in_place:
            _copy_band(
                x, image * C * H * W, C, H, W, first * u - top, phase, u, v, left, memory, room, pitch, plane, lanes
            )  # fmt: skip
        stretch = (rows - 1) * pitch + Q
        for k in range(k_first * high, min(K, k_stop * high), high):
            m = min(high, K - k)
            a, b, to = group * K * depth + k * row_w, (group * K + k) * step, ((image * K + k) * P + first) * Q
            for p0 in range(0, rows if direct else 0, lines):
                for d in range(0, depth, deep):
                    some = min(deep, depth - d)
                    for p in range(p0, min(rows, p0 + lines)):
                        for q in range(0, Q, width):
                            multiply(
                                leaf, m, min(width, Q - q), some, w, a, row_w, steps, d,
                                source, base + p * pitch + q, places, d, y, to + p * Q + q, P * Q, d, bias, b, step,
                            )  # fmt: skip
            for begin in range(0, 0 if direct else stretch, _PANELS * width):
                stop = min(stretch, begin + _PANELS * width)
                for d in range(0, depth, deep):
                    some = min(deep, depth - d)
                    for f in range(begin, stop, width):
                        multiply(
                            leaf, m, min(width, stop - f), some, w, a, row_w, steps, d, source, base + f, places, d,
                            memory, f - begin, apart, d, bias, b, step,
                        )  # fmt: skip
                _copy_out(memory, 0, apart, m, begin, stop, pitch, Q, y, to, P * Q)
