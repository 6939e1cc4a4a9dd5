"""Convolution of many small images: the batch is the vector.

    Y[k, p, q, :] = bias[k] + Σ_{r,s,c} w[k, c, r, s] · X[c, p·u + r·d - top, q·v + s·e - left, :]

Up to two vectors of images are transposed, so that a pixel of a channel is a row, one lane an image. Every pixel of the
result is then a tile of its own, over exactly those taps that lie in the image: padding costs nothing (of a 3×3 window
on a 2×2 image four taps in nine). The channels of a pixel are neighbours, and so are the pixels of a line: a tile reads
the images in long runs.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._leaves import multiply, multiply_of, transpose, transpose_of
from ._numba import kernel, pointer, run
from ._simd import MR, VECTOR

_IMAGES = 1 << 21  # bytes of the transposed images at most
_RESULTS = 1 << 20  # bytes of the transposed results that are worked on together
_TAPS = 128  # to sum up at least: with fewer, transposing costs more than the products
_CHANNELS = 64  # whose taps a tile sums up in one go


def suits(images, channels, filters, window, itemsize):
    """Say whether these images are small and many: a transposed batch of them stays in the second cache."""
    pixels, lanes = prod(window.out), VECTOR // itemsize
    return (
        images >= lanes
        and channels * prod(window.size) >= _TAPS
        and channels * prod(window.image) * (2 if images > lanes else 1) * VECTOR <= _IMAGES
        and min(MR, filters) * pixels * VECTOR <= _RESULTS
    )


def convolve(x, w, y, bias, window, groups, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (K, C, R, S) for C results."""
    channels, filters = x.shape[1] // groups, y.shape[1] // groups
    lanes, item = VECTOR // x.itemsize, x.itemsize
    image, pixels, taps = prod(window.image), prod(window.out), prod(window.size)
    width = 2 * lanes if x.shape[0] > lanes else lanes
    tiles = -(-filters // MR)
    rows = -(-filters // tiles)
    deep = -(-channels // -(-channels // _CHANNELS))
    plane = pixels * width + (lanes if pixels >= lanes else 0)  # apart by no power of two: they share a cache
    together = rows * max(1, min(-(-tiles // 2) if tiles > 1 else 1, _RESULTS // (rows * plane * item)))
    of_w = (taps, filters * taps) if flipped else (channels * taps, taps)  # steps along results and channels
    (top, _), (left, _) = window.pads
    windows, tables = _tables(channels, deep, window, width, of_w[1], flipped)
    numbers = (
        multiply_of(x.dtype), transpose_of(x.dtype), x.shape[0], groups, channels, *window.image, filters,
        window.size[0], taps, *window.out, *window.stride, window.dilation[0], top, left, lanes, width, rows, deep,
        together, plane, *of_w, windows, int(bias.size > 1),
    )  # fmt: skip
    scratch = channels * image * width + together * plane + lanes
    run(_convolve, y.size * channels * taps, x.dtype, (x, w, y, bias, *tables), numbers, scratch)


@lru_cache(256)
def _tables(channels, deep, window, width, step, flipped):
    """Return how many taps the windows have that the border leaves of the columns, all together, and tables.

    Where their taps (r, s, c) lie in the images and in a filter, for a full block of channels and for the last; the
    first tap of each column's window and how many are side by side; where the pixels of all channels go; the first
    numbers.
    """
    (H, W), (R, S), (d, e) = window.image, window.size, window.dilation
    inside = [_inside(q * window.stride[1] - window.pads[1][0], e, S, W) for q in range(window.out[1])]
    starts, places, steps, windows = {}, [], [], 0
    for columns in dict.fromkeys(inside):
        starts[columns] = windows
        windows += R * (columns[1] - columns[0])
    for block in (deep, (channels - 1) % deep + 1):
        for columns in starts:
            r, s, c = np.meshgrid(np.arange(R), np.arange(*columns), np.arange(block), indexing="ij")
            tap = r * S + s
            places.append((((r * d) * W + s * e) * channels + c) * width)
            steps.append(c * step + (R * S - 1 - tap if flipped else tap))
    c, pixel = np.meshgrid(np.arange(channels), np.arange(H * W), indexing="ij")
    return windows, (
        np.concatenate([p.ravel() for p in places]),
        np.concatenate([s.ravel() for s in steps]),
        np.array([(starts[columns], columns[1] - columns[0]) for columns in inside]).ravel(),
        (pixel * channels + c).ravel(),
        np.arange(VECTOR),
    )


def _inside(position, dilation, taps, length):
    """Return the taps t with 0 ≤ position + t·dilation < length, as a range."""
    first = max(0, (dilation - 1 - position) // dilation)
    return first, max(first, min(taps, (length - 1 - position) // dilation + 1))


_taps_inside = kernel(_inside)


def _convolve(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    places, steps, columns, orders, counting = (
        pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6]),
        pointer(numbers, numbers[7]), pointer(numbers, numbers[8]),
    )  # fmt: skip
    leaf, turn = numbers[9], numbers[10]
    N, groups, C, H, W, K, R, taps = (
        numbers[11], numbers[12], numbers[13], numbers[14], numbers[15], numbers[16], numbers[17], numbers[18],
    )  # fmt: skip
    P, Q, u, v, d, top, left = (
        numbers[19], numbers[20], numbers[21], numbers[22], numbers[23], numbers[24], numbers[25],
    )  # fmt: skip
    lanes, width, rows, deep, together, plane, row_w, channel_w, windows, step = (
        numbers[26], numbers[27], numbers[28], numbers[29], numbers[30], numbers[31], numbers[32], numbers[33],
        numbers[34], numbers[35],
    )  # fmt: skip
    image, pixels = C * H * W, P * Q
    result = image * width  # scratch: the images, the results
    shares = (K + together - 1) // together
    tasks = (N + width - 1) // width * groups * shares
    held = -1
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some filters of a block of images
        batch = task // shares
        group, n0 = batch % groups, batch // groups * width
        images = min(width, N - n0)
        whole = (images + lanes - 1) // lanes * lanes
        if batch != held:
            held = batch
            for i in range(0, image, lanes):
                for n in range(0, images, lanes):
                    transpose(
                        turn, x, ((n0 + n) * groups + group) * image + i, groups * image,
                        min(lanes, images - n), min(lanes, image - i),
                        memory, n, orders, i, width, lanes,
                    )  # fmt: skip
        first = task % shares * together
        last = min(K, first + together)
        for c in range(0, C, deep):
            some = min(deep, C - c)
            table = windows * deep if some < deep else 0
            for k in range(first, last, rows):
                m = min(rows, last - k)
                a = group * C * K * taps + k * row_w + c * channel_w
                b = (group * K + k) * step
                for p in range(P):
                    r0, r1 = _taps_inside(p * u - top, d, R, H)
                    for q in range(Q):
                        many = columns[2 * q + 1]
                        tap = table + (columns[2 * q] + r0 * many) * some
                        at = (((p * u - top) * W + q * v - left) * C + c) * width
                        out = result + (k - first) * plane + (p * Q + q) * width
                        if r1 > r0 and many > 0:
                            multiply(
                                leaf, m, whole, (r1 - r0) * many * some, w, a, row_w, steps, tap,
                                memory, at, places, tap, memory, out, plane, c, bias, b, step,
                            )  # fmt: skip
                        elif c == 0:
                            for i in range(m):
                                for n in range(whole):
                                    memory[out + i * plane + n] = bias[b + i * step]
        next_to, length = (1, pixels) if plane > pixels * width else (last - first, (last - first) * pixels)
        for k in range(first, last, next_to):
            for i in range(0, length, lanes):
                many = min(lanes, length - i)
                for n in range(0, images, lanes):
                    transpose(
                        turn, memory, result + (k - first) * plane + i * width + n, width, many, min(lanes, images - n),
                        y, (((n0 + n) * groups + group) * K + k) * pixels + i, counting, 0,
                        groups * K * pixels, many,
                    )  # fmt: skip
