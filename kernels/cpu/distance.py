"""Differences of pairs on the CPU: none is written down."""

import numpy as np

from ..ref import distance as _ref
from ._lanes import add_up, fma, lanes, load, store, width
from ._numba import COMPILED, canonical, kernel, pointer, run

__all__ = ["pair_dots", "pair_pull"]


def pair_dots(a, b):
    """Multiply differences; a thread owns some of the first rows."""
    if not COMPILED or a.dtype.char not in "fd":
        return _ref.pair_dots(a, b)
    a, b = canonical(a), canonical(b)
    N, M = a.shape
    y = np.empty(N * (N - 1) // 2, a.dtype)
    run(_dots, y.size * M * 4, a.dtype, (a, b, y), (N, M))
    return y


def pair_pull(s, a):
    """Pull at all others; a thread owns some rows."""
    if not COMPILED or a.dtype.char not in "fd":
        return _ref.pair_pull(s, a)
    s, a = canonical(s), canonical(a)
    N, M = a.shape
    y = np.zeros(a.shape, a.dtype)
    run(_pull, N * N * M * 2, a.dtype, (s, a, y), (N, M))
    return y


@kernel
def _place(i, j, N):
    """Where the pair i < j stands."""
    return i * (N - 1) - i * (i - 1) // 2 + j - i - 1


def _dots(memory, numbers, t, threads):
    a, b, y = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    N, M = numbers[3], numbers[4]
    for i in range(t, N, threads):
        for j in range(i + 1, N):
            of_i, of_j, total = i * M, j * M, lanes(a, 0.0)
            for m in range(0, M, width(a)):
                p = load(a, of_i + m, of_i + M, 0.0) - load(a, of_j + m, of_j + M, 0.0)
                q = load(b, of_i + m, of_i + M, 0.0) - load(b, of_j + m, of_j + M, 0.0)
                total = fma(p, q, total)
            y[_place(i, j, N)] = add_up(total)


def _pull(memory, numbers, t, threads):
    s, a, y = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    N, M = numbers[3], numbers[4]
    for i in range(t, N, threads):
        of_i = i * M
        for j in range(N):
            if j == i:
                continue
            of_j, share = j * M, lanes(a, s[_place(min(i, j), max(i, j), N)])
            for m in range(0, M, width(a)):
                p = load(a, of_i + m, of_i + M, 0.0) - load(a, of_j + m, of_j + M, 0.0)
                store(fma(share, p, load(y, of_i + m, of_i + M, 0.0)), y, of_i + m, of_i + M)
