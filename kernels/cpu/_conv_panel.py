"""Convolution by panels: two vectors of pixels under every tap, gathered just before use.

    Y[k, o, p, q] = bias[k] + Σ_{c,t} w[k, c, t] · X[c, o·s + f[t], p·u + h[t], q·v + w[t]]

Volumes of frames: an image is one with a single frame. Any stride, any dilation. The pixels of a batch are one row:
where a volume ends another begins, in the same panel. Nothing but some panels of one depth is ever gathered, at most
about 1 MB. Read as its transpose, the filters stay where they lie, channels and filters exchanged.
"""

from functools import lru_cache
from math import prod

import numpy as np

from .._window import volumes
from ._leaves import add_lanes, copy_second_lanes, multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL, copy_lanes

_DEPTH = 576  # taps that a tile sums up in one go, about
_NEAR = 8  # channels that are gathered side by side: their lines may share one place in the cache
_TOGETHER = 8  # panels that share one pass over the filters
_PANELS = 1 << 20  # bytes of them, where one channel has more taps


def convolve(x, w, y, bias, window, groups, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (K, C, R, S) for C results."""
    window, channels, filters = volumes(window), x.shape[1] // groups, y.shape[1] // groups
    image, out, taps, width = window.image, window.out, prod(window.size), PANEL // x.itemsize
    if taps == 1 and max(window.stride) == 1 and image == out:  # an image is as good as one long row
        image, out = (1, 1, prod(image)), (1, 1, prod(out))
    deep = max(1, min(channels, _DEPTH // taps))
    deep = -(-channels // -(-channels // deep))
    tiles, together = -(-filters // MR), max(1, min(_TOGETHER, _PANELS // (deep * taps * PANEL)))
    of_w = (taps, filters * taps) if flipped else (channels * taps, taps)  # steps along results and channels
    numbers = (
        multiply_of(x.dtype), x.shape[0], groups, channels, *image, filters, taps, *out, *window.stride, *of_w, deep,
        -(-filters // tiles), width, together, int(bias.size > 1),
    )  # fmt: skip
    tables = _offsets(window), *_tables(deep, of_w[1], taps, width, flipped)
    scratch = width * (together * deep * taps + MR + 1)
    run(_gathered, y.size * channels * taps, x.dtype, (x, w, y, bias, *tables), numbers, scratch)


@lru_cache(256)
def _offsets(window):
    """Return the frame, the row and the column of every tap."""
    each = zip(window.size, window.dilation, window.pads, strict=True)
    return np.stack(np.meshgrid(*(np.arange(n) * d - pad for n, d, (pad, _) in each), indexing="ij"), -1)


@lru_cache(256)
def _tables(deep, step, taps, width, flipped):
    """Return where the taps of some channels lie in a filter, and in a panel."""
    tap = np.arange(taps)
    steps = (np.arange(deep)[:, None] * step + (tap[::-1] if flipped else tap)).ravel()
    return steps, np.arange(steps.size) * width


@kernel
def gather(
    x, group, groups, channels, c, taps, offsets, first, n, D, H, W, T, P, Q, s, u, v, some, panel, at, width,
):  # fmt: skip
    """Lay out the inputs of `n` pixels of the batch from `first` on, under every tap of `some` channels from `c` on."""
    done = 0
    while done < n:  # a run: neighbours in one row of the output, one vector at most
        line = (first + done) // Q
        frame = line // P
        image = frame // T
        t, p, q = frame - image * T, line - frame * P, first + done - line * Q
        length = min(width // 2, Q - q, n - done)
        block, size = at + done, D * H * W
        volume = ((image * groups + group) * channels + c) * size
        for c0 in range(0, some, _NEAR):
            near = min(_NEAR, some - c0)
            for i in range(taps):
                f, h, w = t * s + offsets[3 * i], p * u + offsets[3 * i + 1], q * v + offsets[3 * i + 2]
                start, row = volume + c0 * size + (f * H + h) * W + w, block + (c0 * taps + i) * width
                if h < 0 or h >= H or f < 0 or f >= D:
                    for j in range(near):
                        copy_lanes(x, 0, panel, row + j * taps * width, 0, 0, length)
                elif v == 1:
                    for j in range(near):
                        copy_lanes(x, start + j * size, panel, row + j * taps * width, -w, W - w, length)
                elif v == 2:
                    low, high = (1 - w) // 2, (W - w + 1) // 2
                    for j in range(near):
                        copy_second_lanes(x, start + j * size, panel, row + j * taps * width, low, high, length)
                else:
                    for j in range(near):
                        for k in range(length):
                            inside = 0 <= w + k * v < W
                            panel[row + j * taps * width + k] = x[start + j * size + k * v] if inside else 0
        done += length


@kernel
def _put(results, at, m, n, first, y, group, groups, filters, k, pixels, add, width):
    """Put the results of `n` pixels of the batch from `first` on, m of each, where they go."""
    done = 0
    while done < n:
        image = (first + done) // pixels
        length = min(width // 2, n - done, (image + 1) * pixels - first - done)
        to = ((image * groups + group) * filters + k) * pixels + first + done - image * pixels
        for i in range(m):
            add_lanes(results, at + i * width + done, y, to + i * pixels, length, add)
        done += length


def _gathered(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    offsets, steps, table = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6])
    leaf, N, groups, C, D, H, W, K, taps, T, P, Q, s, u, v = (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14],
        numbers[15], numbers[16], numbers[17], numbers[18], numbers[19], numbers[20], numbers[21],
    )  # fmt: skip
    row_w, channel_w, deep, high, width, together, step = (
        numbers[22], numbers[23], numbers[24], numbers[25], numbers[26], numbers[27], numbers[28],
    )  # fmt: skip
    pixels = T * P * Q
    bundle = together * width
    bundles = (N * pixels + bundle - 1) // bundle
    tile = bundle * deep * taps  # scratch: panels, then a tile of the results of two images, then a zero
    nothing = tile + high * width
    memory[nothing] = 0
    tiles = (K + high - 1) // high
    task, stop = groups * bundles * tiles * t // threads, groups * bundles * tiles * (t + 1) // threads
    while task < stop:  # owns some results of a bundle of panels
        part, group = task // tiles % bundles, task // tiles // bundles
        k_first = task % tiles
        k_stop = min(tiles, k_first + stop - task)
        task += k_stop - k_first
        begin, end = part * bundle, min(N * pixels, (part + 1) * bundle)
        for c in range(0, C, deep):
            some = min(deep, C - c)
            depth = some * taps
            for first in range(begin, end, width):
                gather(
                    x, group, groups, C, c, taps, offsets, first, min(width, end - first), D, H, W, T, P, Q, s, u, v,
                    some, memory, (first - begin) * depth, width,
                )  # fmt: skip
            for k in range(k_first * high, min(K, k_stop * high), high):
                m = min(high, K - k)
                a, b = group * K * C * taps + k * row_w + c * channel_w, (group * K + k) * step
                for first in range(begin, end, width):
                    n, panel = min(width, end - first), (first - begin) * depth
                    image = first // pixels
                    pixel = first - image * pixels
                    if pixel + n <= pixels:
                        multiply(
                            leaf, m, n, depth, w, a, row_w, steps, 0, memory, panel, table, 0,
                            y, ((image * groups + group) * K + k) * pixels + pixel, pixels, c, bias, b, step,
                        )  # fmt: skip
                    else:
                        multiply(
                            leaf, m, n, depth, w, a, row_w, steps, 0, memory, panel, table, 0,
                            memory, tile, width, 0, memory if c else bias, nothing if c else b, 0 if c else step,
                        )  # fmt: skip
                        _put(memory, tile, m, n, first, y, group, groups, K, k, pixels, c, width)
