"""Convolution by panels: two vectors of pixels under every tap, gathered just before use.

    Y[k, m, i, j] = bias[k] + Σ_{c,t} w[k, c, pick[t]] · X[c, m·s + f[t], i·u + h[t], j·v + w[t]]

Volumes of frames: an image is one with a single frame. Any stride, any dilation, any list of taps. The pixels of a
batch are one row: where a volume ends another begins, in the same panel. Nothing but some panels of one depth is ever
gathered, at most about 1 MB.

The input gradient reads the filters where they lie, channels and filters exchanged. Strided, it is one convolution of
the cotangent for each remainder of (f, h, w) by the strides: the taps that reach those inputs, at stride 1, and every
s-th frame, u-th row and v-th column of the result.
"""

from functools import lru_cache
from itertools import product
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


def convolve(x, w, y, bias, window, groups):
    """Convolve into y."""
    window, channels, filters = volumes(window), w.shape[1], y.shape[1] // groups
    image, out, taps = window.image, window.out, prod(window.size)
    if taps == 1 and max(window.stride) == 1 and image == out:  # an image is as good as one long row
        image, out = (1, 1, prod(image)), (1, 1, prod(out))
    of_w = (channels * taps, taps, filters * channels * taps)
    _run(x, w, y, bias, groups, image, out, window.stride, *_taps(window), of_w, (0, prod(out[1:]), out[2], 1))


def fills(window):
    """Say whether `input_grad` writes every element; else it wants zeros."""
    window = volumes(window)
    return len(_reached(window)) == prod(min(u, n) for u, n in zip(window.stride, window.image, strict=True))


def input_grad(g, w, gx, window, groups, zero):
    """Compute the input gradient into gx; `zero` is a bias of none."""
    window, channels, filters = volumes(window), gx.shape[1] // groups, g.shape[1] // groups
    (_, H, W), steps, still, taps = window.image, window.stride, (1, 1, 1), prod(window.size)
    of_w = (taps, channels * taps, filters * channels * taps)
    if taps == max(steps) == 1 and window.image == window.out:
        flat = (1, 1, prod(window.image))
        _run(g, w, gx, zero, groups, flat, flat, still, *_phase(window, (0, 0, 0)), of_w, (0, flat[2], flat[2], 1))
        return
    for place in _reached(window):
        grid = tuple(-((a - n) // u) for a, n, u in zip(place, window.image, steps, strict=True))
        where = ((place[0] * H + place[1]) * W + place[2], steps[0] * H * W, steps[1] * W, steps[2])
        _run(g, w, gx, zero, groups, window.out, grid, still, *_phase(window, place), of_w, where)


def _run(x, w, y, bias, groups, image, out, stride, offsets, picks, of_w, where):
    """Do one convolution: steps of w along results, channels and groups; `where` in each volume its results go."""
    channels, results, taps = x.shape[1] // groups, y.shape[1] // groups, picks.size
    width = PANEL // x.itemsize
    deep = max(1, min(channels, _DEPTH // taps))
    deep = -(-channels // -(-channels // deep))
    tiles, together = -(-results // MR), max(1, min(_TOGETHER, _PANELS // (deep * taps * PANEL)))
    numbers = (
        multiply_of(x.dtype), x.shape[0], groups, channels, *image, results, taps, *out, *stride, *of_w, deep,
        -(-results // tiles), width, *where, prod(y.shape[2:]), together, int(bias.size > 1),
    )  # fmt: skip
    steps, table = _tables(deep, of_w[1], picks.tobytes(), width)
    scratch = width * (together * deep * taps + MR + 1)
    work = x.shape[0] * groups * results * prod(out) * channels * taps
    run(_gathered, work, x.dtype, (x, w, y, bias, offsets, steps, table), numbers, scratch)


@lru_cache(256)
def _taps(window):
    """Return the frame, the row and the column of every tap, and their numbers."""
    each = zip(window.size, window.dilation, window.pads, strict=True)
    offsets = np.meshgrid(*(np.arange(n) * d - pad for n, d, (pad, _) in each), indexing="ij")
    return np.stack(offsets, -1), np.arange(prod(window.size))


@lru_cache(256)
def _reached(window):
    """Return the remainders of (f, h, w) by the strides that some tap reaches: of large strides, not many."""
    each = zip(window.size, window.stride, window.dilation, window.pads, window.image, strict=True)
    return [*product(*(
        [a for a in sorted({(t * d - pad) % u for t in range(n)}) if a < length] for n, u, d, (pad, _), length in each
    ))]  # fmt: skip


@lru_cache(256)
def _phase(window, place):
    """Return the taps that reach the inputs `place` + (m·s, i·u, j·v): frames, rows and columns, and their numbers."""
    along = []
    for start, n, u, d, (pad, _) in zip(place, window.size, window.stride, window.dilation, window.pads, strict=True):
        tap = np.arange(n)
        tap = tap[(start + pad - tap * d) % u == 0]
        along.append((tap, (start + pad - tap * d) // u))
    taps, offsets = zip(*along, strict=True)
    picks = np.ravel_multi_index(np.meshgrid(*taps, indexing="ij"), window.size)
    return np.stack(np.meshgrid(*offsets, indexing="ij"), -1), picks.ravel()


@lru_cache(256)
def _tables(deep, step, picks, width):
    """Return where the taps of some channels lie in a filter, and in a panel."""
    picks = np.frombuffer(picks, np.int64)
    steps = (np.arange(deep)[:, None] * step + picks).ravel()
    return steps, np.arange(steps.size) * width


@kernel
def _gather(
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
def _scatter(
    tile, at, m, n, first, y, group, groups, results, k, volume, T, P, Q, start, deep, row, column, whole, add, width,
):  # fmt: skip
    """Put the results of `n` pixels of the batch from `first` on, m of each, where they go."""
    done = 0
    while done < n:
        line = (first + done) // Q
        frame = line // P
        image = frame // T
        t, p, q = frame - image * T, line - frame * P, first + done - line * Q
        length = min(width // 2, n - done, (image + 1) * T * P * Q - first - done if whole else Q - q)
        to = ((image * groups + group) * results + k) * volume + start + t * deep + p * row + q * column
        for i in range(m):
            if column == 1:
                add_lanes(tile, at + i * width + done, y, to + i * volume, length, add)
            else:
                for j in range(length):
                    place = to + i * volume + j * column
                    old = y[place] if add else 0
                    y[place] = old + tile[at + i * width + done + j]
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
    row_w, channel_w, group_w, deep, high, width, start, step_frame, step_row, step_column, volume, together, step = (
        numbers[22], numbers[23], numbers[24], numbers[25], numbers[26], numbers[27], numbers[28], numbers[29],
        numbers[30], numbers[31], numbers[32], numbers[33], numbers[34],
    )  # fmt: skip
    pixels = T * P * Q
    bundle = together * width
    bundles = (N * pixels + bundle - 1) // bundle
    # whether the results of an image are neighbours
    whole = step_column == 1 and (step_row == Q or P == 1) and (step_frame == P * Q or T == 1)
    tile = bundle * deep * taps  # scratch: panels, then a tile of results that go apart, then a zero
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
                _gather(
                    x, group, groups, C, c, taps, offsets, first, min(width, end - first), D, H, W, T, P, Q, s, u, v,
                    some, memory, (first - begin) * depth, width,
                )  # fmt: skip
            for k in range(k_first * high, min(K, k_stop * high), high):
                m = min(high, K - k)
                a = group * group_w + k * row_w + c * channel_w
                b = (group * K + k) * step
                for first in range(begin, end, width):
                    n, panel = min(width, end - first), (first - begin) * depth
                    image = first // pixels
                    pixel = first - image * pixels
                    if whole and pixel + n <= pixels:
                        multiply(
                            leaf, m, n, depth, w, a, row_w, steps, 0, memory, panel, table, 0,
                            y, ((image * groups + group) * K + k) * volume + start + pixel, volume, c, bias, b, step,
                        )  # fmt: skip
                    else:
                        multiply(
                            leaf, m, n, depth, w, a, row_w, steps, 0, memory, panel, table, 0,
                            memory, tile, width, 0,
                            memory if c else bias, nothing if c else b, 0 if c else step,
                        )  # fmt: skip
                        _scatter(
                            memory, tile, m, n, first, y, group, groups, K, k, volume, T, P, Q, start, step_frame,
                            step_row, step_column, whole, c, width,
                        )  # fmt: skip
