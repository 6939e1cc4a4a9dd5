"""Rows added to rows: every thread owns some columns, so each sum keeps its order."""

from math import prod

import numpy as np

from ..ref import indexing as _ref
from ._lanes import load, store, width
from ._numba import COMPILED, canonical, pointer, run


def add_rows(shape, g, index, table, rows):
    """x[index] += g, in the order of g, x being zeros of this shape, and `index` rows of it read as a table.

    Raises
    ------
    IndexError
        If a row does not exist.
    """
    if not COMPILED or g.dtype.char not in "fd":
        return _ref.add_at(shape, g, index)
    n, D = table[0], prod(table[1:])
    if rows.min() < -n or rows.max() >= n:
        raise IndexError(f"[add_at] `index` must lie in {-n} … {n - 1}, got {rows.min()} … {rows.max()}")
    g, rows = canonical(g), canonical(rows.astype(np.int64, copy=False))
    x = np.zeros(shape, g.dtype)
    run(_add_rows, g.size * 4, g.dtype, (x, g, rows), (rows.size, n, D))
    return x


def _add_rows(memory, numbers, t, threads):
    x, g, rows = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    N, n, D = numbers[3], numbers[4], numbers[5]
    if D == 1:
        for i in range(N if t == 0 else 0):
            x[rows[i] + n if rows[i] < 0 else rows[i]] += g[i]
        return
    blocks = (D + 63) // 64
    first, last = blocks * t // threads * 64, min(D, blocks * (t + 1) // threads * 64)
    for i in range(N):
        at = (rows[i] + n if rows[i] < 0 else rows[i]) * D
        for j in range(first, last, width(memory)):
            store(load(x, at + j, at + last, 0.0) + load(g, i * D + j, i * D + last, 0.0), x, at + j, at + last)
