"""Running sums and extremes along rows, in a fixed tree.

A block of threads takes a tile of a row into shared memory, and in every round combines each element with the one
1, 2, 4, … before it. The last elements of the tiles are scanned in the same way, and what comes before a tile is
combined with its elements. Sums are of integers; a running extreme is the *place* where it stands, so that one kernel
does for all dtypes: the words that are compared are made by `_keys`.
"""

from math import prod

import numpy as np

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel
from ._fuse import run

TILE = 4 if SIMULATED else 256  # elements, and threads, of a block


def running(x: DeviceArray, words: DeviceArray | None = None) -> DeviceArray:
    """Scan the last axis.

        y[…, i] = Σ_{j ≤ i} x[…, j],   or of the places x the last one whose word is largest

    Parameters
    ----------
    x : DeviceArray, int64, contiguous
    words : DeviceArray, int64, contiguous, (…, n), optional
        x holds places on the last axis of this array.
    """
    n = x.shape[-1] if x.ndim else 1
    rows = prod(x.shape[:-1])
    y = DeviceArray.empty(x.shape, np.int64)
    if not y.size:
        return y
    tiles = -(-n // TILE)
    totals = DeviceArray.empty((rows, tiles), np.int64)
    w, width = (x, 0) if words is None else (words, words.shape[-1])
    tile(words is None)(
        rows * tiles, TILE, y.buffer, totals.buffer, x.buffer, x.offset, w.buffer, w.offset, width, n, tiles
    )
    if tiles > 1:
        before = running(totals, words)
        rest(words is None).over(rows * n, rows * n, y.buffer, before.buffer, w.buffer, w.offset, width, n, tiles)
    return y


def _combine(adds: bool):
    if adds:
        return cuda.jit(device=True)(lambda a, b, w, base: a + b)

    def later(a, b, w, base):
        return b if w[base + b] >= w[base + a] else a

    return cuda.jit(device=True)(later)


@kernel
def tile(adds: bool):
    """One block scans one tile."""
    combine = _combine(adds)

    def run(y, totals, x, x_offset, w, w_offset, width, n, tiles):
        kept = cuda.shared.array(TILE, np.int64)
        t = cuda.threadIdx.x
        row, number = cuda.blockIdx.x // tiles, cuda.blockIdx.x % tiles
        i = number * TILE + t
        base = w_offset + row * width
        if i < n:
            kept[t] = x[x_offset + row * n + i]
        cuda.syncthreads()
        reach = 1
        while reach < TILE:
            value = kept[t]
            if t >= reach and i < n:
                value = combine(kept[t - reach], value, w, base)
            cuda.syncthreads()
            kept[t] = value
            cuda.syncthreads()
            reach *= 2
        if i < n:
            y[row * n + i] = kept[t]
            if t == TILE - 1 or i == n - 1:
                totals[row * tiles + number] = kept[t]

    return run


@kernel
def rest(adds: bool):
    """Combine each element with what comes before its tile."""
    combine = _combine(adds)

    def run(count, y, before, w, w_offset, width, n, tiles):
        for k in range(cuda.grid(1), count, cuda.gridsize(1)):
            row, number = k // n, k % n // TILE
            if number > 0:
                y[k] = combine(before[row * tiles + number - 1], y[k], w, w_offset + row * width)

    return run


def positions(x: DeviceArray) -> tuple:
    """Where `x` is not zero: one int64 array for each axis, in C order; their length is read from the device."""
    true = DeviceArray.empty(x.shape, np.int64)
    run("y0_buffer[y0_at] = int64(1) if x0_buffer[x0_at] else int64(0)", (true,), (x,), (), x.shape)
    ranks = running(true.reshape(-1))
    count = ranks[-1].item() if x.size else 0
    found = DeviceArray.empty((x.ndim, count), np.int64)
    if count:
        compact(x.ndim).over(x.size, x.size, x.shape, count, found.buffer, ranks.buffer)
    return tuple(found[axis] for axis in range(x.ndim))


@kernel
def compact(ndim: int):
    """Write the coordinates of each element at which the rank rises."""

    def run(n, shape, count, found, ranks):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            before = ranks[k - 1] if k > 0 else 0
            if ranks[k] > before:
                rest = k
                for j in range(ndim):
                    axis = ndim - 1 - j
                    found[axis * count + before] = rest % shape[axis]
                    rest //= shape[axis]

    return run
