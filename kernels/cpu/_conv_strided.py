"""Input gradients of strided convolutions, of volumes too: one convolution for each remainder by the strides.

    X[c, l·s + α, i·u + β, j·v + γ] = Σ_{k,t} w[k, c, pick[t]] · G[k, l + f[t], i + h[t], j + w[t]]

The taps t are those that reach the inputs with the remainders (α, β, γ): of 3×3 windows at stride 2 one, two, two and
four. All remainders read the same panels of the cotangent G, which hold its pixels under every offset (f, h, w) that
any of them needs: of those windows four, not nine. Filters are copied, remainder by remainder, for all panels of a
bundle: where they lie, a remainder of one tap reads a line of the cache for each number.

At stride 2 along rows both remainders of a row are computed, then their columns are shuffled together.
"""

from functools import lru_cache
from itertools import product
from math import prod

import numpy as np

from .._window import volumes
from ._conv_panel import gather
from ._leaves import add_lanes, add_pairs, multiply, multiply_of
from ._numba import kernel, pointer, run
from ._simd import MR, PANEL

_DEPTH = 576  # rows of a panel, about
_TOGETHER = 8  # panels that share one copy of the filters
_PANELS = 1 << 20  # bytes of them, where one channel has more offsets
_FIELDS = 7  # of remainders done together: frame, row, column; of one or two the number of taps, and the first of them


def input_grad(g, w, shape, window, groups):
    """Return the input gradient, of this shape."""
    window = volumes(window)
    shifts = len(_offsets(window))
    if not shifts:  # all taps are in the padding, or between strides
        return np.zeros(shape, g.dtype)
    gx = (np.empty if _fills(window) else np.zeros)(shape, g.dtype)
    channels, filters = gx.shape[1] // groups, g.shape[1] // groups
    width, high, taps = PANEL // g.itemsize, -(-channels // -(-channels // MR)), prod(window.size)
    deep = max(1, min(filters, _DEPTH // shifts))
    deep = -(-filters // -(-filters // deep))
    together = max(1, min(_TOGETHER, _PANELS // (deep * shifts * PANEL)))
    remainders, *tables = _plan(window, deep, high, width)
    grid = tuple(-(-n // u) for n, u in zip(window.image, window.stride, strict=True))
    numbers = (
        multiply_of(g.dtype), g.shape[0], groups, filters, *window.out, channels, *grid, *window.image, *window.stride,
        taps, shifts, len(remainders), deep, high, width, together,
    )  # fmt: skip
    lines = together * deep * shifts + 2 * high + -(-2 * high * deep * shifts // width) + 1
    arrays = g, w, gx, _offsets(window), remainders, *tables
    run(_spread, g.size * channels * taps, g.dtype, arrays, numbers, lines * width)
    return gx


@lru_cache(256)
def _fills(window):
    """Say whether the remainders that are computed are all there are."""
    frames, rows, columns = ([len(taps) > 0 for taps in axis] for axis in _reaches(window))
    return all(frames) and all(rows) and (all(columns) or window.stride[2] == 2)


@lru_cache(256)
def _reaches(window):
    """Return for each axis and each remainder the taps that reach it, with the offset of what they multiply."""
    each = zip(window.size, window.stride, window.dilation, window.pads, window.image, strict=True)
    return [
        [[(r, (a + pad - r * d) // u) for r in range(n) if (a + pad - r * d) % u == 0] for a in range(min(u, length))]
        for n, u, d, (pad, _), length in each
    ]


@lru_cache(256)
def _offsets(window):
    """Return the frame, the row and the column of every offset that occurs."""
    along = [sorted({offset for taps in axis for _, offset in taps}) for axis in _reaches(window)]
    return np.array([*product(*along)], np.int64)


@lru_cache(256)
def _plan(window, deep, high, width):
    """Return the remainders, their taps in a filter, where those of `deep` filters lie in a panel, and among copies.

    The places in a panel of remainders whose taps begin with t begin with t·deep.
    """
    frames, rows, columns = _reaches(window)
    number = {offset: i for i, offset in enumerate(map(tuple, _offsets(window).tolist()))}
    of_rows = [(0, 1)] if window.stride[2] == 2 else [(c,) for c, taps in enumerate(columns) if taps]
    remainders, picks, places = [], [], [np.empty(0, np.int64)]
    for a, b, beside in product(range(len(frames)), range(len(rows)), of_rows):
        if not frames[a] or not rows[b]:
            continue
        fields = [a, b, beside[0]]
        for c in beside:
            found = [*product(frames[a], rows[b], columns[c] if c < len(columns) else ())]
            fields += [len(found), len(picks)]
            picks += [(f * window.size[1] + r) * window.size[2] + s for (f, _), (r, _), (s, _) in found]
            lines = np.array([number[of_f, of_r, of_s] for (_, of_f), (_, of_r), (_, of_s) in found], np.int64)
            places.append((np.arange(deep)[:, None] * len(number) + lines).ravel() * width)
        remainders.append(fields + [0] * (_FIELDS - len(fields)))
    steps = np.arange(deep * len(number)) * high
    return np.array(remainders), np.array(picks, np.int64), np.concatenate(places), steps


@kernel
def _copy_filters(w, begin, channels, taps, some, picks, first, count, m, copies, at, high):
    """Copy `count` taps of `some` filters, of m channels each."""
    for k in range(some):
        for t in range(count):
            source, target = begin + k * channels * taps + picks[first + t], at + (k * count + t) * high
            for i in range(m):
                copies[target + i] = w[source + i * taps]


@kernel
def _put(
    results, at, apart, m, n, first, gx, group, groups, C, c, D, H, W, frames, rows, columns, s, u, v,
    alpha, beta, gamma, add, width,
):  # fmt: skip
    """Put the results of `n` places of the grids from `first` on, of m channels, where they go in the images."""
    done = 0
    while done < n:  # a run: neighbours in one row of the grid, one vector at most
        line = (first + done) // columns
        frame = line // rows
        image = frame // frames
        f, h = (frame - image * frames) * s + alpha, (line - frame * rows) * u + beta
        column = (first + done - line * columns) * v + gamma
        length = min(width // 2, n - done, (line + 1) * columns - first - done)
        inside = min(length, (W - column + v - 1) // v) if f < D and h < H else 0
        to = ((((image * groups + group) * C + c) * D + f) * H + h) * W + column
        for i in range(m if inside > 0 else 0):
            source, target = at + i * width + done, to + i * D * H * W
            if v == 1:
                add_lanes(results, source, gx, target, inside, add)
            elif v == 2:
                add_pairs(results, source, source + apart, gx, target, min(2 * length, W - column), add)
            else:
                for j in range(inside):
                    old = gx[target + j * v] if add else 0
                    gx[target + j * v] = old + results[source + j]
        done += length


def _spread(memory, numbers, t, threads):
    g, w, gx = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    offsets, remainders, picks, places, steps = (
        pointer(numbers, numbers[3]), pointer(numbers, numbers[4]), pointer(numbers, numbers[5]),
        pointer(numbers, numbers[6]), pointer(numbers, numbers[7]),
    )  # fmt: skip
    leaf, N, groups, K, T, P, Q, C, frames, rows, columns, D, H, W, s, u, v = (
        numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13], numbers[14], numbers[15],
        numbers[16], numbers[17], numbers[18], numbers[19], numbers[20], numbers[21], numbers[22], numbers[23],
        numbers[24],
    )  # fmt: skip
    taps, shifts, count, deep, high, width, together = (
        numbers[25], numbers[26], numbers[27], numbers[28], numbers[29], numbers[30], numbers[31],
    )  # fmt: skip
    pixels, bundle = N * frames * rows * columns, together * width
    copies = bundle * deep * shifts  # scratch: panels, then filters and results of one or two remainders, then a zero
    results, apart = copies + 2 * high * deep * shifts, high * width
    nothing = results + 2 * apart
    memory[nothing] = 0
    bundles, tiles = (pixels + bundle - 1) // bundle, (C + high - 1) // high
    task, stop = groups * bundles * tiles * t // threads, groups * bundles * tiles * (t + 1) // threads
    while task < stop:  # owns some channels of a bundle of panels
        part, group = task // tiles % bundles, task // tiles // bundles
        c_first = task % tiles
        c_stop = min(tiles, c_first + stop - task)
        task += c_stop - c_first
        begin, end = part * bundle, min(pixels, (part + 1) * bundle)
        for k in range(0, K, deep):
            some = min(deep, K - k)
            for first in range(begin, end, width):
                gather(
                    g, group, groups, K, k, shifts, offsets, first, min(width, end - first), T, P, Q,
                    frames, rows, columns, 1, 1, 1, some, memory, (first - begin) * some * shifts, width,
                )  # fmt: skip
            for c in range(c_first * high, min(C, c_stop * high), high):
                m = min(high, C - c)
                for r in range(0, count * _FIELDS, _FIELDS):
                    for side in range(2):
                        of_side, tap = remainders[r + 3 + 2 * side], remainders[r + 4 + 2 * side]
                        _copy_filters(
                            w, ((group * K + k) * C + c) * taps, C, taps, some, picks, tap, of_side, m,
                            memory, copies + side * high * deep * shifts, high,
                        )  # fmt: skip
                    for first in range(begin, end, width):
                        n = min(width, end - first)
                        for side in range(2 if v == 2 else 1):
                            of_side, tap = remainders[r + 3 + 2 * side], remainders[r + 4 + 2 * side]
                            if of_side:
                                multiply(
                                    leaf, m, n, some * of_side, memory, copies + side * high * deep * shifts, 1,
                                    steps, 0, memory, (first - begin) * some * shifts, places, tap * deep,
                                    memory, results + side * apart, width, 0, memory, nothing, 0,
                                )  # fmt: skip
                            else:
                                for i in range(m * width):
                                    memory[results + side * apart + i] = 0
                        _put(
                            memory, results, apart, m, n, first, gx, group, groups, C, c, D, H, W,
                            frames, rows, columns, s, u, v, remainders[r], remainders[r + 1], remainders[r + 2],
                            k, width,
                        )  # fmt: skip
