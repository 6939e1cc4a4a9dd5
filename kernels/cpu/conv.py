"""Convolution on the CPU: three matrix products around one gather.

Take the outputs of one image in panels of NR flat pixels. `_gather` lays the inputs under each tap side by side,

    cols[(c,r,s), j] = x[n, c, p·u + r·d - top, q·v + s·e - left],     (p, q) = pixel j of the panel

and each of the three readings of the trilinear form is then a product of small matrices:

    y[n]      = w @ cols                 the sum over taps
    gx[n]    += scatter(wᵀ @ g[n])       `_scatter` is the transpose of `_gather`
    gwᵀ      += cols @ g[n]ᵀ             the sum over pixels

Only a few panels exist at a time (less than 2 MB a thread), never the whole im2col. Each task owns what it writes:
panels of y, channels of an image of gx, a slice of the batch of gw; the slices depend on the problem alone and are
added in a fixed order. So the result is the same, bit for bit, for any number of threads.
"""

from math import prod

import numba
import numpy as np

from ..ref import conv as _ref
from ._numba import canonical, kernel, run, thread_count, workspace
from ._simd import MR, PANEL, VECTOR, add_lanes, copy_lanes, tile

__all__ = ["conv2d", "conv2d_input_grad", "conv2d_weight_grad"]

_CHUNK = 1 << 18  # bytes of one panel of cols: half of a small L2 cache
_GROUP = 1 << 19  # bytes of the panels that are worked on together
_DEEP = 1024  # filters of one panel of g
_SLICES = 8  # tasks that a weight gradient is cut into at least, where the batch allows


def conv2d(x, w, b, window, groups):
    """Convolve."""
    shape = (x.shape[0], w.shape[0], *window.out)
    if not _served(x, prod(shape) * prod(w.shape[1:])):
        return _ref.conv2d(x, w, b, window, groups)
    x, w = canonical(x), canonical(w)
    y = np.empty(shape, x.dtype)
    if b is not None:
        y[:] = b[:, None, None]
    geometry = _geometry(x.shape, w.shape, window, groups)
    work = y.size * prod(w.shape[1:])
    channels, panels = _blocks(geometry, x.itemsize)
    memory = workspace(thread_count(work), panels * channels * prod(window.size) * (PANEL // x.itemsize), x.dtype)
    run(_forward, work, x.reshape(-1), w.reshape(-1), y.reshape(-1), b is not None, geometry, channels, panels, memory)
    return y


def conv2d_input_grad(g, w, x_shape, window, groups):
    """Spread every output over the inputs it was made from."""
    work = g.size * prod(w.shape[1:])
    if not _served(g, work):
        return _ref.conv2d_input_grad(g, w, x_shape, window, groups)
    g, w = canonical(g), canonical(w)
    x = np.zeros(x_shape, g.dtype)
    geometry = _geometry(x_shape, w.shape, window, groups)
    channels, _ = _blocks(geometry, g.itemsize)
    rows = channels * prod(window.size) + min(w.shape[0] // groups, _DEEP)
    memory = workspace(thread_count(work), rows * (PANEL // g.itemsize), g.dtype)
    run(_input_grad, work, g.reshape(-1), w.reshape(-1), x.reshape(-1), geometry, channels, memory)
    return x


def conv2d_weight_grad(g, x, w_shape, window, groups):
    """Correlate outputs with inputs."""
    work = g.size * prod(w_shape[1:])
    if not _served(g, work):
        return _ref.conv2d_weight_grad(g, x, w_shape, window, groups)
    g, x = canonical(g), canonical(x)
    geometry = _geometry(x.shape, w_shape, window, groups)
    channels, panels = _blocks(geometry, g.itemsize)
    filters, taps, width = w_shape[0] // groups, prod(w_shape[1:]), PANEL // g.itemsize
    blocks = -(-filters // width)
    tasks = groups * -(-w_shape[1] // channels)
    slices = max(1, min(g.shape[0], -(-_SLICES // tasks), (1 << 23) // (prod(w_shape) * g.itemsize)))
    parts = np.zeros((slices, groups, taps, blocks * width), g.dtype)
    memory = workspace(
        thread_count(work), panels * width * (channels * prod(window.size) + blocks * width), g.dtype
    )
    run(_weight_grad, work, g.reshape(-1), x.reshape(-1), parts, geometry, channels, panels, memory)
    total = parts[0]
    for part in parts[1:]:
        total += part
    return np.ascontiguousarray(total[..., :filters].transpose(0, 2, 1)).reshape(w_shape)


def _served(x, work):
    return x.dtype in (np.float32, np.float64) and work > 0


def _geometry(x_shape, w_shape, window, groups):
    (top, _), (left, _) = window.pads
    return (*x_shape, *w_shape[:1], *w_shape[2:], *window.out, *window.stride, *window.dilation, top, left, groups)


def _blocks(geometry, itemsize):
    """Return how many channels a panel takes, and how many panels go together."""
    _, channels, _, _, _, r, s, p, q, *_, groups = geometry
    channels = min(channels // groups, max(1, _CHUNK // (r * s * PANEL)))
    panels = -(-p * q * itemsize // PANEL)
    return channels, max(1, min(8, panels, _GROUP // (channels * r * s * PANEL)))


@kernel
def _gather(x, plane, channels, first, n, geometry, cols, at):
    """Lay out the inputs of `n` pixels from `first` on, under every tap of `channels` planes from position `plane`."""
    _, _, H, W, _, R, S, _, Q, u, v, d, e, top, left, _ = geometry
    width, lanes = PANEL // cols.itemsize, VECTOR // cols.itemsize
    done = 0
    while done < n:  # a run: neighbours in one row of the output
        p = (first + done) // Q
        q = first + done - p * Q
        length = min(lanes, Q - q, n - done)
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
                        copy_lanes(x, start + w, cols, row, min(max(-w, 0), length), max(min(length, W - w), 0), length)
                    else:
                        for l in range(length):
                            cols[row + l] = x[start + w + l * v] if 0 <= w + l * v < W else 0
                    row += width
        done += length


@kernel
def _scatter(cols, at, x, plane, channels, first, n, geometry):
    """Add a panel back to the inputs it would have been gathered from."""
    _, _, H, W, _, R, S, _, Q, u, v, d, e, top, left, _ = geometry
    width, lanes = PANEL // cols.itemsize, VECTOR // cols.itemsize
    done = 0
    while done < n:
        p = (first + done) // Q
        q = first + done - p * Q
        length = min(lanes, Q - q, n - done)
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
                            add_lanes(cols, tap, x, start + w, min(max(-w, 0), length), max(min(length, W - w), 0))
                        else:
                            for l in range(length):
                                if 0 <= w + l * v < W:
                                    x[start + w + l * v] += cols[tap + l]
                row += S * width
        done += length


@kernel
def _even(n):
    """Return how many rows a tile takes so that all tiles of n rows are about equal."""
    tiles = (n + MR - 1) // MR
    return (n + tiles - 1) // tiles


@kernel
def _forward_share(x, w, y, biased, geometry, channels, panels, cols, t, threads):
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width = PANEL // x.itemsize
    C, K = C // groups, K // groups
    pixels, taps = P * Q, C * R * S
    together = panels * width
    bundles = (pixels + together - 1) // together
    rows = _even(K)
    tasks = N * groups * bundles
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):
        image = task // bundles  # n · groups + group
        first = (task - image * bundles) * together
        stop = min(pixels, first + together)
        filters = (image % groups) * K
        for c in range(0, C, channels):
            some = min(channels, C - c)
            depth = some * R * S
            for pixel in range(first, stop, width):
                plane = (image * C + c) * H * W
                _gather(x, plane, some, pixel, min(width, stop - pixel), geometry, cols, (pixel - first) * depth)
            for k in range(0, K, rows):
                for pixel in range(first, stop, width):
                    tile(
                        min(rows, K - k), min(width, stop - pixel), depth,
                        w, (filters + k) * taps + c * R * S, taps, 1,
                        cols, (pixel - first) * depth,
                        y, (image * K + k) * pixels + pixel, pixels, 1 if biased or c > 0 else 0,
                    )  # fmt: skip


@kernel(parallel=True)
def _forward(x, w, y, biased, geometry, channels, panels, memory, threads):
    if threads == 1:
        _forward_share(x, w, y, biased, geometry, channels, panels, memory[0], 0, 1)
    else:
        for t in numba.prange(threads):
            _forward_share(x, w, y, biased, geometry, channels, panels, memory[t], t, threads)


@kernel
def _input_share(g, w, x, geometry, channels, memory, t, threads):
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width = PANEL // g.itemsize
    C, K = C // groups, K // groups
    pixels, taps = P * Q, C * R * S
    chunks = (C + channels - 1) // channels
    packed = channels * R * S * width  # where the panel of g begins
    tasks = N * groups * chunks
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):
        image = task // chunks
        c = (task - image * chunks) * channels
        some = min(channels, C - c)
        depth = some * R * S
        rows = _even(depth)
        filters = (image % groups) * K
        for pixel in range(0, pixels, width):
            n = min(width, pixels - pixel)
            for k in range(0, K, _DEEP):
                deep = min(_DEEP, K - k)
                for i in range(deep):
                    start = (image * K + k + i) * pixels + pixel
                    for j in range(n):
                        memory[packed + i * width + j] = g[start + j]
                    for j in range(n, width):
                        memory[packed + i * width + j] = 0
                for i in range(0, depth, rows):
                    tile(
                        min(rows, depth - i), n, deep,
                        w, (filters + k) * taps + c * R * S + i, 1, taps,
                        memory, packed,
                        memory, i * width, width, 1 if k > 0 else 0,
                    )  # fmt: skip
            _scatter(memory, 0, x, (image * C + c) * H * W, some, pixel, n, geometry)


@kernel(parallel=True)
def _input_grad(g, w, x, geometry, channels, memory, threads):
    if threads == 1:
        _input_share(g, w, x, geometry, channels, memory[0], 0, 1)
    else:
        for t in numba.prange(threads):
            _input_share(g, w, x, geometry, channels, memory[t], t, threads)


@kernel
def _weight_share(g, x, parts, geometry, channels, panels, memory, t, threads):
    N, C, H, W, K, R, S, P, Q, _, _, _, _, _, _, groups = geometry
    width = PANEL // g.itemsize
    C, K = C // groups, K // groups
    pixels = P * Q
    chunks = (C + channels - 1) // channels
    together = panels * width
    pitch = parts.shape[3]
    packed = together * channels * R * S
    tasks = len(parts) * groups * chunks
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):
        piece = task // (groups * chunks)
        group = task // chunks % groups
        c = task % chunks * channels
        some = min(channels, C - c)
        depth = some * R * S
        rows = _even(depth)
        part = parts[piece, group].reshape(-1)
        for n in range(N * piece // len(parts), N * (piece + 1) // len(parts)):
            image = n * groups + group
            for first in range(0, pixels, together):
                stop = min(pixels, first + together)
                for pixel in range(first, stop, width):
                    plane = (image * C + c) * H * W
                    _gather(x, plane, some, pixel, min(width, stop - pixel), geometry, memory, (pixel - first) * depth)
                    _transpose(g, image * K * pixels + pixel, pixels, K, min(width, stop - pixel), memory,
                               packed + (pixel - first) * pitch)  # fmt: skip
                for k in range(0, K, width):
                    for i in range(0, depth, rows):
                        for pixel in range(first, stop, width):
                            tile(
                                min(rows, depth - i), min(width, K - k), min(width, stop - pixel),
                                memory, (pixel - first) * depth + i * width, width, 1,
                                memory, packed + (pixel - first) * pitch + k * width,
                                part, (c * R * S + i) * pitch + k, pitch, 1,
                            )  # fmt: skip


@kernel
def _transpose(g, start, pixels, filters, n, panel, at):
    """Lay out g[k, j] as panels of NR filters: panel[k // NR][j][k % NR], zeros after the last filter."""
    width = PANEL // g.itemsize
    for k in range(0, filters, width):
        for i in range(width):
            place = at + k * width + i
            if k + i < filters:
                for j in range(n):
                    panel[place + j * width] = g[start + (k + i) * pixels + j]
            else:
                for j in range(n):
                    panel[place + j * width] = 0


@kernel(parallel=True)
def _weight_grad(g, x, parts, geometry, channels, panels, memory, threads):
    if threads == 1:
        _weight_share(g, x, parts, geometry, channels, panels, memory[0], 0, 1)
    else:
        for t in numba.prange(threads):
            _weight_share(g, x, parts, geometry, channels, panels, memory[t], t, threads)
