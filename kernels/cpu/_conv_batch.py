"""Convolution of many small images: the batch is the vector.

    Y[k, p, q, :] = bias[k] + Σ_{r,s,c} w[k, c, r, s] · X[c, p·u + r·d - top, q·v + s·e - left, :]

Up to two vectors of images are transposed, so that a pixel of a channel is a row, one lane an image. Every pixel of the
result is then a tile of its own, over exactly those taps that lie in the image: padding costs nothing (of a 3×3 window
on a 2×2 image four taps in nine). The filters are packed tile by tile in the order (r, s, c), in which the taps of a
clipped window are neighbours.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._leaves import multiply, multiply_of, transpose, transpose_of
from ._numba import kernel, pointer, run
from ._simd import MR, VECTOR

_IMAGES = 1 << 21  # bytes of the transposed images at most
_RESULTS = 1 << 20  # bytes of the transposed results that are worked on together
_CHANNELS = 64  # whose taps a tile sums up in one go


def suits(images, channels, filters, window, itemsize):
    """Say whether these images are small and many: a transposed batch of them stays in the second cache."""
    pixels = prod(window.out)
    return (
        images >= VECTOR // itemsize
        and channels * prod(window.image) * VECTOR <= _IMAGES
        and min(MR, filters) * pixels * VECTOR <= _RESULTS
    )


def convolve(x, w, y, bias, window, groups, flipped):
    """Convolve into y; `flipped` reads w as the transpose of the convolution does, (K, C, R, S) for C results."""
    channels, filters, size = x.shape[1] // groups, y.shape[1] // groups, window.size
    lanes, item = VECTOR // x.itemsize, x.itemsize
    image, pixels, taps = prod(window.image), prod(window.out), prod(size)
    width = 2 * lanes if x.shape[0] > lanes and channels * image * 2 * VECTOR <= _IMAGES else lanes
    tiles = -(-filters // MR)
    rows = -(-filters // tiles)
    deep = -(-channels // -(-channels // _CHANNELS))
    together = rows * max(1, min(-(-tiles // 2) if tiles > 1 else 1, _RESULTS // (rows * pixels * width * item)))
    (top, _), (left, _) = window.pads
    numbers = (
        multiply_of(x.dtype), transpose_of(x.dtype), x.shape[0], groups, channels, *window.image, filters, *size,
        *window.out, *window.stride, *window.dilation, top, left, lanes, width, rows, deep, together, flipped,
        int(bias.size > 1),
    )  # fmt: skip
    tables = _tables(channels, deep, window.image, size, window.dilation, width, lanes, flipped)
    scratch = channels * image * width + rows * taps * deep + together * pixels * width + lanes
    run(_convolve, y.size * channels * taps, x.dtype, (x, w, y, bias, *tables), numbers, scratch)


@lru_cache(256)
def _tables(channels, deep, image, size, dilation, width, lanes, flipped):
    """Return the places of the taps of some channels in the images and among the packed filters, and the first numbers.

    The first two for a full block, and behind it for the last.
    """
    (H, W), (R, S), (d, e) = image, size, dilation
    places, orders = [], []
    for block in (deep, (channels - 1) % deep + 1):
        r, s, c = np.meshgrid(np.arange(R), np.arange(S), np.arange(block), indexing="ij")
        places.append(((c * H + r * d) * W + s * e) * width)
        c, tap = np.meshgrid(np.arange(block), np.arange(R * S), indexing="ij")
        orders.append((R * S - 1 - tap if flipped else tap) * block + c)
    return (
        np.concatenate([p.ravel() for p in places]),
        np.concatenate([o.ravel() for o in orders]),
        np.arange(lanes),
    )


@kernel
def _taps_inside(position, dilation, taps, length):
    """Return the taps t with 0 ≤ position + t·dilation < length, as a range."""
    first = max(0, (dilation - 1 - position) // dilation)
    return first, max(first, min(taps, (length - 1 - position) // dilation + 1))


def _convolve(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    places, orders, counting = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6])
    leaf, turn = numbers[7], numbers[8]
    N, groups, C, H, W, K, R, S = (
        numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14], numbers[15], numbers[16],
    )  # fmt: skip
    P, Q, u, v, d, e, top, left = (
        numbers[17], numbers[18], numbers[19], numbers[20], numbers[21], numbers[22], numbers[23], numbers[24],
    )  # fmt: skip
    lanes, width, rows, deep, together, flipped, step = (
        numbers[25], numbers[26], numbers[27], numbers[28], numbers[29], numbers[30], numbers[31],
    )  # fmt: skip
    taps, image, pixels = R * S, C * H * W, P * Q
    packed = image * width  # scratch: the images, one tile of filters, the results
    result = packed + rows * taps * deep
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
                        memory, i * width + n, counting, 0, width, lanes,
                    )  # fmt: skip
        first = task % shares * together
        last = min(K, first + together)
        for c in range(0, C, deep):
            some = min(deep, C - c)
            table = taps * deep if some < deep else 0
            for k in range(first, last, rows):
                m = min(rows, last - k)
                parts, pitch = (some, taps) if flipped else (1, C * taps)
                length = some * taps // parts
                for part in range(parts):
                    start = ((group * C + c + part) * K + k) * taps if flipped else ((group * K + k) * C + c) * taps
                    for i in range(0, length, lanes):
                        for h in range(0, m, lanes):
                            transpose(
                                turn, w, start + h * pitch + i, pitch, min(lanes, m - h), min(lanes, length - i),
                                memory, packed + part * m + h, orders, table + i, m, min(lanes, m - h),
                            )  # fmt: skip
                for p in range(P):
                    r0, r1 = _taps_inside(p * u - top, d, R, H)
                    for q in range(Q):
                        s0, s1 = _taps_inside(q * v - left, e, S, W)
                        at = ((c * H + p * u - top) * W + q * v - left) * width
                        out = result + ((k - first) * pixels + p * Q + q) * width
                        if r0 >= r1 or s0 >= s1:
                            for i in range(m if c == 0 else 0):
                                for n in range(whole):
                                    memory[out + i * pixels * width + n] = bias[(group * K + k + i) * step]
                            continue
                        runs, length = (1, (r1 - r0) * S) if s1 - s0 == S else (r1 - r0, s1 - s0)
                        for r in range(runs):
                            tap = ((r0 + r) * S + s0) * some
                            multiply(
                                leaf, m, whole, length * some, memory, packed + tap * m, 1, m,
                                memory, at, places, table + tap, memory, out, pixels * width, c + r,
                                bias, (group * K + k) * step, step,
                            )  # fmt: skip
        for i in range(0, (last - first) * pixels, lanes):
            many = min(lanes, (last - first) * pixels - i)
            for n in range(0, images, lanes):
                transpose(
                    turn, memory, result + i * width + n, width, many, min(lanes, images - n),
                    y, ((n0 + n) * groups + group) * K * pixels + first * pixels + i, counting, 0,
                    groups * K * pixels, many,
                )  # fmt: skip
