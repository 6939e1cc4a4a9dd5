"""Convolution by panels: two vectors of pixels under every tap, gathered just before use.

    Y[k, i, j] = bias[k] + Σ_{c,t} w[k, c, pick[t]] · X[c, i·u + h[t], j·v + w[t]]

Any stride, any dilation, any list of taps. The pixels of a batch are one row: where an image ends another begins, in
the same panel. Nothing but some panels of one depth is ever gathered, at most about 1 MB.

The input gradient reads the filters where they lie, channels and filters exchanged. Strided, it is one convolution of
the cotangent for each remainder of (h, w) by (u, v): the taps that reach those inputs, at stride 1, and every u-th row
and v-th column of the result.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._leaves import add_lanes, copy_second_lanes, multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL, copy_lanes

_DEPTH = 1152  # taps that a tile sums up in one go, about
_TOGETHER = 4  # panels that share one pass over the filters


def convolve(x, w, y, bias, window, groups):
    """Convolve into y."""
    (R, S), (d, e), ((top, _), (left, _)) = window.size, window.dilation, window.pads
    image, out = window.image, window.out
    channels, filters, taps = w.shape[1], y.shape[1] // groups, R * S
    if taps == 1 and window.stride == (1, 1) and image == out:  # an image is as good as one long row
        image, out = (1, prod(image)), (1, prod(out))
    of_w = (channels * taps, taps, filters * channels * taps)
    _run(x, w, y, bias, groups, image, out, window.stride, *_taps(R, S, d, e, top, left), of_w, (0, out[1], 1))


def input_grad(g, w, gx, window, groups, zero):
    """Compute the input gradient, all of it at stride 1, else into gx that is zero; `zero` is a bias of none."""
    channels, filters, taps = gx.shape[1] // groups, g.shape[1] // groups, prod(window.size)
    (H, W), (u, v) = window.image, window.stride
    of_w = (taps, channels * taps, filters * channels * taps)
    if taps == 1 and (u, v) == (1, 1) and window.image == window.out:
        flat = (1, H * W)
        _run(g, w, gx, zero, groups, flat, flat, (1, 1), *_taps(1, 1, 1, 1, 0, 0), of_w, (0, H * W, 1))
        return
    for a, b in _reached(window):
        grid, where = ((H - a + u - 1) // u, (W - b + v - 1) // v), (a * W + b, u * W, v)
        _run(g, w, gx, zero, groups, window.out, grid, (1, 1), *_phase(window, a, b), of_w, where)


def _run(x, w, y, bias, groups, image, out, stride, rows, columns, picks, of_w, where):
    """Do one convolution: steps of w along results, channels and groups; `where` in each plane its results go."""
    channels, results, taps = x.shape[1] // groups, y.shape[1] // groups, rows.size
    width = PANEL // x.itemsize
    deep = max(1, min(channels, _DEPTH // taps))
    deep = -(-channels // -(-channels // deep))
    tiles = -(-results // MR)
    numbers = (
        multiply_of(x.dtype), x.shape[0], groups, channels, *image, results, taps, *out, *stride, *of_w, deep,
        -(-results // tiles), width, *where, prod(y.shape[2:]), int(bias.size > 1),
    )  # fmt: skip
    steps, table = _tables(deep, of_w[1], picks.tobytes(), width)
    scratch = width * (_TOGETHER * deep * taps + MR + 1)
    work = x.shape[0] * groups * results * prod(out) * channels * taps
    run(_gathered, work, x.dtype, (x, w, y, bias, rows, columns, steps, table), numbers, scratch)


@lru_cache(256)
def _taps(R, S, d, e, top, left):
    """Return the rows and the columns of all taps, and their numbers."""
    r, s = np.meshgrid(np.arange(R) * d - top, np.arange(S) * e - left, indexing="ij")
    return r.ravel(), s.ravel(), np.arange(R * S)


@lru_cache(256)
def _reached(window):
    """Return the remainders of (h, w) by (u, v) that some tap reaches: of large strides, not many."""
    each = zip(window.size, window.stride, window.dilation, window.pads, window.image, strict=True)
    rows, columns = (
        [a for a in sorted({(t * d - pad) % u for t in range(n)}) if a < length] for n, u, d, (pad, _), length in each
    )
    return [(a, b) for a in rows for b in columns]


@lru_cache(256)
def _phase(window, a, b):
    """Return the taps that reach the inputs (a + i·u, b + j·v): rows, columns, and which they are."""
    along = []
    for start, n, u, d, (pad, _) in zip((a, b), window.size, window.stride, window.dilation, window.pads, strict=True):
        tap = np.arange(n)
        tap = tap[(start + pad - tap * d) % u == 0]
        along.append((tap, (start + pad - tap * d) // u))
    (r, p), (s, q) = along
    rows, columns = np.meshgrid(p, q, indexing="ij")
    return rows.ravel(), columns.ravel(), (r[:, None] * window.size[1] + s).ravel()


@lru_cache(256)
def _tables(deep, step, picks, width):
    """Return where the taps of some channels lie in a filter, and in a panel."""
    picks = np.frombuffer(picks, np.int64)
    steps = (np.arange(deep)[:, None] * step + picks).ravel()
    return steps, np.arange(steps.size) * width


@kernel
def _gather(x, group, groups, channels, c, taps, rows, columns, first, n, H, W, P, Q, u, v, some, panel, at, width):
    """Lay out the inputs of `n` pixels of the batch from `first` on, under every tap of `some` channels from `c` on."""
    done = 0
    while done < n:  # a run: neighbours in one row of the output, one vector at most
        line = (first + done) // Q
        image = line // P
        p, q = line - image * P, first + done - line * Q
        length = min(width // 2, Q - q, n - done)
        row, plane = at + done, ((image * groups + group) * channels + c) * H * W
        for _ in range(some):
            for i in range(taps):
                h, w = p * u + rows[i], q * v + columns[i]
                start = plane + h * W + w
                if h < 0 or h >= H:
                    copy_lanes(x, 0, panel, row, 0, 0, length)
                elif v == 1:
                    copy_lanes(x, start, panel, row, -w, W - w, length)
                elif v == 2:
                    copy_second_lanes(x, start, panel, row, (1 - w) // 2, (W - w + 1) // 2, length)
                else:
                    for j in range(length):
                        panel[row + j] = x[start + j * v] if 0 <= w + j * v < W else 0
                row += width
            plane += H * W
        done += length


@kernel
def _scatter(tile, at, m, n, first, y, group, groups, results, k, plane, P, Q, start, row, column, add, width):
    """Put the results of `n` pixels of the batch from `first` on, m of each, where they go."""
    done, whole = 0, column == 1 and row == Q  # results of an image are neighbours
    while done < n:
        line = (first + done) // Q
        image = line // P
        p, q = line - image * P, first + done - line * Q
        length = min(width // 2, n - done, (P - p) * Q - q if whole else Q - q)
        to = ((image * groups + group) * results + k) * plane + start + p * row + q * column
        for i in range(m):
            if column == 1:
                add_lanes(tile, at + i * width + done, y, to + i * plane, length, add)
            else:
                for j in range(length):
                    place = to + i * plane + j * column
                    old = y[place] if add else 0
                    y[place] = old + tile[at + i * width + done + j]
        done += length


def _gathered(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    rows, columns, steps, table = (
        pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6]),
        pointer(numbers, numbers[7]),
    )  # fmt: skip
    leaf, N, groups, C, H, W, K, taps, P, Q, u, v = (
        numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14], numbers[15],
        numbers[16], numbers[17], numbers[18], numbers[19],
    )  # fmt: skip
    row_w, channel_w, group_w, deep, high, width, start, step_row, step_column, plane, step = (
        numbers[20], numbers[21], numbers[22], numbers[23], numbers[24], numbers[25], numbers[26], numbers[27],
        numbers[28], numbers[29], numbers[30],
    )  # fmt: skip
    pixels = P * Q
    bundle, bundles = _TOGETHER * width, (N * pixels + _TOGETHER * width - 1) // (_TOGETHER * width)
    whole = step_column == 1 and (step_row == Q or P == 1)
    tile = _TOGETHER * deep * taps * width  # scratch: panels, then a tile of results that go apart, then a zero
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
                    x, group, groups, C, c, taps, rows, columns, first, min(width, end - first), H, W, P, Q, u, v, some,
                    memory, (first - begin) * depth, width,
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
                            y, ((image * groups + group) * K + k) * plane + start + pixel, plane, c, bias, b, step,
                        )  # fmt: skip
                    else:
                        multiply(
                            leaf, m, n, depth, w, a, row_w, steps, 0, memory, panel, table, 0,
                            memory, tile, width, 0,
                            memory if c else bias, nothing if c else b, 0 if c else step,
                        )  # fmt: skip
                        _scatter(
                            memory, tile, m, n, first, y, group, groups, K, k, plane, P, Q, start, step_row,
                            step_column, c, width,
                        )  # fmt: skip
