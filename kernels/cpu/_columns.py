"""Normalisation of channels without neighbours, (N, C): as many side by side as there are lanes.

Memory is read in the order in which it lies, some rows of a band of columns at a time: their sums stay in registers.
"""

import math

from ._lanes import is_narrow, lanes, load, sqrt, store, width
from ._numba import kernel, pointer
from ._ufunc import Function, quiet

_BAND = 16  # vectors: 1 KB of each row, so that hundreds of rows stay in the cache between the passes
_LEAST = 8  # rows that are added up in registers
_FEW = 4  # rows that are written side by side: more streams than that are slower


@kernel
def _rows_at_once(N):
    """As many as there are such sums then: errors grow with the root of N."""
    return max(_LEAST, int(math.sqrt(N)))


@kernel
def _clear(p, c, C):
    for j in range(c, C, width(p)):
        store(lanes(p, 0.0), p, j, C)


@kernel
def _add(p, c, C, more):
    store(load(p, c, C, 0.0) + more, p, c, C)


def _columns(args, dims, steps, kind):
    columns, N, row = dims[0], dims[1], steps[7] // (4 if is_narrow(kind) else 8)
    x, w, b, eps = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])[0]
    y, mean, scale = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6])
    for start in range(0, columns, _BAND * width(kind)):
        C = min(columns, start + _BAND * width(kind))
        _sum_rows(x, row, N, start, C, mean)
        for c in range(start, C, width(kind)):
            store(load(mean, c, C, 0.0) / N, mean, c, C)
        # until all is known, the scale holds the sum of x - μ, which corrects μ, and the first row that of the squares
        _clear(scale, start, C)
        _clear(y, start, C)
        for first in range(0, N, _rows_at_once(N)):
            last = min(N, first + _rows_at_once(N))
            for c in range(start, C, width(kind)):
                m, rest, square = load(mean, c, C, 0.0), lanes(kind, 0.0), lanes(kind, 0.0)
                for n in range(first, last):
                    d = load(x, n * row + c, n * row + C, 0.0) - m
                    rest, square = rest + d, square + d * d
                _add(scale, c, C, rest)
                _add(y, c, C, square)
        for c in range(start, C, width(kind)):
            rest = load(scale, c, C, 0.0) / N
            store(1.0 / sqrt(load(y, c, C, 0.0) / N - rest * rest + eps), scale, c, C)
            _add(mean, c, C, rest)
        for first in range(0, N, _FEW):
            last = min(N, first + _FEW)
            for c in range(start, C, width(kind)):
                m, bias, factor = load(mean, c, C, 0.0), load(b, c, C, 0.0), load(scale, c, C, 0.0) * load(w, c, C, 0.0)
                for n in range(first, last):
                    unit = load(x, n * row + c, n * row + C, 0.0) - m
                    store(unit * factor + bias, y, n * row + c, n * row + C)
    quiet()


@kernel
def _sum_rows(x, row, N, start, C, total):
    _clear(total, start, C)
    for first in range(0, N, _rows_at_once(N)):
        last = min(N, first + _rows_at_once(N))
        for c in range(start, C, width(x)):
            part = lanes(x, 0.0)
            for n in range(first, last):
                part = part + load(x, n * row + c, n * row + C, 0.0)
            _add(total, c, C, part)


def _columns_grad(args, dims, steps, kind):
    columns, N, row = dims[0], dims[1], steps[8] // (4 if is_narrow(kind) else 8)
    g, x, w, mean = pointer(kind, args[0]), pointer(kind, args[1]), pointer(kind, args[2]), pointer(kind, args[3])
    scale, gx, gw, gb = pointer(kind, args[4]), pointer(kind, args[5]), pointer(kind, args[6]), pointer(kind, args[7])
    share = lanes(kind, 1.0 / N)
    for start in range(0, columns, _BAND * width(kind)):
        C = min(columns, start + _BAND * width(kind))
        _clear(gw, start, C)
        _clear(gb, start, C)
        for first in range(0, N, _rows_at_once(N)):
            last = min(N, first + _rows_at_once(N))
            for c in range(start, C, width(kind)):
                m, weight, bias = load(mean, c, C, 0.0), lanes(kind, 0.0), lanes(kind, 0.0)
                for n in range(first, last):
                    slope = load(g, n * row + c, n * row + C, 0.0)
                    weight = weight + slope * (load(x, n * row + c, n * row + C, 0.0) - m)
                    bias = bias + slope
                _add(gw, c, C, weight)
                _add(gb, c, C, bias)
        for c in range(start, C, width(kind)):
            store(load(gw, c, C, 0.0) * load(scale, c, C, 0.0), gw, c, C)
        for first in range(0, N, _FEW):
            last = min(N, first + _FEW)
            for c in range(start, C, width(kind)):
                m, s = load(mean, c, C, 0.0), load(scale, c, C, 0.0)
                mean_g, mean_gx = load(gb, c, C, 0.0) * share, load(gw, c, C, 0.0) * s * share
                factor = load(w, c, C, 0.0) * s
                for n in range(first, last):
                    unit = load(x, n * row + c, n * row + C, 0.0) - m
                    slope = load(g, n * row + c, n * row + C, 0.0)
                    store((slope - mean_g - unit * mean_gx) * factor, gx, n * row + c, n * row + C)
    quiet()


COLUMNS = Function(_columns, "xxxx->xxx", "(n),(),(),()->(n),(),()")
COLUMNS_GRAD = Function(_columns_grad, "xxxxx->xxx", "(n),(n),(),(),()->(n),(),()")
