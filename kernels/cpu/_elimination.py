"""The loops of elimination and substitution: a few columns or rows of each matrix of a batch."""

from ._lanes import lanes, load, store, width
from ._numba import pointer


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
                for c in range(0, N, width(lu)):
                    upper, lower = load(lu, here + c, here + N, 0.0), load(lu, base + p * N + c, base + p * N + N, 0.0)
                    store(lower, lu, here + c, here + N)
                    store(upper, lu, base + p * N + c, base + p * N + N)
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
    size, step_a, N, step_x, K = numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]
    first, last, left, right, upper, unit = (
        numbers[7], numbers[8], numbers[9], numbers[10], numbers[11], numbers[12],
    )  # fmt: skip
    a, x = pointer(memory, numbers[0]), pointer(memory, numbers[1])
    for b in range(t, size, threads):
        for c in range(left, right, width(x)):
            for k in range(last - first):
                i = last - 1 - k if upper != 0 else first + k
                row, at = b * step_a + i * N, b * step_x + i * K
                value = load(x, at + c, at + right, 0.0)
                for j in range(i + 1 if upper != 0 else first, last if upper != 0 else i):
                    other = b * step_x + j * K
                    value = value - lanes(x, a[row + j]) * load(x, other + c, other + right, 0.0)
                if unit == 0:
                    value = value / lanes(x, a[row + i])
                store(value, x, at + c, at + right)


def exchange(memory, numbers, t, threads):
    """Do the exchanges of elimination on the numbers of the rows."""
    order, pivots = pointer(numbers, numbers[0]), pointer(numbers, numbers[1])
    size, M, K = numbers[2], numbers[3], numbers[4]
    for b in range(t, size, threads):
        for j in range(K):
            here, there = b * M + j, b * M + pivots[b * K + j] - 1
            first = order[here]
            order[here] = order[there]
            order[there] = first
