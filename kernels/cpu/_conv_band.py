"""Padded bands of images, read by the kernels that take taps in place.

A band is some rows of every channel of an image, with its padding, and with the columns that one tap reads side by
side: element (c, h, phase, j) is x[c, h + first, j·v + phase - left], so that stride v becomes stride 1.
"""

import numpy as np

from ._leaves import copy_second_lanes
from ._numba import kernel
from ._simd import copy_lanes


def band_shape(window, rows):
    """Return the height and the pitch of a band that serves `rows` rows of the result."""
    (R, S), (u, v), (d, e) = window.size, window.stride, window.dilation
    return (rows - 1) * u + (R - 1) * d + 1, ((window.out[1] - 1) * v + (S - 1) * e) // v + 1


def tap_places(channels, window, height, pitch):
    """Return where the taps (c, r, s) of the first output pixel lie in a band."""
    (R, S), (_, v), (d, e) = window.size, window.stride, window.dilation
    c, r, s = np.meshgrid(np.arange(channels), np.arange(R), np.arange(S), indexing="ij")
    return (((c * height + r * d) * v + s * e % v) * pitch + s * e // v).ravel()


@kernel
def copy_band(x, plane, channels, H, W, first, rows, v, left, band, at, height, pitch, lanes):
    """Copy `rows` rows from row `first` on, of `channels` planes from position `plane`."""
    for c in range(channels):
        for i in range(rows):
            h = first + i
            for phase in range(v):
                target = at + ((c * height + i) * v + phase) * pitch
                source = plane + (c * H + h) * W + phase - left
                low, high = (left - phase + v - 1) // v, (W + left - phase + v - 1) // v
                if h < 0 or h >= H:
                    high = low
                for j in range(0, pitch, lanes):
                    n = min(lanes, pitch - j)
                    if v == 1:
                        copy_lanes(x, source + j, band, target + j, low - j, high - j, n)
                    elif v == 2:
                        copy_second_lanes(x, source + 2 * j, band, target + j, low - j, high - j, n)
                    else:
                        for i_ in range(n):
                            inside = low <= j + i_ < high
                            band[target + j + i_] = x[source + (j + i_) * v] if inside else 0
