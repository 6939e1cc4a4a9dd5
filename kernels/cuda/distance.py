"""Differences of pairs on the device: none is written down.

A block of threads owns a tile: of pairs (i, j) in `pair_dots`, of rows and columns in `pair_pull`. It walks along what
is summed, tile by tile; every thread brings one element of each operand into shared memory, then adds up its own sum,
in an order that never changes. Sums of a tile are joined, so that errors grow with the number of tiles alone.
"""

import numpy as np

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel
from ._functions import NAMES
from ._trace import kernel_type

__all__ = ["pair_dots", "pair_pull"]

TILE = 2 if SIMULATED else 16
WIDE = TILE + 1  # one column more than a tile has: no bank conflicts


@cuda.jit(device=True)
def place(i, j, n):
    """Where the pair i < j of n rows stands."""
    return i * (n - 1) - i * (i - 1) // 2 + j - i - 1


@kernel
def dots(dtype: str):
    """The kernel of `pair_dots`: blocks below the diagonal have nothing to do."""
    element, stored = NAMES[kernel_type(np.dtype(dtype))], NAMES[dtype]

    def run(y, n, m, a, a_offset, a_steps, b, b_offset, b_steps):
        a_rows = cuda.shared.array((TILE, WIDE), element)
        a_others = cuda.shared.array((TILE, WIDE), element)
        b_rows = cuda.shared.array((TILE, WIDE), element)
        b_others = cuda.shared.array((TILE, WIDE), element)
        tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
        if cuda.blockIdx.y <= cuda.blockIdx.x:
            first, other = cuda.blockIdx.y * TILE, cuda.blockIdx.x * TILE
            total = element(0)
            for start in range(0, m, TILE):
                k, i, j = start + tx, first + ty, other + ty
                inside = k < m
                a_rows[ty, tx] = a[a_offset + i * a_steps[0] + k * a_steps[1]] if inside and i < n else element(0)
                a_others[ty, tx] = a[a_offset + j * a_steps[0] + k * a_steps[1]] if inside and j < n else element(0)
                b_rows[ty, tx] = b[b_offset + i * b_steps[0] + k * b_steps[1]] if inside and i < n else element(0)
                b_others[ty, tx] = b[b_offset + j * b_steps[0] + k * b_steps[1]] if inside and j < n else element(0)
                cuda.syncthreads()
                part = element(0)
                for t in range(TILE):
                    part += (a_rows[ty, t] - a_others[tx, t]) * (b_rows[ty, t] - b_others[tx, t])
                total += part
                cuda.syncthreads()
            i, j = first + ty, other + tx
            if i < j and j < n:
                y[place(i, j, n)] = stored(total)

    return run


@kernel
def pulls(dtype: str):
    """The kernel of `pair_pull`: a tile is of rows and columns, and walks along the other rows."""
    element, stored = NAMES[kernel_type(np.dtype(dtype))], NAMES[dtype]

    def run(y, n, m, s, s_offset, s_step, a, a_offset, a_steps):
        shares = cuda.shared.array((TILE, WIDE), element)
        others = cuda.shared.array((TILE, WIDE), element)
        tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
        i, k = cuda.blockIdx.y * TILE + ty, cuda.blockIdx.x * TILE + tx
        own = element(a[a_offset + i * a_steps[0] + k * a_steps[1]] if i < n and k < m else element(0))
        total = element(0)
        for start in range(0, n, TILE):
            j = start + tx
            share = element(0)
            if i < n and j < n and i != j:
                share = element(s[s_offset + (place(i, j, n) if i < j else place(j, i, n)) * s_step])
            shares[ty, tx] = share
            j = start + ty
            others[ty, tx] = a[a_offset + j * a_steps[0] + k * a_steps[1]] if j < n and k < m else element(0)
            cuda.syncthreads()
            part = element(0)
            for t in range(TILE):
                if start + t < n and start + t != i:  # 0 (∞ - ∞) would be NaN
                    part += shares[ty, t] * (own - others[t, tx])
            total += part
            cuda.syncthreads()
        if i < n and k < m:
            y[i * m + k] = stored(total)

    return run


def pair_dots(a, b):
    """Multiply differences."""
    dtype, (n, m) = _floating("pair_dots", a), a.shape
    y, tiles = DeviceArray.empty((n * (n - 1) // 2,), a.dtype), -(-n // TILE)
    if y.size:
        run = dots(dtype)
        run((tiles, tiles), (TILE, TILE), y.buffer, n, m, a.buffer, a.offset, a.steps, b.buffer, b.offset, b.steps)
    return y


def pair_pull(s, a):
    """Pull at all others."""
    dtype, (n, m) = _floating("pair_pull", a), a.shape
    y = DeviceArray.empty(a.shape, a.dtype)
    if y.size:
        grid = -(-m // TILE), -(-n // TILE)
        run = pulls(dtype)
        run(grid, (TILE, TILE), y.buffer, n, m, s.buffer, s.offset, s.steps[0], a.buffer, a.offset, a.steps)
    return y


def _floating(op, a):
    if a.dtype.kind not in "fc":
        raise NotImplementedError(f"[{op}] of {a.dtype} has no CUDA kernel: move the tensors to the CPU")
    return a.dtype.name
