"""Sums and maxima over rows of floats, in lanes: each in one fixed order, that of its length alone."""

import numpy as np

from ._functions import exp
from ._lanes import add_up, lanes, larger, largest, load, store, width
from ._numba import kernel

BLOCK = 64  # vectors added up in a row; then their sums are: errors grow with neither


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
    total = lanes(x, 0.0)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            e = exp(load(x, j, n, -np.inf) - m)
            store(e, y, j, n)
            part = part + e
        total = total + part
    return add_up(total)


@kernel
def exp_sum(x, m, n):
    """Sum of e^(x - m)."""
    total = lanes(x, 0.0)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + exp(load(x, j, n, -np.inf) - m)
        total = total + part
    return add_up(total)


@kernel
def row_sum(x, n):
    """Sum of n elements."""
    total = lanes(x, 0.0)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + load(x, j, n, 0.0)
        total = total + part
    return add_up(total)


@kernel
def row_dot(x, y, n):
    """Sum of the products of n elements."""
    total = lanes(x, 0.0)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), width(x)):
            part = part + load(x, j, n, 0.0) * load(y, j, n, 0.0)
        total = total + part
    return add_up(total)
