"""Padded bands of volumes, read by the weight gradient, which takes taps in place.

A band is what some rows of one frame of the result see: for every channel the frames under the taps, some rows of each
with their padding, and the columns that one tap reads side by side. Element (c, o, h, phase, j) is
x[c, frame + o·d, h + first, j·v + phase - left], so that stride v becomes stride 1.
"""

import numpy as np

from ._leaves import copy_second_lanes
from ._numba import kernel
from ._simd import copy_lanes


def band_steps(window):
    """Return the rows of an image from one of a band to the next, and its phases: one tap needs no others."""
    (_, R, S), (_, u, v) = window.size, window.stride
    return u if R == 1 else 1, 1 if S == 1 else v


def band_shape(window, rows):
    """Return the height and the pitch of a band that serves `rows` rows of the result."""
    (_, R, S), (_, u, v), (_, d, e) = window.size, window.stride, window.dilation
    height = ((rows - 1) * u + (R - 1) * d) // band_steps(window)[0] + 1
    return height, ((window.out[2] - 1) * v + (S - 1) * e) // v + 1


def tap_places(channels, window, height, pitch):
    """Return where the taps (c, o, r, s) of the first output pixel lie in a band."""
    (frames, R, S), (_, _, v), (_, d, e) = window.size, window.stride, window.dilation
    c, r, s = np.meshgrid(np.arange(channels * frames), np.arange(R), np.arange(S), indexing="ij")
    return (((c * height + r * d) * band_steps(window)[1] + s * e % v) * pitch + s * e // v).ravel()


@kernel
def copy_band(
    x, volume, channels, D, H, W, frames, begin, step, first, rows, skip, phases, v, left, band, at, height,
    pitch, lanes,
):  # fmt: skip
    """Copy `rows` rows, from `first` on by `skip`, of `frames` frames, from `begin` on by `step`, of some channels."""
    for plane in range(channels * frames):
        f = begin + plane % frames * step
        for i in range(rows):
            h = first + i * skip
            for phase in range(phases):
                target = at + ((plane * height + i) * phases + phase) * pitch
                source = volume + ((plane // frames * D + f) * H + h) * W + phase - left
                low, high = (left - phase + v - 1) // v, (W + left - phase + v - 1) // v
                if h < 0 or h >= H or f < 0 or f >= D:
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
