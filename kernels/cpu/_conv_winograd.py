"""Convolution with 3×3 windows after Winograd: 36 products where there were 144, for some accuracy.

    Y = Aᵀ [Σ_c (G w Gᵀ) ⊙ (Bᵀ X B)] A        for each tile of 4×4 results, from 6×6 pixels

Each of the 36 places in ⊙ is a matrix product over the channels, for a panel of tiles at once. Rows of tiles, of one
image after the other, or pieces of long rows, lie side by side in a strip of pixels, with one tile between them that
has no result, so that images of any width fill the panel. The transformed filters take four times the memory of the
filters, once for all threads; a thread has up to 3 MB of its own.

With u = 2⁻²⁴ and γ = m·u / (1 - m·u), m = C + 20, the error is bounded by norms of the planes:

    |ŷ[n,k,p,q] - y[n,k,p,q]| ≤ 2304 · γ · (|b[k]| + Σ_c max|w[k,c]| · max|x[n,c]|)

The roundings are 4 of pixels, 8 of filters, C of products, 6 of results, 1 of the bias, and 1 more without fused
instructions; 2304 = 48² is the largest Σ of |Aᵀ| (Σ|G| · Σ|Bᵀ|) along both axes. Usual errors are 4 to 10 times those
of the direct sum; a NaN or an infinity may reach every result of the tiles that read it.
"""

from math import prod

import numpy as np

from ._leaves import multiply, multiply_of, transpose, transpose_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL, VECTOR, copy_lanes
from ._winograd import pixels_of_tiles, results_of_tiles, taps_of_filters

_CHANNELS = 512  # at most, of which a panel of tiles, transformed, takes 2.4 MB
_TOGETHER = 128  # filters that are summed up together: 0.6 MB


def suits(images, channels, filters, window, groups, dtype):
    """Say whether there is such an algorithm for this problem, and whether it is faster than the direct sum."""
    return (
        window.size == (3, 3)
        and window.stride == window.dilation == (1, 1)
        and groups == 1
        and dtype == np.float32
        and 64 <= channels <= _CHANNELS
        and filters >= 64
        and min(window.out) >= 14
        and images * prod(window.out) >= 512  # or the filters take longer to transform than to apply
    )


def convolve(x, w, y, bias, window, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (C, K, 3, 3) for K results."""
    lanes, width = VECTOR // x.itemsize, PANEL // x.itemsize
    channels, filters = x.shape[1], y.shape[1]
    tile = -(-filters // -(-filters // MR))
    plane = channels * tile * -(-filters // tile) + lanes  # a power of two would make all 36 meet in one line of cache
    transformed = np.empty(36 * plane, x.dtype)
    taps = np.arange(9)[::-1].copy() if flipped else np.arange(9)
    strides = (9, 9 * filters) if flipped else (9 * channels, 9)
    numbers = (transpose_of(x.dtype), channels, filters, tile, *strides, plane, lanes)
    run(_transform, 36 * w.size, x.dtype, (w, transformed, taps), numbers, 9 * lanes)

    down, across = -(-window.out[0] // 4), -(-window.out[1] // 4)
    pieces = -(-across // (width - 1))
    reach = -(-across // pieces)
    together = min(filters, _TOGETHER // tile * tile)
    (top, _), (left, _) = window.pads
    numbers = (
        multiply_of(x.dtype), *x.shape, filters, *window.out, top, left, plane, down, pieces, reach,
        width // (reach + 1), together, tile, lanes, width, int(bias.size > 1),
    )  # fmt: skip
    arrays = (x, transformed, y, bias, np.arange(channels) * tile, np.arange(channels) * width)
    scratch = 6 * (4 * width + lanes) + 36 * (width * (channels + together) + 2 * lanes) + 1
    run(_convolve, y.size * channels * 9, x.dtype, arrays, numbers, scratch)


@kernel
def _locate(piece, down, pieces, reach):
    """Return the image and the first result of a piece of a row of tiles."""
    row = piece // pieces
    return row // down, row % down * 4, piece % pieces * reach * 4


def _transform(memory, numbers, t, threads):
    """Transform filters and pack them as tiles of the products read them: (6·6, tile, channel, filter of the tile)."""
    w, u, taps = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    turn, C, K, tile, row, column, plane, lanes = (
        numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10],
    )  # fmt: skip
    tasks = (K + tile - 1) // tile
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns a tile of filters
        first = task * tile
        m = min(tile, K - first)
        for c in range(C):
            for k in range(0, m, lanes):
                n = min(lanes, m - k)
                for i in range(0, 9, lanes):
                    transpose(
                        turn, w, (first + k) * row + c * column + i, row, n, min(lanes, 9 - i),
                        memory, 0, taps, i, lanes, lanes,
                    )  # fmt: skip
                taps_of_filters(memory, 0, u, first * C + c * tile + k, plane, n)


def _convolve(memory, numbers, t, threads):
    x, u, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    steps, table, leaf = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), numbers[6]
    N, C, H, W, K, P, Q, top, left, plane = (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14],
        numbers[15], numbers[16],
    )  # fmt: skip
    down, pieces, reach, rows, together, tile, lanes, width, step = (
        numbers[17], numbers[18], numbers[19], numbers[20], numbers[21], numbers[22], numbers[23], numbers[24],
        numbers[25],
    )  # fmt: skip
    pitch, of_pixels, of_sums = 4 * width + lanes, width * C + lanes, width * together + lanes
    pixels = 6 * pitch  # scratch: a strip of pixels or results, the pixels transformed, the sums of products, a zero
    sums = pixels + 36 * of_pixels
    nothing = sums + 36 * of_sums
    memory[nothing] = 0
    for i in range(6 * pitch):
        memory[i] = 0  # what is behind the last tile is computed with, too: numbers from nowhere might be slow ones
    tasks = (N * down * pieces + rows - 1) // rows
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some rows of tiles, or pieces of rows
        first = task * rows
        many = min(rows, N * down * pieces - first)
        for c in range(C):
            for i in range(many):
                image, p, q = _locate(first + i, down, pieces, reach)
                start, high = q - left, W + left - q
                for r in range(6):
                    h, strip = p + r - top, r * pitch + i * (reach + 1) * 4
                    for j in range(0, (reach + 1) * 4, lanes):
                        copy_lanes(
                            x, ((image * C + c) * H + h) * W + start + j, memory, strip + j,
                            -start - j, high - j if 0 <= h < H else 0, min(lanes, (reach + 1) * 4 - j),
                        )  # fmt: skip
            for i in range(0, width, lanes):
                pixels_of_tiles(memory, 4 * i, pitch, memory, pixels + c * width + i, of_pixels)
        for k0 in range(0, K, together):
            some = min(together, K - k0)
            for i in range(36):
                for k in range(0, some, tile):
                    multiply(
                        leaf, min(tile, some - k), width, C, u, i * plane + (k0 + k) * C, 1, steps, 0,
                        memory, pixels + i * of_pixels, table, 0, memory, sums + i * of_sums + k * width, width, 0,
                        memory, nothing, 0,
                    )  # fmt: skip
            for k in range(some):
                for i in range(0, width, lanes):
                    results_of_tiles(
                        memory, sums + k * width + i, of_sums, bias, (k0 + k) * step, memory, 4 * i, pitch
                    )  # fmt: skip
                for i in range(many):
                    image, p, q = _locate(first + i, down, pieces, reach)
                    for r in range(min(4, P - p)):
                        row, strip = ((image * K + k0 + k) * P + p + r) * Q + q, r * pitch + i * (reach + 1) * 4
                        for j in range(0, min(4 * reach, Q - q), lanes):
                            n = min(lanes, 4 * reach - j, Q - q - j)
                            copy_lanes(memory, strip + j, y, row + j, 0, n, n)
