"""Convolution by rows: taps are read in place, from a padded band of the image or from the image itself.

    Y[k, p, q…] = bias[k] + Σ_{c,r,s} w[k, (c, r, s)] · band[place(c, r, s) + row(p) + q…]

For long rows, and for few filters, where gathering panels would cost more than the products.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._conv_band import band_shape, copy_band, tap_places
from ._leaves import multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL

_BAND = 3 << 19  # bytes
_DEPTH = 1152  # taps that a tile sums up in one go


def suits(channels, filters, window, itemsize):
    """Say whether rows are long, or filters few, and one row of output has a band of moderate size."""
    height, pitch = band_shape(window, 1)
    return (
        channels * height * window.stride[1] * pitch * itemsize <= _BAND
        and window.stride[1] <= 2
        and (window.out[1] * itemsize >= PANEL or filters <= 2 * MR)
    )


def convolve(x, w, y, bias, window, groups, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (K, C, R, S) for C results."""
    channels, filters = x.shape[1] // groups, y.shape[1] // groups
    band, height, pitch = _bands(channels, window, x.itemsize)
    in_place = window.stride == (1, 1) and window.pads == ((0, 0), (0, 0))
    places = _places(channels, window, *(window.image if in_place else (height, pitch)))
    taps = prod(window.size)
    row, steps = (taps, _flipped(channels, filters, taps)) if flipped else (places.size, _counting(places.size))
    numbers = (
        multiply_of(x.dtype), *_geometry(x, y, window, groups), band, height, pitch, -(-filters // -(-filters // MR)),
        PANEL // x.itemsize, in_place, row, int(bias.size > 1),
    )  # fmt: skip
    scratch = 0 if in_place else channels * height * window.stride[1] * pitch + PANEL
    run(_convolve_rows, y.size * prod(w.shape[1:]), x.dtype, (x, w, y, bias, places, steps), numbers, scratch)


def _bands(channels, window, itemsize):
    """Return how many rows of output a band serves, its height and its pitch."""
    P, v = window.out[0], window.stride[1]
    rows = P
    while rows > 1 and channels * v * prod(band_shape(window, rows)) * itemsize > _BAND:
        rows = -(-rows // 2)
    rows = -(-P // -(-P // rows))
    return rows, *band_shape(window, rows)


def _geometry(x, y, window, groups):
    (top, _), (left, _) = window.pads
    (R, S), (d, _) = window.size, window.dilation
    channels, filters = x.shape[1] // groups, y.shape[1] // groups
    return (
        x.shape[0] * groups, groups, channels, *window.image, filters, R, S, *window.out, *window.stride, d, top, left,
        PANEL // x.itemsize // 2,
    )  # fmt: skip


@lru_cache(256)
def _places(channels, window, height, pitch):
    return tap_places(channels, window, height, pitch)


@lru_cache(256)
def _counting(length):
    return np.arange(length)


@lru_cache(256)
def _flipped(channels, filters, taps):
    """Return where the taps of a result lie in filters whose taps are reversed, and that are its channels."""
    return (np.arange(channels)[:, None] * filters * taps + np.arange(taps)[::-1]).ravel()


@kernel
def _read_geometry(numbers):
    return (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14],
        numbers[15], numbers[16], numbers[17], numbers[18], numbers[19], numbers[20], numbers[21], numbers[22],
    )  # fmt: skip


def _convolve_rows(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    places, steps, leaf = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), numbers[6]
    images, groups, C, H, W, K, R, S, P, Q, u, v, d, top, left, lanes = _read_geometry(numbers)
    band, height, pitch, tile, width, in_place, row_w, step = (
        numbers[23], numbers[24], numbers[25], numbers[26], numbers[27], numbers[28], numbers[29], numbers[30],
    )  # fmt: skip
    depth, bands = C * R * S, (P + band - 1) // band
    tasks = images * bands
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns a band of one image of y
        image, first = task // bands, task % bands * band
        rows = min(band, P - first)
        source, base, line = (x, image * C * H * W + first * W, W) if in_place else (memory, 0, u * v * pitch)
        if not in_place:
            copy_band(
                x, image * C * H * W, C, H, W, first * u - top, (rows - 1) * u + (R - 1) * d + 1, v, left,
                memory, 0, height, pitch, lanes,
            )  # fmt: skip
        group = image % groups
        for k0 in range(0, depth, _DEPTH):
            some = min(_DEPTH, depth - k0)
            for p in range(rows):
                for k in range(0, K, tile):
                    for q in range(0, Q, width):
                        multiply(
                            leaf, min(tile, K - k), min(width, Q - q), some,
                            w, group * K * depth + k * row_w, row_w, steps, k0,
                            source, base + p * line + q, places, k0,
                            y, ((image * K + k) * P + first + p) * Q + q, P * Q, k0, bias, (group * K + k) * step, step,
                        )  # fmt: skip
