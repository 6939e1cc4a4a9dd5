"""Convolution on the CPU: three matrix products around one gather.

Take the outputs of one image in panels of NR flat pixels. `_gather` lays the inputs under each tap side by side,

    cols[(c,r,s), j] = x[n, c, p·u + r·d - top, q·v + s·e - left],     (p, q) = pixel j of the panel

and each of the three readings of the trilinear form is then a product of small matrices:

    y[n]      = w @ cols                 the sum over taps
    gx[n]    += scatter(wᵀ @ g[n])       `_scatter` is the transpose of `_gather`
    gwᵀ      += cols @ g[n]ᵀ             the sum over pixels

Only a few panels exist at a time (1 MB or less a thread, but for windows of thousands of taps), never the whole
im2col. Each task owns what it writes: panels of y, channels of an image of gx, a slice of the batch of gw; the slices
depend on the problem alone and are added in a fixed order. So the result is the same, bit for bit, for any number of
threads.
"""

from math import prod

import numpy as np

from ..ref import conv as _ref
from ._numba import COMPILED, canonical, kernel, pointer, run
from ._simd import MR, PANEL, add_lanes, copy_lanes, tile, tile_of

__all__ = ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"]

_CHUNK = 1 << 18  # bytes of one panel of cols: half of a small L2 cache
_GROUP = 1 << 19  # bytes of the panels that are worked on together
_DEEP = 1024  # filters of one panel of g
_SLICES = 8  # tasks that a weight gradient is cut into at least, where the batch allows


def conv2d(x, w, b, window, groups):
    """Convolve."""
    work = x.shape[0] * prod(window.out) * prod(w.shape)
    if not _served(x, work):
        return _ref.conv2d(x, w, b, window, groups)
    x, w = canonical(x), canonical(w)
    y = np.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    if b is not None:
        y[:] = b[:, None, None]
    width, channels, panels = _blocks(x.shape[1] // groups, window, x.itemsize)
    numbers = (tile_of(x.dtype), *_geometry(x.shape, w.shape, window, groups), width, channels, panels, b is not None)
    run(_forward, work, x.dtype, (x, w, y), numbers, panels * width * channels * prod(window.size))
    return y


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    work = g.size * prod(w.shape[1:])
    if not _served(g, work):
        return _ref.conv2d_input_grad(g, w, x_shape, window, groups)
    g, w = canonical(g), canonical(w)
    x = np.zeros(x_shape, g.dtype)
    width, channels, _ = _blocks(x_shape[1] // groups, window, g.itemsize)
    deep = min(w.shape[0] // groups, _DEEP)
    numbers = (tile_of(g.dtype), *_geometry(x_shape, w.shape, window, groups), width, channels, deep)
    run(_input_grad, work, g.dtype, (g, w, x), numbers, width * (channels * prod(window.size) + deep))
    return x


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    work = g.size * prod(w_shape[1:])
    if not _served(g, work):
        return _ref.conv2d_weight_grad(g, x, w_shape, window, groups)
    g, x = canonical(g), canonical(x)
    filters, taps, width = w_shape[0] // groups, prod(w_shape[1:]), PANEL // g.itemsize
    pitch = -(-filters // width) * width
    _, channels, panels = _blocks(w_shape[1], window, g.itemsize, beside=pitch)
    tasks = groups * -(-w_shape[1] // channels)
    slices = max(1, min(g.shape[0], -(-_SLICES // tasks), (1 << 23) // (prod(w_shape) * g.itemsize)))
    parts = np.zeros((slices, groups, taps, pitch), g.dtype)
    numbers = (tile_of(g.dtype), *_geometry(x.shape, w_shape, window, groups), width, channels, panels, slices, pitch)
    run(_weight_grad, work, g.dtype, (g, x, parts), numbers, panels * width * (channels * prod(window.size) + pitch))
    total = parts[0]
    for part in parts[1:]:
        total += part
    return np.ascontiguousarray(total[..., :filters].transpose(0, 2, 1)).reshape(w_shape)


def _served(x, work):
    return COMPILED and x.dtype in (np.float32, np.float64) and work > 0


def _geometry(x_shape, w_shape, window, groups):
    (top, _), (left, _) = window.pads
    n, c, h, w = x_shape
    k, _, r, s = w_shape
    return (n, c // groups, h, w, k // groups, r, s, *window.out, *window.stride, *window.dilation, top, left, groups)


def _blocks(channels, window, itemsize, beside=0):
    """Return the width of a panel, how many channels it takes, and how many go together with `beside` rows each."""
    width, taps = PANEL // itemsize, prod(window.size)
    channels = min(channels, max(1, _CHUNK // (taps * PANEL)))
    panels = -(-prod(window.out) // width)
    return width, channels, max(1, min(8, panels, _GROUP // ((channels * taps + beside) * PANEL)))


# The tasks. Below, C and K count the channels and filters of one group, "image" is n · groups + group, and `at` and
# the like are positions behind a pointer. The first of `numbers` are three addresses and that of the tile.


@kernel
def _read_geometry(numbers):
    return (
        numbers[4], numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11],
        numbers[12], numbers[13], numbers[14], numbers[15], numbers[16], numbers[17], numbers[18], numbers[19],
    )  # fmt: skip


@kernel
def _even(n):
    """Return how many rows a tile takes so that all tiles of n rows are about equal."""
    tiles = (n + MR - 1) // MR
    return (n + tiles - 1) // tiles


@kernel
def _gather(x, plane, channels, first, n, geometry, cols, at, width):
    """Lay out the inputs of `n` pixels from `first` on, under every tap of `channels` planes from position `plane`."""
    _, _, H, W, _, R, S, _, Q, u, v, d, e, top, left, _ = geometry
    done = 0
    while done < n:  # a run: neighbours in one row of the output, one vector at most
        p = (first + done) // Q
        q = first + done - p * Q
        length = min(width // 2, Q - q, n - done)
        row = at + done
        for c in range(channels):
            for r in range(R):
                h = p * u + r * d - top
                start = plane + (c * H + h) * W
                for s in range(S):
                    w = q * v + s * e - left
                    if h < 0 or h >= H:
                        copy_lanes(x, 0, cols, row, 0, 0, length)
                    elif v == 1:
                        copy_lanes(x, start + w, cols, row, max(-w, 0), W - w, length)
                    else:
                        for i in range(length):
                            cols[row + i] = x[start + w + i * v] if 0 <= w + i * v < W else 0
                    row += width
        done += length


@kernel
def _scatter(cols, at, width, x, plane, channels, first, n, geometry):
    """Add a panel back to the inputs it would have been gathered from."""
    _, _, H, W, _, R, S, _, Q, u, v, d, e, top, left, _ = geometry
    done = 0
    while done < n:
        p = (first + done) // Q
        q = first + done - p * Q
        length = min(width // 2, Q - q, n - done)
        row = at + done
        for c in range(channels):
            for r in range(R):
                h = p * u + r * d - top
                start = plane + (c * H + h) * W
                if 0 <= h < H:
                    for s in range(S):
                        w = q * v + s * e - left
                        tap = row + s * width
                        if v == 1:
                            add_lanes(cols, tap, x, start + w, max(-w, 0), min(length, W - w))
                        else:
                            for i in range(length):
                                if 0 <= w + i * v < W:
                                    x[start + w + i * v] += cols[tap + i]
                row += S * width
        done += length


@kernel
def _transpose(g, start, pixels, filters, n, panel, at, width):
    """Lay out g[k, j] as panels of filters: panel[k // width][j][k % width]."""
    for k in range(0, filters, width):
        for i in range(min(width, filters - k)):
            place = at + k * width + i
            for j in range(n):
                panel[place + j * width] = g[start + (k + i) * pixels + j]


def _forward(cols, numbers, t, threads):
    x, w, y = pointer(cols, numbers[0]), pointer(cols, numbers[1]), pointer(cols, numbers[2])
    geometry = _read_geometry(numbers)
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width, channels, panels, biased = numbers[20], numbers[21], numbers[22], numbers[23]
    pixels, taps, rows, together = P * Q, C * R * S, _even(K), panels * width
    bundles = (pixels + together - 1) // together
    tasks = N * groups * bundles
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns a bundle of panels of y
        image = task // bundles
        first = (task - image * bundles) * together
        stop = min(pixels, first + together)
        filters = (image % groups) * K
        for c in range(0, C, channels):
            some = min(channels, C - c)
            depth = some * R * S
            for pixel in range(first, stop, width):
                plane = (image * C + c) * H * W
                _gather(x, plane, some, pixel, min(width, stop - pixel), geometry, cols, (pixel - first) * depth, width)
            for k in range(0, K, rows):
                for pixel in range(first, stop, width):
                    tile(
                        numbers[3], min(rows, K - k), min(width, stop - pixel), depth,
                        w, (filters + k) * taps + c * R * S, taps, 1,
                        cols, (pixel - first) * depth, width,
                        y, (image * K + k) * pixels + pixel, pixels, biased + c,
                    )  # fmt: skip


def _input_grad(cols, numbers, t, threads):
    g, w, x = pointer(cols, numbers[0]), pointer(cols, numbers[1]), pointer(cols, numbers[2])
    geometry = _read_geometry(numbers)
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width, channels, deep = numbers[20], numbers[21], numbers[22]
    pixels, taps = P * Q, C * R * S
    packed = channels * R * S * width  # where the panel of g begins
    chunks = (C + channels - 1) // channels
    tasks = N * groups * chunks
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some channels of one image of gx
        image = task // chunks
        c = (task - image * chunks) * channels
        some = min(channels, C - c)
        depth = some * R * S
        rows = _even(depth)
        filters = (image % groups) * K
        for pixel in range(0, pixels, width):
            n = min(width, pixels - pixel)
            for k in range(0, K, deep):
                for i in range(min(deep, K - k)):
                    start, place = (image * K + k + i) * pixels + pixel, packed + i * width
                    for j in range(n):
                        cols[place + j] = g[start + j]
                for i in range(0, depth, rows):
                    tile(
                        numbers[3], min(rows, depth - i), n, min(deep, K - k),
                        w, (filters + k) * taps + c * R * S + i, 1, taps,
                        cols, packed, width,
                        cols, i * width, width, k,
                    )  # fmt: skip
            _scatter(cols, 0, width, x, (image * C + c) * H * W, some, pixel, n, geometry)


def _weight_grad(cols, numbers, t, threads):
    g, x, parts = pointer(cols, numbers[0]), pointer(cols, numbers[1]), pointer(cols, numbers[2])
    geometry = _read_geometry(numbers)
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width, channels, panels, slices, pitch = numbers[20], numbers[21], numbers[22], numbers[23], numbers[24]
    pixels, taps, together = P * Q, C * R * S, panels * width
    packed = together * channels * R * S  # where the panels of g begin
    chunks = (C + channels - 1) // channels
    tasks = slices * groups * chunks
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns some taps of one slice's part
        part = task // chunks  # slice · groups + group
        c = (task - part * chunks) * channels
        some = min(channels, C - c)
        depth = some * R * S
        rows = _even(depth)
        piece = part // groups
        for n in range(N * piece // slices, N * (piece + 1) // slices):
            image = n * groups + part % groups
            for first in range(0, pixels, together):
                stop = min(pixels, first + together)
                for pixel in range(first, stop, width):
                    many, plane = min(width, stop - pixel), (image * C + c) * H * W
                    _gather(x, plane, some, pixel, many, geometry, cols, (pixel - first) * depth, width)
                    _transpose(
                        g, image * K * pixels + pixel, pixels, K, many, cols, packed + (pixel - first) * pitch, width
                    )
                for k in range(0, K, width):
                    for i in range(0, depth, rows):
                        for pixel in range(first, stop, width):
                            tile(
                                numbers[3], min(rows, depth - i), min(width, K - k), min(width, stop - pixel),
                                cols, (pixel - first) * depth + i * width, width, 1,
                                cols, packed + (pixel - first) * pitch + k * width, width,
                                parts, (part * taps + c * R * S + i) * pitch + k, pitch, 1,
                            )  # fmt: skip
