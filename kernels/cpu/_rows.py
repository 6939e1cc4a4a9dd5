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
    total, w = 0.0, width(x)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        # four at a time: one sum would wait for the other
        for j in range(start, min(n, start + BLOCK * width(x)), 4 * width(x)):
            near = load(x, j, n, 0.0) + load(x, j + w, n, 0.0)
            part = part + (near + (load(x, j + 2 * w, n, 0.0) + load(x, j + 3 * w, n, 0.0)))
        total += np.float64(add_up(part))
    return total


@kernel
def row_dot(x, y, n):
    """Sum of the products of n elements."""
    total, w = 0.0, width(x)
    for start in range(0, n, BLOCK * width(x)):
        part = lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), 4 * width(x)):
            near = _product(x, y, j, n) + _product(x, y, j + w, n)
            part = part + (near + (_product(x, y, j + 2 * w, n) + _product(x, y, j + 3 * w, n)))
        total += np.float64(add_up(part))
    return total


@kernel
def _product(x, y, j, n):
    return load(x, j, n, 0.0) * load(y, j, n, 0.0)


@kernel
def row_spread(x, m, n):
    """Sums of x - m and of its square over n elements."""
    total, squares, w, shift = 0.0, 0.0, width(x), lanes(x, m)
    for start in range(0, n, BLOCK * width(x)):
        part, square = lanes(x, 0.0), lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), 4 * width(x)):
            a, b = load(x, j, n, shift) - shift, load(x, j + w, n, shift) - shift
            c, d = load(x, j + 2 * w, n, shift) - shift, load(x, j + 3 * w, n, shift) - shift
            part, square = part + ((a + b) + (c + d)), square + ((a * a + b * b) + (c * c + d * d))
        total += np.float64(add_up(part))
        squares += np.float64(add_up(square))
    return total, squares


@kernel
def row_slopes(g, x, m, n):
    """Sums of g and of g (x - m) over n elements."""
    total, products, w, shift = 0.0, 0.0, width(x), lanes(x, m)
    for start in range(0, n, BLOCK * width(x)):
        part, product = lanes(x, 0.0), lanes(x, 0.0)
        for j in range(start, min(n, start + BLOCK * width(x)), 2 * width(x)):
            a, b = load(g, j, n, 0.0), load(g, j + w, n, 0.0)
            c, d = load(x, j, n, shift) - shift, load(x, j + w, n, shift) - shift
            part, product = part + (a + b), product + (a * c + b * d)
        total += np.float64(add_up(part))
        products += np.float64(add_up(product))
    return total, products
