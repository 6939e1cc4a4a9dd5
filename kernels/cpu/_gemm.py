"""Matrix product of float32 or float64 matrices with any strides.

    C[i, j] = Σ_k A[i, k] · B[k, j]

C is cut into blocks of columns (of rows too where the columns are few), by the shape alone. Each is a task that owns
its block and runs over k in a fixed order: the result is the same, bit for bit, for any number of threads. A task
packs B in panels one tile wide, just before their first use, and runs them against rows of A that stay in the second
cache and are read in place.
"""

import numpy as np

from ._numba import COMPILED, kernel, pointer, run
from ._simd import MR, PANEL, tile, tile_of

_ROWS = 32 * MR  # of A that are worked on together
_DEPTH = 512  # of one panel of B
_PANELS = 16  # of one block of C at most
_TASKS = 8  # to cut the columns into, where there are enough


def gemm(a, b):
    """Multiply two aligned native matrices of one dtype."""
    if not COMPILED:
        return np.matmul(a, b)
    (rows, depth), columns, size = a.shape, b.shape[1], a.itemsize
    c = np.empty((rows, columns), a.dtype)
    width = PANEL // size
    panels = -(-columns // width)
    block = width * min(_PANELS, -(-panels // _TASKS))
    share = rows if panels >= _TASKS else min(rows, _ROWS)
    strides = [stride // size for stride in (*a.strides, *b.strides)]
    numbers = (tile_of(a.dtype), *strides, rows, columns, depth, width, block, share)
    run(_multiply, rows * columns * depth, a.dtype, (a, b, c), numbers, min(depth, _DEPTH) * block)
    return c


@kernel
def _pack_columns(b, start, row_b, col_b, n, depth, packed, at, width):
    """Lay out packed[k, j] = B[k, j], n columns of a panel; what is beyond them stays undefined."""
    if col_b == 1:
        for k in range(depth):
            source, target = start + k * row_b, at + k * width
            for j in range(n):
                packed[target + j] = b[source + j]
    else:
        for j in range(n):
            source = start + j * col_b
            for k in range(depth):
                packed[at + k * width + j] = b[source + k * row_b]


def _multiply(memory, numbers, t, threads):
    a, b, c = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    row_a, col_a, row_b, col_b = numbers[4], numbers[5], numbers[6], numbers[7]
    M, N, K, width, block, share = numbers[8], numbers[9], numbers[10], numbers[11], numbers[12], numbers[13]
    across = (N + block - 1) // block
    tasks = (M + share - 1) // share * across
    for task in range(tasks * t // threads, tasks * (t + 1) // threads):
        top, left = task // across * share, task % across * block
        bottom, n = min(M, top + share), min(block, N - left)
        for k in range(0, K, _DEPTH):
            depth = min(_DEPTH, K - k)
            for i0 in range(top, bottom, _ROWS):
                m = min(_ROWS, bottom - i0)
                tiles = (m + MR - 1) // MR
                high = (m + tiles - 1) // tiles
                for j in range(0, n, width):
                    some = min(width, n - j)
                    if i0 == top:
                        start = k * row_b + (left + j) * col_b
                        _pack_columns(b, start, row_b, col_b, some, depth, memory, j * depth, width)
                    for i in range(0, m, high):
                        tile(
                            numbers[3], min(high, m - i), some, depth,
                            a, (i0 + i) * row_a + k * col_a, row_a, col_a,
                            memory, j * depth, width,
                            c, (i0 + i) * N + left + j, N, k,
                        )  # fmt: skip
