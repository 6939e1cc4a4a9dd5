"""Convolution by panels: two vectors of pixels under every tap, gathered just before use.

    Y[k, i, j] = bias[k] + Σ_{c,t} w[k, (c, t)] · X[c, i·u + h[t], j·v + w[t]]

Any stride, any dilation, any list of taps. The input gradient of a strided convolution is one such convolution of the
cotangent for each remainder of (h, w) by (u, v): the taps that reach those inputs, at stride 1, and every u-th row and
v-th column of the result. Nothing but a few panels of one depth is ever gathered, at most about 1 MB.
"""

from functools import lru_cache
from math import prod

import numpy as np

from ._conv_turn import TURNED, turn
from ._leaves import copy_second_lanes, multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL, copy_lanes

_DEPTH = 1152  # taps that a tile sums up in one go, about
_TOGETHER = 4  # panels that share one pass over the filters


def convolve(x, w, y, bias, window, groups):
    """Convolve into y."""
    (R, S), (d, e), ((top, _), (left, _)) = window.size, window.dilation, window.pads
    image, out = window.image, window.out
    depth = prod(w.shape[1:])
    if (R, S) == window.stride == (1, 1) and image == out:  # an image is as good as one long row
        image, out = (1, prod(image)), (1, prod(out))
    rows, columns = _taps(R, S, d, e, top, left)
    strides, where = (depth, 1, depth * (y.shape[1] // groups)), (0, out[1], 1, prod(out), 0)
    _run(x, w, y, bias, groups, image, out, window.stride, rows, columns, strides, where)


def input_grad(g, w, gx, window, groups, zero):
    """Compute the input gradient, all of it at stride 1, else into gx that is zero; `zero` is a bias of none."""
    channels, filters, taps = gx.shape[1] // groups, g.shape[1] // groups, prod(window.size)
    (H, W), (u, v) = window.image, window.stride
    if taps == 1 and (u, v) == (1, 1) and window.image == window.out:
        flat = (1, H * W)
        strides = (1, channels, filters * channels)
        _run(g, w, gx, zero, groups, flat, flat, (1, 1), *_taps(1, 1, 1, 1, 0, 0), strides, (0, H * W, 1, H * W, 0))
        return
    for a, b in _reached(window):
        grid = ((H - a + u - 1) // u, (W - b + v - 1) // v)
        rows, columns, picks = _phase(window, a, b)
        depth = filters * picks.size
        some = max(1, min(channels, TURNED // (depth * g.itemsize * groups)))
        turned = np.empty(groups * some * depth, g.dtype)
        for c in range(0, channels, some):
            part = min(some, channels - c)
            turn(w, turned, picks, groups, c, part)
            where = (a * W + b, u * W, v, H * W, c, part)
            strides = (depth, 1, depth * part)
            _run(g, turned, gx, zero, groups, window.out, grid, (1, 1), rows, columns, strides, where)


def _run(x, w, y, bias, groups, image, out, stride, rows, columns, strides, where):
    """Do one convolution: `strides` of w along results, depth and groups; `where` its results go in y."""
    start, step_row, step_column, plane, first, *part = where
    channels, total, taps = x.shape[1] // groups, y.shape[1] // groups, rows.size
    results = part[0] if part else total
    width = PANEL // x.itemsize
    deep = max(1, min(channels, _DEPTH // taps))
    deep = -(-channels // -(-channels // deep))
    tile = -(-results // -(-results // MR))
    numbers = (
        multiply_of(x.dtype), x.shape[0], groups, channels, *image, results, taps, *out, *stride, *strides, deep, tile,
        width, start, step_row, step_column, plane, first, total, int(bias.size > 1),
    )  # fmt: skip
    table = _rows_of_panel(deep * taps, width)
    scratch = width * (_TOGETHER * deep * taps + MR + 1)
    work = x.shape[0] * groups * results * prod(out) * channels * taps
    run(_gathered, work, x.dtype, (x, w, y, bias, rows, columns, table), numbers, scratch)


@lru_cache(256)
def _taps(R, S, d, e, top, left):
    """Return the rows and the columns of all taps."""
    r, s = np.meshgrid(np.arange(R) * d - top, np.arange(S) * e - left, indexing="ij")
    return r.ravel(), s.ravel()


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
def _rows_of_panel(depth, width):
    return np.arange(depth) * width


@kernel
def _gather(x, plane, channels, taps, rows, columns, first, n, H, W, Q, u, v, panel, at, width):
    """Lay out the inputs of `n` pixels from `first` on, under every tap of `channels` planes from position `plane`."""
    done = 0
    while done < n:  # a run: neighbours in one row of the output, one vector at most
        p = (first + done) // Q
        q = first + done - p * Q
        length = min(width // 2, Q - q, n - done)
        row = at + done
        for c in range(channels):
            for i in range(taps):
                h, w = p * u + rows[i], q * v + columns[i]
                start = plane + (c * H + h) * W + w
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
        done += length


def _gathered(memory, numbers, t, threads):
    x, w, y, bias = (
        pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2]),
        pointer(memory, numbers[3]),
    )  # fmt: skip
    rows, columns, table = pointer(numbers, numbers[4]), pointer(numbers, numbers[5]), pointer(numbers, numbers[6])
    leaf, N, groups, C, H, W, K, taps, P, Q, u, v = (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14],
        numbers[15], numbers[16], numbers[17], numbers[18],
    )  # fmt: skip
    row_a, col_a, group_a, deep, tile, width, start, step_row, step_column, plane, before, total, step = (
        numbers[19], numbers[20], numbers[21], numbers[22], numbers[23], numbers[24], numbers[25], numbers[26],
        numbers[27], numbers[28], numbers[29], numbers[30], numbers[31],
    )  # fmt: skip
    pixels = P * Q
    each = (pixels + width - 1) // width  # panels of an image
    bundles = (N * each + _TOGETHER - 1) // _TOGETHER
    direct = step_column == 1 and (step_row == Q or P == 1)
    buffer = _TOGETHER * deep * taps * width  # scratch: panels, then a tile of results that go apart
    tasks = groups * bundles
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):  # owns a bundle of panels of y
        group, begin = task // bundles, task % bundles * _TOGETHER
        stop = min(N * each, begin + _TOGETHER)
        for c in range(0, C, deep):
            some = min(deep, C - c)
            depth = some * taps
            for g in range(begin, stop):
                image, first = g // each * groups + group, g % each * width
                _gather(
                    x, (image * C + c) * H * W, some, taps, rows, columns, first, min(width, pixels - first),
                    H, W, Q, u, v, memory, (g - begin) * depth * width, width,
                )  # fmt: skip
            for k in range(0, K, tile):
                m = min(tile, K - k)
                a = group * group_a + k * row_a + c * taps * col_a
                b = (group * total + before + k) * step
                for g in range(begin, stop):
                    first = g % each * width
                    n = min(width, pixels - first)
                    panel = (g - begin) * depth * width
                    out = ((g // each * groups + group) * total + before + k) * plane + start
                    if direct:
                        multiply(
                            leaf, m, n, depth, w, a, row_a, col_a, memory, panel, table, 0,
                            y, out + first, plane, c, bias, b, step,
                        )  # fmt: skip
                        continue
                    multiply(
                        leaf, m, n, depth, w, a, row_a, col_a, memory, panel, table, 0,
                        memory, buffer, width, 0, bias, b, step,
                    )  # fmt: skip
                    for j in range(n):
                        p = (first + j) // Q
                        at = out + p * step_row + (first + j - p * Q) * step_column
                        for i in range(m):
                            old = y[at + i * plane] if c > 0 else 0
                            y[at + i * plane] = old + memory[buffer + i * width + j]
