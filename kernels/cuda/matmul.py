"""Matrix products on the device.

    y[i,j] = Σ_k a[i,k] · b[k,j]

A block of threads owns a tile of y. It walks along k, tile by tile: every thread brings one element of a and one of
b into shared memory, then adds up its row and column there. Operands are read through their strides, so transposes
cost nothing; edges read zeros. The order of the sum is fixed.
"""

import numpy as np
from numba import types

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel

__all__ = ["linear", "matmul"]

TILE = 4 if SIMULATED else 16


@kernel
def product(dtype: str):
    """The tiled kernel of a dtype."""
    element = getattr(types, dtype)

    def run(y, m, n, kk, a, a_offset, a_steps, b, b_offset, b_steps):
        a_tile = cuda.shared.array((TILE, TILE), element)
        b_tile = cuda.shared.array((TILE, TILE + 1), element)  # one column more: no bank conflicts
        tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
        i, j = cuda.blockIdx.y * TILE + ty, cuda.blockIdx.x * TILE + tx
        total = element(0)
        for start in range(0, kk, TILE):
            k = start + tx
            a_tile[ty, tx] = a[a_offset + i * a_steps[0] + k * a_steps[1]] if i < m and k < kk else element(0)
            k = start + ty
            b_tile[ty, tx] = b[b_offset + k * b_steps[0] + j * b_steps[1]] if k < kk and j < n else element(0)
            cuda.syncthreads()
            for k in range(TILE):
                total += a_tile[ty, k] * b_tile[k, tx]
            cuda.syncthreads()
        if i < m and j < n:
            y[i * n + j] = total

    return run


def matmul(a, b):
    """Multiply matrices."""
    if a.ndim != 2 or b.ndim != 2:
        rows, columns = (a.reshape(1, -1) if a.ndim == 1 else a), (b.reshape(-1, 1) if b.ndim == 1 else b)
        if rows.ndim != 2 or columns.ndim != 2:
            raise NotImplementedError("[matmul] of batches has no CUDA kernel yet: move the tensors to the CPU")
        shape = (() if a.ndim == 1 else a.shape[:1]) + (() if b.ndim == 1 else b.shape[1:])
        return matmul(rows, columns).reshape(shape)
    if a.dtype != b.dtype or a.dtype not in (np.float32, np.float64):
        raise NotImplementedError(f"[matmul] of {a.dtype} and {b.dtype} has no CUDA kernel yet")
    (m, kk), (inner, n) = a.shape, b.shape
    if kk != inner:
        raise ValueError(f"[matmul] `a` (shape {a.shape}) must have as many columns as `b` (shape {b.shape}) has rows")
    y = DeviceArray.empty((m, n), a.dtype)
    if m and n:
        grid = (-(-n // TILE), -(-m // TILE))
        run = product(a.dtype.name)
        run(grid, (TILE, TILE), y.buffer, m, n, kk, a.buffer, a.offset, a.steps, b.buffer, b.offset, b.steps)
    return y


def linear(x, w, b):
    """Apply an affine map."""
    y = matmul(x.reshape(-1, x.shape[-1]), w.T).reshape((*x.shape[:-1], w.shape[0]))
    return y if b is None else y + b
