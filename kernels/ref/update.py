"""Steps of optimisers in NumPy; the order of the roundings is part of the definition."""

import math

import numpy as np

__all__ = ["adam", "momentum", "sgd"]


def sgd(p, g, rate, decay):
    """Descend."""
    p -= _decayed(g, p, decay) * _like(p, rate)


def momentum(p, g, b, rate, factor, dampening, decay, nesterov):
    """Descend in the direction of a running sum of gradients."""
    g = _decayed(g, p, decay)
    np.add(b * _like(p, factor), g * _like(p, 1 - dampening), out=b)
    p -= (g + b * _like(p, factor) if nesterov else b) * _like(p, rate)


def adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest):
    """Descend in units of the gradient's own root mean square."""
    p *= _like(p, shrink)
    g = _decayed(g, p, decay)
    m += (g - m) * _like(p, 1 - beta1)
    np.add(v * _like(p, beta2), g * g * _like(p, 1 - beta2), out=v)
    if largest is not None:
        v = np.maximum(largest, v, out=largest)
    root = np.sqrt(v) / _like(p, math.sqrt(1 - beta2**step)) + _like(p, eps)
    p -= m / root * _like(p, rate / (1 - beta1**step))


def _decayed(g, p, decay):
    return g + p * _like(p, decay) if decay else g


def _like(p, number):
    return p.dtype.type(number)
