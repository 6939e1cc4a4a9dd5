"""The weight gradient: rows are taps, read in place from padded images; columns are filters.

    gw[k, (c, r, s)] = Σ_{n,p,q} x[n, c, p·u + r·d - top, q·v + s·e - left] · g[n, k, p, q]

The cotangent is transposed into panels of filters. Sums run over blocks of pixels (several images, or a band of one),
and over slices of the batch that are added in their order. Blocks and slices follow from the shapes alone, so the sums
are the same for any number of threads. Of volumes every frame of the result is an image, and the frames that it sees
are more channels.
"""

from functools import lru_cache
from math import prod

import numpy as np

from .._window import volumes
from ._conv_band import band_shape, band_steps, copy_band, tap_places
from ._leaves import correlate, correlate_of, transpose, transpose_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL

_BAND = 1 << 20  # bytes of the padded images of a block
_PIXELS = 512  # of a block, about
_FILTERS = 128  # of a task at most
_PARTS = 1 << 20  # bytes of what a task sums up; of all slices together
_TASKS = 4  # to have at least, by slicing the batch


def weight_grad(g, x, gw, window, groups):
    """Correlate the cotangent with the images, into gw."""
    window, channels, filters, item = volumes(window), x.shape[1] // groups, gw.shape[0] // groups, x.itemsize
    taps, frames, (T, P, Q), (skip, phases) = prod(window.size), window.size[0], window.out, band_steps(window)
    images = x.shape[0] * T  # of the result: a frame is an image that sees several
    width = PANEL // item
    rows = max(1, min(P, _PIXELS // Q))
    while rows > 1 and frames * prod(band_shape(window, rows)) * phases * item > _BAND:
        rows = -(-rows // 2)
    rows = -(-P // -(-P // rows))
    height, pitch = band_shape(window, rows)
    plane = frames * height * phases * pitch  # of a channel
    many = min(_FILTERS, -(-filters // width) * width)
    some = max(1, min(channels, _BAND // (plane * item), _PARTS // (taps * many * item)))
    some = -(-channels // -(-channels // some))
    together = max(1, min(images, _PIXELS // (P * Q), _BAND // (some * plane * item))) if rows == P else 1
    chunks = groups * -(-channels // some) * -(-filters // many)
    part = some * taps * many
    slices = max(1, min(images, -(-_TASKS // chunks), _PARTS // (chunks * part * item)))
    together = min(together, -(-images // slices))
    parts = np.empty(slices * chunks * part if slices > 1 else 0, x.dtype)
    tables = _tables(some, window, height, pitch, rows, together, width)
    lanes = width // 2
    numbers = (
        correlate_of(x.dtype), transpose_of(x.dtype), images, groups, channels, *window.image, filters, taps, T, P, Q,
        *window.stride, *(before for before, _ in window.pads), frames, window.dilation[0],
        (window.size[1] - 1) * window.dilation[1] + 1, lanes, width, rows, height, pitch,
        some, many, together, slices, skip, phases,
    )  # fmt: skip
    scratch = together * (some * plane + rows * Q * many) + part + 2 * width
    arrays = (x, g, gw, parts, *tables)
    work = g.size * channels * taps
    run(_correlate_blocks, work, x.dtype, arrays, numbers, scratch)
    if slices > 1:
        run(_add_slices, slices * chunks * part, x.dtype, arrays, numbers)


@lru_cache(256)
def _tables(channels, window, height, pitch, rows, together, width):
    """Return where the taps are, the steps from one pixel of a block to the next, and the numbers from 0 on."""
    skip, phases = band_steps(window)
    line = window.stride[1] // skip * phases * pitch
    n, p, q = np.meshgrid(np.arange(together), np.arange(rows), np.arange(window.out[2]), indexing="ij")
    steps = n * (channels * window.size[0] * height * phases * pitch) + p * line + q
    return tap_places(channels, window, height, pitch), steps.ravel(), np.arange(width)


@kernel
def _put_back(part, at, many, taps, filters, gw, start, pitch, turn, counting, lanes):
    """Write a part [tap][filter] into gw[filter][tap]."""
    for i in range(0, taps, lanes):
        for k in range(0, filters, lanes):
            transpose(
                turn, part, at + i * many + k, many, min(lanes, taps - i), min(lanes, filters - k),
                gw, start + k * pitch + i, counting, 0, pitch, min(lanes, taps - i),
            )  # fmt: skip


def _correlate_blocks(memory, numbers, t, threads):
    x, g, gw, parts = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    places, steps, counting = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6])
    leaf, turn, N, groups, C, D, H, W, K, taps, T, P, Q = (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14],
        numbers[15], numbers[16], numbers[17], numbers[18], numbers[19],
    )  # fmt: skip
    s, u, v, front, top, left, frames, dilation, reach = (
        numbers[20], numbers[21], numbers[22], numbers[23], numbers[24], numbers[25], numbers[26], numbers[27],
        numbers[28],
    )  # fmt: skip
    lanes, width, rows, height, pitch, some, many, together, slices, skip, phases = (
        numbers[29], numbers[30], numbers[31], numbers[32], numbers[33], numbers[34], numbers[35], numbers[36],
        numbers[37], numbers[38], numbers[39],
    )  # fmt: skip
    pixels, block = P * Q, some * frames * height * phases * pitch
    panels = together * block + width  # scratch: images, panels of g, and the part where there is one slice
    own = panels + together * rows * Q * many
    across, down = (K + many - 1) // many, (C + some - 1) // some
    tasks = slices * groups * down * across
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some taps of some filters of a slice
        piece, chunk = task // (groups * down * across), task % (groups * down * across)
        group, c0, k0 = chunk // (down * across), chunk // across % down * some, chunk % across * many
        channels, filters = min(some, C - c0), min(many, K - k0)
        high = channels * taps
        tiles = (high + MR - 1) // MR
        tile = (high + tiles - 1) // tiles
        part, at = (memory, own) if slices == 1 else (parts, task * some * taps * many)
        begun = 0
        begin, stop = N * piece // slices, N * (piece + 1) // slices
        for n0 in range(begin, stop, together):
            images = min(together, stop - n0)
            for p in range(0, P, rows):
                lines = min(rows, P - p)
                depth = images * lines * Q
                for n in range(images):
                    volume, frame = (n0 + n) // T * groups + group, (n0 + n) % T
                    copy_band(
                        x, (volume * C + c0) * D * H * W, channels, D, H, W, frames, frame * s - front, dilation,
                        p * u - top, ((lines - 1) * u + reach - 1) // skip + 1, skip, phases, v, left, memory,
                        n * block, height, pitch, lanes,
                    )  # fmt: skip
                    for k in range(0, filters, lanes):
                        panel = panels + k // width * width * depth + k % width + n * lines * Q * width
                        start = ((volume * K + k0 + k) * T + frame) * pixels + p * Q
                        for i in range(0, lines * Q, lanes):
                            transpose(
                                turn, g, start + i, T * pixels, min(lanes, filters - k), min(lanes, lines * Q - i),
                                memory, panel + i * width, counting, 0, width, lanes,
                            )  # fmt: skip
                for k in range(0, filters, width):  # taps inside: theirs stay in the first cache, panels stream
                    for i in range(0, high, tile):
                        correlate(
                            leaf, min(tile, high - i), min(width, filters - k), depth,
                            memory, 0, places, i, steps, 0, memory, panels + k * depth, width,
                            part, at + i * many + k, many, begun,
                        )  # fmt: skip
                begun = 1
        if slices == 1:
            start = ((group * K + k0) * C + c0) * taps
            _put_back(part, at, many, high, filters, gw, start, C * taps, turn, counting, lanes)


def _add_slices(memory, numbers, t, threads):
    gw, parts, counting = pointer(memory, numbers[2]), pointer(memory, numbers[3]), pointer(numbers, numbers[6])
    turn, groups, C, K, taps, lanes, some, many, slices = (
        numbers[8], numbers[10], numbers[11], numbers[15], numbers[16], numbers[29], numbers[34], numbers[35],
        numbers[37],
    )  # fmt: skip
    across, down = (K + many - 1) // many, (C + some - 1) // some
    tasks = groups * down * across
    for chunk in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns one chunk of gw
        group, c0, k0 = chunk // (down * across), chunk // across % down * some, chunk % across * many
        high, size = min(some, C - c0) * taps, some * taps * many
        for piece in range(1, slices):
            source = (piece * tasks + chunk) * size
            for i in range(high * many):
                parts[chunk * size + i] += parts[source + i]
        start = ((group * K + k0) * C + c0) * taps
        _put_back(parts, chunk * size, many, high, min(many, K - k0), gw, start, C * taps, turn, counting, lanes)
