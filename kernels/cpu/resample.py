"""Weighted sums along an axis on the CPU: in lanes stand neighbours behind the axis, or outputs along the last one."""

from functools import lru_cache
from math import prod

import numpy as np

from .._scheme import table
from ..ref import resample as _ref
from ._lanes import fma, gather, is_narrow, lanes, load, store, width
from ._numba import COMPILED, canonical, kernel, pointer, run

__all__ = ["resample"]

_BLOCK = 64  # terms that are added up at once: long sums in two stages
_FEW = 8  # outputs along the last axis; fewer, of maybe many terms, go one by one


def resample(x, axis, scheme, transposed):
    """Weigh and add up; each output is one thread's."""
    if not COMPILED or x.dtype.char not in "fd" or not x.size:
        return _ref.resample(x, axis, scheme, transposed)
    y = np.empty((*x.shape[:axis], scheme.n if transposed else scheme.out, *x.shape[axis + 1 :]), x.dtype)
    outer, inner = prod(x.shape[:axis]), prod(x.shape[axis + 1 :])
    arrays, terms = _arrays(scheme, transposed, x.dtype, inner == 1 and y.shape[axis] >= _FEW)
    numbers = outer, x.shape[axis], y.shape[axis], inner, terms
    run(_resample, outer * inner * arrays[2].size * 2, x.dtype, (canonical(x), y, *arrays), numbers)
    return y


@lru_cache(64)
def _arrays(scheme, transposed, dtype, beside):
    """Weights, where the terms of each output start, and places; and how many terms are laid out side by side.

    These are (K, outputs), the first term of each output, the second …, with -1 for places that do not exist.
    """
    start, at, weight = table(scheme, transposed)
    count = np.diff(start)
    if not beside or count.max() > _BLOCK:
        return (weight.astype(dtype), start, at), 0
    taken = np.arange(count.max())[:, None] < count
    places, weights = np.full(taken.shape, -1), np.zeros(taken.shape, dtype)
    places.T[taken.T], weights.T[taken.T] = at, weight
    return (weights, start, places), len(taken)


def _resample(memory, numbers, t, threads):
    x, y, weight = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    start, at = pointer(numbers, numbers[3]), pointer(numbers, numbers[4])
    outer, n, out, inner, terms = numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]
    size = 4 if is_narrow(x) else 8
    if terms > 0:
        for o in range(outer * t // threads, outer * (t + 1) // threads):
            line = pointer(memory, numbers[0] + o * n * size)
            for i in range(0, out, width(x)):
                total = lanes(x, 0.0)
                for k in range(terms):
                    first, last = k * out + i, k * out + out
                    total = fma(gather(line, at, first, last), load(weight, first, last, 0.0), total)
                store(total, y, o * out + i, o * out + out)
        return
    first, last = outer * out * t // threads, outer * out * (t + 1) // threads
    o, i = first // out, first % out
    for row in range(first, last):
        above, begin, end = o * n, start[i], start[i + 1]
        if inner == 1:
            y[row] = _sum(x, above, weight, at, begin, end)
        else:
            for j in range(0, inner, width(x)):
                total = _sums(x, above, j, inner, weight, at, begin, min(end, begin + _BLOCK))
                for k in range(begin + _BLOCK, end, _BLOCK):
                    total = total + _sums(x, above, j, inner, weight, at, k, min(end, k + _BLOCK))
                store(total, y, row * inner + j, (row + 1) * inner)
        i += 1
        if i == out:
            o, i = o + 1, 0


@kernel
def _sums(x, above, j, inner, weight, at, first, last):
    """Weighted sums of neighbours."""
    total = lanes(x, 0.0)
    for k in range(first, last):
        place = (above + at[k]) * inner
        total = fma(load(x, place + j, place + inner, 0.0), lanes(x, weight[k]), total)
    return total


@kernel
def _sum(x, above, weight, at, first, last):
    """The weighted sum of single elements, in float64."""
    total = 0.0
    for k in range(first, last):
        total += np.float64(x[above + at[k]]) * np.float64(weight[k])
    return total
