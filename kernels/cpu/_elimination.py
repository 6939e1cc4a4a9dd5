"""The loops of elimination and substitution: a few columns or rows of each matrix of a batch.

Triangles are read by steps between their matrices, rows and columns, so that a transposed one is as good.
"""

from ._lanes import lanes, load, store, width
from ._numba import kernel, pointer


def eliminate(memory, numbers, t, threads):
    """Factorize some columns by elimination; rows are exchanged over their whole length."""
    lu, pivots = pointer(memory, numbers[0]), pointer(numbers, numbers[1])
    size, M, N, K, first, last, pivot = (
        numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7], numbers[8],
    )  # fmt: skip
    for b in range(t, size, threads):
        base = b * M * N
        for j in range(first, last):
            here, p = base + j * N, j
            most = abs(lu[here + j])
            for i in range(j + 1, M):
                value = abs(lu[base + i * N + j])
                if pivot != 0 and (value > most or (value != value and most == most)):
                    most, p = value, i
            pivots[b * K + j] = p + 1
            if p != j:
                _exchange(lu, here, base + p * N, N)
            head = lu[here + j]
            if head == 0 and pivot != 0:
                continue  # the whole column is 0
            for i in range(j + 1, M):
                row = base + i * N
                lu[row + j] = factor = lu[row + j] / head
                for c in range(j + 1, last, width(lu)):
                    left = load(lu, row + c, row + last, 0.0) - lanes(lu, factor) * load(lu, here + c, here + last, 0.0)
                    store(left, lu, row + c, row + last)


def substitute(memory, numbers, t, threads):
    """Solve some rows, and columns, of a triangular system in place."""
    a, x = pointer(memory, numbers[0]), pointer(memory, numbers[1])
    size, step_b, step_i, step_j, step_x, K = (
        numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7],
    )  # fmt: skip
    for b in range(t, size, threads):
        _solve(
            a, b * step_b, step_i, step_j, x, b * step_x, K, numbers[8], numbers[9], numbers[10], numbers[11],
            numbers[12] != 0, numbers[13] != 0,
        )  # fmt: skip


def exchange(memory, numbers, t, threads):
    """Do the exchanges of elimination on the rows of right-hand sides, or undo them."""
    x, pivots = pointer(memory, numbers[0]), pointer(numbers, numbers[1])
    size, M, K, P, back = numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]
    for b in range(t, size, threads):
        _exchange_all(x, b * M * K, K, pivots, b * P, P, back != 0)


def solve_factorized(memory, numbers, t, threads):
    """Solve small systems by their factors: exchanges and both triangles at once."""
    lu, x, pivots = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(numbers, numbers[2])
    size, N, K, transposed = numbers[3], numbers[4], numbers[5], numbers[6] != 0
    for b in range(t, size, threads):
        a, at = b * N * N, b * N * K
        if transposed:
            _solve(lu, a, 1, N, x, at, K, 0, N, 0, K, False, False)
            _solve(lu, a, 1, N, x, at, K, 0, N, 0, K, True, True)
            _exchange_all(x, at, K, pivots, b * N, N, True)
        else:
            _exchange_all(x, at, K, pivots, b * N, N, False)
            _solve(lu, a, N, 1, x, at, K, 0, N, 0, K, False, True)
            _solve(lu, a, N, 1, x, at, K, 0, N, 0, K, True, False)


@kernel
def _exchange(x, one, other, n):
    for c in range(0, n, width(x)):
        upper, lower = load(x, one + c, one + n, 0.0), load(x, other + c, other + n, 0.0)
        store(lower, x, one + c, one + n)
        store(upper, x, other + c, other + n)


@kernel
def _exchange_all(x, at, K, pivots, first, n, back):
    for k in range(n):
        i = n - 1 - k if back else k
        p = pivots[first + i] - 1
        if p != i:
            _exchange(x, at + i * K, at + p * K, K)


@kernel
def _solve(a, base, step_i, step_j, x, at, K, first, last, left, right, upper, unit):
    """Rows first … last-1 and columns left … right-1 of x, by the block of a on its diagonal."""
    for c in range(left, right, width(x)):
        for k in range(last - first):
            i = last - 1 - k if upper else first + k
            here = at + i * K
            value = load(x, here + c, here + right, 0.0)
            for j in range(i + 1 if upper else first, last if upper else i):
                there = at + j * K
                factor = lanes(x, a[base + i * step_i + j * step_j])
                value = value - factor * load(x, there + c, there + right, 0.0)
            if not unit:
                value = value / lanes(x, a[base + i * (step_i + step_j)])
            store(value, x, here + c, here + right)
