"""Normalisation of channels with few neighbours, (N, C, L): as many columns (c, l) side by side as there are lanes.

Memory is read in the order in which it lies, some rows of a band of columns at a time: their sums stay in registers.
Then the columns of each channel are added up.
"""

import math

import numpy as np

from ._lanes import add_up, is_narrow, lanes, load, sqrt, stack, store, width
from ._numba import kernel, pointer
from ._ufunc import Function, quiet

BAND = 256  # columns: 1 KB of each row, so that hundreds of rows stay in the cache between the passes
_LEAST = 8  # rows that are added up in registers
_FEW = 4  # rows that are written side by side: more streams than that are slower


@kernel
def _rows_at_once(N):
    """As many as there are such sums then: errors grow with the root of N."""
    return max(_LEAST, int(math.sqrt(N)))


@kernel
def _clear(p, n):
    for c in range(0, n, width(p)):
        store(lanes(p, 0.0), p, c, n)


@kernel
def _add(p, c, n, more):
    store(load(p, c, n, 0.0) + more, p, c, n)


@kernel
def _by_channel(sums, some, L):
    """Add up the columns of each of `some` channels; the sums stand side by side then."""
    if L == 1:
        return
    for c in range(some):
        total = 0.0
        if L < width(sums):
            for j in range(c * L, c * L + L):
                total += np.float64(sums[j])
        else:
            part = lanes(sums, 0.0)
            for j in range(c * L, c * L + L, width(sums)):
                part = part + load(sums, j, c * L + L, 0.0)
            total += np.float64(add_up(part))
        sums[c] = total


@kernel
def _fill(columns, c, L, value):
    """Write a channel's value to each of its columns."""
    for j in range(c * L, c * L + L):
        columns[j] = value


@kernel
def _row_step(kind, step):
    return step // (4 if is_narrow(kind) else 8)


def _columns(args, dims, steps, kind):
    C, N, L = dims[0], dims[1], dims[2]
    row = _row_step(kind, steps[7])  # steps of the rows of x follow those of the 7 operands
    x, w, b, eps = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])[0]
    y, mean, scale = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6])
    shift, factor, bias = stack(kind, BAND), stack(kind, BAND), stack(kind, BAND)
    count = N * L
    for first in range(0, C, BAND // L):
        some = min(C - first, BAND // L)
        at, n = first * L, some * L
        _sum_rows(x, row, N, at, n, bias)
        _by_channel(bias, some, L)
        for c in range(some):
            mean[first + c] = bias[c] / count
            _fill(shift, c, L, mean[first + c])
        # sums of x - μ, which correct μ, and of the squares
        rests, squares = bias, factor
        _clear(rests, n)
        _clear(squares, n)
        for start in range(0, N, _rows_at_once(N)):
            stop = min(N, start + _rows_at_once(N))
            for c in range(0, n, width(kind)):
                m, rest, square = load(shift, c, n, 0.0), lanes(kind, 0.0), lanes(kind, 0.0)
                for i in range(start, stop):
                    d = load(x, i * row + at + c, i * row + at + n, 0.0) - m
                    rest, square = rest + d, square + d * d
                _add(rests, c, n, rest)
                _add(squares, c, n, square)
        _by_channel(rests, some, L)
        _by_channel(squares, some, L)
        for c in range(0, some, width(kind)):
            rest = load(rests, c, some, 0.0) / count
            square = load(squares, c, some, 0.0) / count - rest * rest
            store(1.0 / sqrt(square + eps), scale, first + c, first + some)
            _add(mean, first + c, first + some, rest)
        for c in range(some):
            k = first + c
            _fill(shift, c, L, mean[k])
            _fill(factor, c, L, scale[k] * w[k])
            _fill(bias, c, L, b[k])
        for start in range(0, N, _FEW):
            stop = min(N, start + _FEW)
            for c in range(0, n, width(kind)):
                m, f, add = load(shift, c, n, 0.0), load(factor, c, n, 0.0), load(bias, c, n, 0.0)
                for i in range(start, stop):
                    unit = load(x, i * row + at + c, i * row + at + n, 0.0) - m
                    store(unit * f + add, y, i * row + at + c, i * row + at + n)
    quiet()


@kernel
def _sum_rows(x, row, N, at, n, total):
    _clear(total, n)
    for start in range(0, N, _rows_at_once(N)):
        stop = min(N, start + _rows_at_once(N))
        for c in range(0, n, width(x)):
            part = lanes(x, 0.0)
            for i in range(start, stop):
                part = part + load(x, i * row + at + c, i * row + at + n, 0.0)
            _add(total, c, n, part)


def _columns_grad(args, dims, steps, kind):
    C, N, L = dims[0], dims[1], dims[2]
    row = _row_step(kind, steps[8])  # steps of the rows of g and x follow those of the 8 operands
    g, x, w, mean = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])
    scale, gx, gw, gb = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6]), pointer(kind, args[7])
    shift, factor = stack(kind, BAND), stack(kind, BAND)
    means, slopes = stack(kind, BAND), stack(kind, BAND)
    share = 1.0 / (N * L)
    for first in range(0, C, BAND // L):
        some = min(C - first, BAND // L)
        at, n = first * L, some * L
        for c in range(some):
            _fill(shift, c, L, mean[first + c])
        _clear(means, n)
        _clear(slopes, n)
        for start in range(0, N, _rows_at_once(N)):
            stop = min(N, start + _rows_at_once(N))
            for c in range(0, n, width(kind)):
                m, of_w, of_b = load(shift, c, n, 0.0), lanes(kind, 0.0), lanes(kind, 0.0)
                for i in range(start, stop):
                    slope = load(g, i * row + at + c, i * row + at + n, 0.0)
                    of_w = of_w + slope * (load(x, i * row + at + c, i * row + at + n, 0.0) - m)
                    of_b = of_b + slope
                _add(slopes, c, n, of_w)
                _add(means, c, n, of_b)
        _by_channel(slopes, some, L)
        _by_channel(means, some, L)
        for c in range(0, some, width(kind)):
            store(load(slopes, c, some, 0.0) * load(scale, first + c, first + some, 0.0), gw, first + c, first + some)
            store(load(means, c, some, 0.0), gb, first + c, first + some)
        for c in range(some):
            k = first + c
            _fill(means, c, L, gb[k] * share)
            _fill(slopes, c, L, gw[k] * scale[k] * share)
            _fill(factor, c, L, w[k] * scale[k])
        for start in range(0, N, _FEW):
            stop = min(N, start + _FEW)
            for c in range(0, n, width(kind)):
                m, mean_g, mean_gx = load(shift, c, n, 0.0), load(means, c, n, 0.0), load(slopes, c, n, 0.0)
                f = load(factor, c, n, 0.0)
                for i in range(start, stop):
                    unit = load(x, i * row + at + c, i * row + at + n, 0.0) - m
                    slope = load(g, i * row + at + c, i * row + at + n, 0.0)
                    store((slope - mean_g - unit * mean_gx) * f, gx, i * row + at + c, i * row + at + n)
    quiet()


COLUMNS = Function(_columns, "xxxx->xxx", "(n,l),(),(),()->(n,l),(),()")
COLUMNS_GRAD = Function(_columns_grad, "xxxxx->xxx", "(n,l),(n,l),(),(),()->(n,l),(),()")
