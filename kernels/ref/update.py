"""Steps of optimisers in NumPy; the order of the roundings is part of the definition."""

import math

import numpy as np

from ._steps import decayed, like, writes

__all__ = ["adam", "asgd", "limit", "lion", "momentum", "rprop", "sgd"]


@writes("p")
def sgd(p, g, rate, decay):
    """Descend."""
    return (p - decayed(g, p, decay) * like(p, rate),)


@writes("p", "b")
def momentum(p, g, b, rate, factor, dampening, decay, nesterov):
    """Descend in the direction of a running sum of gradients."""
    g = decayed(g, p, decay)
    b = b * like(p, factor) + g * like(p, 1 - dampening)
    return p - (g + b * like(p, factor) if nesterov else b) * like(p, rate), b


@writes("p", "m", "v", "largest")
def adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest):
    """Descend in units of the gradient's own root mean square."""
    p = p * like(p, shrink)
    g = decayed(g, p, decay)
    m = m + (g - m) * like(p, 1 - beta1)
    v = v * like(p, beta2) + g * g * like(p, 1 - beta2)
    w = largest = v if largest is None else np.maximum(largest, v)
    root = np.sqrt(w) / like(p, math.sqrt(1 - beta2**step)) + like(p, eps)
    return p - m / root * like(p, rate / (1 - beta1**step)), m, v, largest


@writes("p", "a")
def asgd(p, g, a, rate, shrink, share, decay):
    """Descend, and average where that leads."""
    p = p * like(p, shrink) - decayed(g, p, decay) * like(p, rate)
    return p, p if share == 1 else a + (p - a) * like(p, share)


@writes("g")
def limit(g, most):
    """Limit every element of a gradient; `maximum` and `minimum` keep NaN."""
    return (np.minimum(np.maximum(g, like(g, -most)), like(g, most)),)


@writes("p", "m")
def lion(p, g, m, rate, beta1, beta2, shrink):
    """Descend by the sign of the mean gradient."""
    direction = np.sign(m * like(p, beta1) + g * like(p, 1 - beta1))
    return p * like(p, shrink) - direction * like(p, rate), m * like(p, beta2) + g * like(p, 1 - beta2)


@writes("p", "before", "size")
def rprop(p, g, before, size, shrink, grow, smallest, largest):
    """Descend by the sign of the gradient, in steps that grow while it stays the same."""
    turn = g * before
    factor = np.where(turn > 0, like(p, grow), np.where(turn < 0, like(p, shrink), np.where(turn == 0, 1, turn)))
    size = np.minimum(np.maximum(size * factor, like(p, smallest)), like(p, largest))
    g = np.where(turn < 0, like(p, 0), g)
    return p - np.sign(g) * size, g, size
