"""Rows read from a table: every thread copies some of them."""

from math import prod

import numpy as np

from ..ref import indexing as _ref
from ._lanes import is_narrow, load, store, width
from ._numba import COMPILED, canonical, kernel, pointer, run
from ._pack import prefetch

_AHEAD = 8  # rows that are asked for before they are read: they stand anywhere, so the machine cannot foresee them
_BEGINNING = 512  # bytes of these; further on it can


def take_rows(x, rows):
    """x[rows], x being C-contiguous.

    Raises
    ------
    IndexError
        If a row does not exist.
    """
    n, D = x.shape[0], prod(x.shape[1:])
    if not COMPILED or rows.min() < -n or rows.max() >= n:
        return _ref.take(x, (rows,))  # NumPy's words
    y = np.empty((*rows.shape, *x.shape[1:]), x.dtype)
    rows = canonical(rows.astype(np.int64, copy=False))
    run(_take_rows, y.size, x.dtype, (x, rows, y), (rows.size, n, D))
    return y


@kernel
def _start(rows, i, n, D):
    """Where the row of position i begins."""
    return (rows[i] + n if rows[i] < 0 else rows[i]) * D


def _take_rows(memory, numbers, t, threads):
    x, rows, y = pointer(memory, numbers[0]), pointer(numbers, numbers[1]), pointer(memory, numbers[2])
    N, n, D, size = numbers[3], numbers[4], numbers[5], 4 if is_narrow(memory) else 8
    first, last = N * t // threads, N * (t + 1) // threads
    for i in range(first, last):
        if i + _AHEAD < last:
            for j in range(0, min(D * size, _BEGINNING), 64):
                prefetch(x, _start(rows, i + _AHEAD, n, D) * size + j)
        start, at = i * D, _start(rows, i, n, D)
        for j in range(0, D, width(memory)):
            store(load(x, at + j, at + D, 0.0), y, start + j, start + D)
