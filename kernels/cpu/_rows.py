"""Sums and maxima over rows of floats, in lanes: each in one fixed order, that of its length alone.

Sums are float64: over a block of a row they run in its own dtype.
"""

import numpy as np

from ._functions import exp
from ._lanes import add_up, lanes, larger, largest, load, store, width
from ._numba import kernel

BLOCK = 64  # vectors that are added up in lanes, before the sum goes on in float64


@kernel
def row_max(x, n):
    """Largest of n elements; NaN may get lost (the sums that follow find it), of none it is -∞."""
    m = lanes(x, -np.inf)
    for j in range(0, n, width(x)):
        m = larger(load(x, j, n, -np.inf), m)
    return largest(m)


@kernel
def exp_into(x, m, y, n):
    """Write y = e^(x - m); return the sum."""
    total = 0.0
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            e = exp(load(x, j, n, -np.inf) - m)
            store(e, y, j, n)
            part = part + e
        total += np.float64(add_up(part))
    return total


@kernel
def exp_sum(x, m, n):
    """Sum of e^(x - m)."""
    total = 0.0
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + exp(load(x, j, n, -np.inf) - m)
        total += np.float64(add_up(part))
    return total


@kernel
def row_sum(x, n):
    """Sum of n elements."""
    total = 0.0
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + load(x, j, n, 0.0)
        total += np.float64(add_up(part))
    return total


@kernel
def row_dot(x, y, n):
    """Sum of the products of n elements."""
    total = 0.0
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + load(x, j, n, 0.0) * load(y, j, n, 0.0)
        total += np.float64(add_up(part))
    return total
