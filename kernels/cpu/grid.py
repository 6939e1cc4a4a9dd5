"""Images read at any points on the CPU.

Whole planes are a thread's, so no two threads add to one place; points are a thread's where channels are summed.
"""

from math import prod

import numpy as np

from ..grid import MODES, PADDINGS
from ..ref import grid as _ref
from ..ref.grid import locate
from ._grid import BLOCK, find, neighbours
from ._lanes import fma, gather, is_narrow, lanes, load, stack, store, width
from ._native import on_stack
from ._numba import COMPILED, canonical, kernel, pointer, run, task_address

__all__ = ["locate", "sample", "sample_grid_grad", "sample_input_grad"]

_WORK = 8  # multiply-adds that an element of the answer is worth, about


def sample(x, grid, mode, padding, align):
    """Read one plane after the other."""
    if not _served(x, grid):
        return _ref.sample(x, grid, mode, padding, align)
    y = np.empty((*x.shape[:2], *grid.shape[1:-1]), x.dtype)
    _run(_read, canonical(x), grid, y, None, mode, padding, align)
    return y


def sample_input_grad(g, grid, image, mode, padding, align):
    """Add to one plane after the other."""
    if not _served(g, grid):
        return _ref.sample_input_grad(g, grid, image, mode, padding, align)
    x = np.zeros((*g.shape[:2], *image), g.dtype)
    _run(_add, x, grid, canonical(g), None, mode, padding, align)
    return x


def sample_grid_grad(g, x, grid, mode, padding, align):
    """Sum over the channels of each point."""
    if not _served(g, x, grid):
        return _ref.sample_grid_grad(g, x, grid, mode, padding, align)
    result = np.empty(grid.shape, grid.dtype)
    _run(_pull, canonical(x), grid, canonical(g), result, mode, padding, align)
    return result


def _served(*arrays):
    return COMPILED and all(a.dtype == arrays[0].dtype and a.size for a in arrays) and arrays[0].dtype.char in "fd"


def _run(task, images, grid, values, result, mode, padding, align):
    (N, C, *image), points = images.shape, prod(grid.shape[1:-1])
    how = MODES.index(mode), PADDINGS.index(padding), align, task_address(find, grid.dtype)
    numbers = N, C, *[1] * (3 - len(image)), *image, points, len(image), *how
    grid = canonical(grid)
    arrays = images, grid, values, grid if result is None else result
    run(task, values.size * _WORK, grid.dtype, arrays, numbers)


def _read(memory, numbers, t, threads):
    y, C, P = pointer(memory, numbers[2]), numbers[5], numbers[9]
    at, of = on_stack(1024), on_stack(4096)
    places, weights = pointer(numbers, at), pointer(memory, of)
    plane, last = numbers[4] * C * t // threads, numbers[4] * C * (t + 1) // threads
    while plane < last:
        behind = min(last, (plane // C + 1) * C)  # in the same image
        for first in range(0, P, BLOCK):
            count = min(BLOCK, P - first)
            rows = neighbours(numbers, plane // C, first, count, at, of, False)
            for c in range(plane, behind):
                x, start = _plane(memory, numbers, c), c * P + first
                for p in range(0, count, width(memory)):
                    total = lanes(memory, 0.0)
                    for k in range(p, rows, BLOCK):
                        total = fma(gather(x, places, k, k + BLOCK), load(weights, k, k + BLOCK, 0.0), total)
                    store(total, y, start + p, start + count)
        plane = behind


def _add(memory, numbers, t, threads):
    g, C, P = pointer(memory, numbers[2]), numbers[5], numbers[9]
    at, of, shares = on_stack(1024), on_stack(4096), stack(memory, 64)
    places, weights = pointer(numbers, at), pointer(memory, of)
    plane, last = numbers[4] * C * t // threads, numbers[4] * C * (t + 1) // threads
    while plane < last:
        behind = min(last, (plane // C + 1) * C)
        for first in range(0, P, BLOCK):
            count = min(BLOCK, P - first)
            rows = neighbours(numbers, plane // C, first, count, at, of, False)
            for c in range(plane, behind):
                x, start = _plane(memory, numbers, c), c * P + first
                for k in range(0, rows, BLOCK):
                    for p in range(0, count, width(memory)):
                        share = load(g, start + p, start + count, 0.0) * load(weights, k + p, k + BLOCK, 0.0)
                        store(share, shares, p, BLOCK)
                    for p in range(count):
                        if places[k + p] >= 0:
                            x[places[k + p]] += shares[p]
        plane = behind


def _pull(memory, numbers, t, threads):
    g, result = pointer(memory, numbers[2]), pointer(memory, numbers[3])
    N, C, P, d = numbers[4], numbers[5], numbers[9], numbers[10]
    at, of, sums = on_stack(1024), on_stack(4096), stack(memory, 1024)
    places, weights = pointer(numbers, at), pointer(memory, of)
    blocks = (P + BLOCK - 1) // BLOCK
    for block in range(N * blocks * t // threads, N * blocks * (t + 1) // threads):
        n, first = block // blocks, block % blocks * BLOCK
        count = min(BLOCK, P - first)
        rows = neighbours(numbers, n, first, count, at, of, True)
        for k in range(rows):
            sums[k] = 0
        for c in range(n * C, (n + 1) * C):
            x, start = _plane(memory, numbers, c), c * P + first
            for p in range(0, count, width(memory)):
                share = load(g, start + p, start + count, 0.0)
                for k in range(p, rows, BLOCK):
                    total = fma(gather(x, places, k, k + BLOCK), share, load(sums, k, k + BLOCK, 0.0))
                    store(total, sums, k, k + BLOCK)
        for k in range(d):
            slopes = (3 - k) * 16 * BLOCK
            for p in range(count):
                total = 0.0
                for row in range(p, rows, BLOCK):
                    total += sums[row] * weights[slopes + row]
                result[(n * P + first + p) * d + k] = total


@kernel
def _plane(memory, numbers, c):
    """One channel of one image."""
    size = 4 if is_narrow(memory) else 8
    return pointer(memory, numbers[0] + c * numbers[6] * numbers[7] * numbers[8] * size)
