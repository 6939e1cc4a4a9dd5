"""Sums over axes, in lanes, in one fixed order.

Eight vectors are added in pairs. Such blocks are added to a total, and what each of these additions loses to rounding
is added up beside it: a sum is within 8 roundings of Σ|x|, however long. Where columns are summed twice, with an axis
between that is kept, those of the second time come on top.
"""

from math import prod

import numpy as np

from ._lanes import add_up_wide, float64s, is_narrow, lanes, load, select, stack, store, width
from ._numba import COMPILED, canonical, kernel, thread_count
from ._ufunc import Function, quiet, row

_ROW = 1 << 15  # elements of a row that are one thread's
_LARGE = 1 << 20  # elements that are worth more than one thread
_FEW = 1 << 13  # float64 sums of float32 rows that NumPy may add: ours need not be compiled for that
STRIP = 1024  # columns whose totals stay in the first-level cache


def add_axes(x, lengths, reduced):
    """Sum over every other axis of C-contiguous floats, or None where nothing is compiled.

    Parameters
    ----------
    x : array
        Will be read with these `lengths`.
    reduced : tuple of bool
        Of each of its axes, whether it is summed: False, True, False, …

    Returns
    -------
    array, with the lengths of the others as one axis
        float64 if the last axis was summed.
    """
    if not COMPILED:
        return None
    y = x.reshape(lengths)
    if reduced[-1]:
        y, reduced = _sum_rows(y), reduced[:-1]
    while True in reduced:
        few = y.dtype != x.dtype and y.size <= _FEW  # NumPy's order adds no error that float32 shows
        y, reduced = np.add.reduce(y, -2) if few else _sum_columns(y), reduced[:-2]
        y = y.reshape(*y.shape[: len(reduced) - 1], -1)
    return y


def _sum_rows(x):
    """Sums over the last axis, in float64: what follows adds no error."""
    if x.size < _LARGE:
        return ROWS[x.dtype.char](x)
    n = x.shape[-1]
    if n < _LARGE or x.size > n:
        return _spread(ROWS, x, np.empty(x.shape[:-1]), 1)
    m = n // _ROW
    x, parts = x.reshape(1, n), np.empty(m + 1)
    _spread(ROWS, x[:, : m * _ROW].reshape(m, _ROW), parts[:m], 1)
    _spread(ROWS, x[:, m * _ROW :], parts[m:], 1)
    return _sum_rows(parts.reshape(1, -1))


def _sum_columns(x):
    """Sums over the last axis but one."""
    if x.size < _LARGE:
        return COLUMNS[x.dtype.char](x)
    return _spread(COLUMNS, x, np.empty((*x.shape[:-2], x.shape[-1]), x.dtype.char), 2)


def _spread(function, x, y, letters):
    """Sum into `y`, by several threads if there are that many sums."""
    if x.size >= _LARGE and thread_count() > 1 and (outer := prod(x.shape[:-letters])) > 1:
        x, dims = canonical(x), (outer, *x.shape[-letters:])
        function.spread((x.reshape(dims), y.reshape(outer, *dims[2:])), dims, x.size)
        return y
    return function[x.dtype.char](x, out=y)


@kernel
def _two_sum(a, b):
    """Add two numbers; return what the rounding lost, too."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


@kernel
def _block(x, i, step, n):
    """Sum of eight vectors, in pairs; of n elements each."""
    a = load(x, i, i + n, 0.0) + load(x, i + step, i + step + n, 0.0)
    b = load(x, i + 2 * step, i + 2 * step + n, 0.0) + load(x, i + 3 * step, i + 3 * step + n, 0.0)
    c = load(x, i + 4 * step, i + 4 * step + n, 0.0) + load(x, i + 5 * step, i + 5 * step + n, 0.0)
    d = load(x, i + 6 * step, i + 6 * step + n, 0.0) + load(x, i + 7 * step, i + 7 * step + n, 0.0)
    return (a + b) + (c + d)


@kernel
def _kept(lost):
    """What was lost; nothing beside a total that is infinite."""
    return select(lost == lost, lost, lanes(lost, 0.0))


def _rows(args, dims, steps, kind):
    n, w = dims[1], width(kind)
    whole = n // (8 * w) * (8 * w)
    for a in range(dims[0]):
        x = row(kind, args, steps, 0, a)
        total, lost = lanes(x, 0.0), lanes(x, 0.0)
        for i in range(0, whole, 8 * w):
            total, less = _two_sum(total, _block(x, i, w, w))
            lost = lost + less
        part = lanes(x, 0.0)  # the end of the row last: memory comes faster in the order in which it lies
        for i in range(whole, n, w):
            part = part + load(x, i, n, 0.0)
        float64s(args[1] + a * steps[1])[0] = add_up_wide(total, part + _kept(lost))
    quiet()


def _columns(args, dims, steps, kind):
    R, B, line = dims[1], dims[2], steps[2] // (4 if is_narrow(kind) else 8)
    lost = stack(kind, STRIP)
    for a in range(dims[0]):
        x, y = row(kind, args, steps, 0, a), row(kind, args, steps, 1, a)
        for first in range(0, B, STRIP):
            last = min(B, first + STRIP)
            for b in range(first, last, width(kind)):
                part = lanes(kind, 0.0)
                for r in range(R // 8 * 8, R):
                    part = part + load(x, r * line + b, r * line + last, 0.0)
                store(part, y, b, last)
                store(lanes(kind, 0.0), lost, b - first, STRIP)
            for r in range(0, R // 8 * 8, 8):
                for b in range(first, last, width(kind)):
                    total, less = _two_sum(load(y, b, last, 0.0), _block(x, r * line + b, line, last - b))
                    store(total, y, b, last)
                    store(load(lost, b - first, STRIP, 0.0) + less, lost, b - first, STRIP)
            for b in range(first, last, width(kind)):
                store(load(y, b, last, 0.0) + _kept(load(lost, b - first, STRIP, 0.0)), y, b, last)
    quiet()


ROWS, COLUMNS = Function(_rows, "x->d", "(n)->()"), Function(_columns, "x->x", "(r,b)->(b)")
