"""Matrix products of float32 and float64, each operand transposed or not, against the faster of NumPy and PyTorch.

The peer's process times NumPy's and PyTorch's product once, and keeps the faster one for the rounds.
"""

import time

import numpy as np

from tests.bench.measure import SETTLE, timed

SQUARES = [(n, n, n) for n in (64, 100, 128, 200, 256, 384, 500, 512, 768, 1000, 1024, 2048)]
SHAPES = [*SQUARES, (64, 320, 50), (64, 50, 10), (4096, 64, 64), (17, 4096, 513), (128, 1024, 4096)]
VECTORS = [(n, n, 1) for n in (64, 512, 2048)] + [(1, n, n) for n in (64, 512, 2048)]
BUDGET = {"f": 1.15, "d": 1.2}  # of the worst row; the geometric mean of all is to be at most 0.98


def operand(shape, dtype, transposed):
    """Numbers around zero, in C order or in Fortran's."""
    x = np.random.default_rng(0).uniform(-1, 1, shape).astype(dtype)
    return np.asfortranarray(x) if transposed else x


def fastest(functions):
    """Return the function that takes the least time, after a call to warm up; each has the cores to itself."""

    def duration(function):
        time.sleep(SETTLE)
        function()
        start = time.perf_counter()
        for _ in range(5):
            function()
        return time.perf_counter() - start

    return min(functions, key=duration)


def multiplication(library, a, b):
    """Return a function that multiplies the two arrays with a library."""
    if library.__name__ != "torch":
        return lambda: library.kernels.matmul(a, b)
    x, y = library.from_numpy(a), library.from_numpy(b)
    return fastest([lambda: np.matmul(a, b), lambda: library.matmul(x, y)])


def declare(m, k, n, dtype, layout, budget):
    """Declare the row of one product."""

    def run(library):
        a, b = operand((m, k), dtype, layout[0] == "T"), operand((k, n), dtype, layout[1] == "T")
        return multiplication(library, a, b)

    run.__name__ = f"{np.dtype(dtype).name}_{layout}_{m}x{k}x{n}"
    run.__module__ = __name__
    timed(budget, rounds=18)(run)


for dtype, budget in BUDGET.items():
    for layout in ("NN", "NT", "TN", "TT"):
        for m, k, n in SHAPES:
            declare(m, k, n, dtype, layout, budget)
    for m, k, n in VECTORS:
        declare(m, k, n, dtype, "NN", 1.1)
