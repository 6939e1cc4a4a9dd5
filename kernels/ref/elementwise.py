"""Elementwise functions that NumPy lacks."""

import math

import numpy as np

from ..polynomial import polynomial
from .activation import in_float64

__all__ = ["clip", "relu", "relu_grad", "rsqrt", "sinc", "tanh_grad", "where"]


def relu(x):
    """Rectify; `maximum` keeps NaN."""
    return np.maximum(x, 0, out=...)


def relu_grad(g, y):
    """Cotangent of the argument of a relu."""
    return np.where(y <= 0, g.dtype.type(0), g)


def tanh_grad(g, y):
    """Cotangent of the argument of a tanh."""
    return np.subtract(g, g * y * y, out=...)


def rsqrt(x):
    """Reciprocal square root."""
    return np.reciprocal(np.sqrt(x, out=...), out=...)


def sinc(x, order):
    """Sine quotient: Taylor's series near 0, elsewhere u f⁽ⁿ⁾ = sin⁽ⁿ⁾(u) - n f⁽ⁿ⁻¹⁾ from n = 0 upwards."""
    return in_float64(lambda u: _sinc(np.pi * u, order), x)


def where(condition, a, b):
    """Choose elementwise."""
    return np.where(condition, a, b)


def clip(x, low, high):
    """Limit to an interval; `maximum` and `minimum` keep NaN."""
    if low is not None:
        x = np.maximum(x, low, out=...)
    if high is not None:
        x = np.minimum(x, high, out=...)
    return x


def _sinc(u, order):
    if order == 0:
        away = np.where(u == 0, 1, u)
        return np.where(u == 0, 1, np.sin(away) / away)
    # the recurrence loses digits where |u| < order; there the series needs few terms
    near = np.abs(u) < order + 1
    away = np.where(near, 1, u)
    far = np.sin(away) / away
    for n in range(1, order + 1):
        far = (np.sin(away + n * (np.pi / 2)) - n * far) / away
    # Σ (-1)ᵏ uʲ / (j! (j + order + 1)),  j = 2k - order: every other power, from u² down
    first = order % 2
    powers = range(first, first + 2 * (order + 12), 2)
    signs = [(-1) ** ((j + order) // 2) for j in powers]
    series = tuple(s / (math.factorial(j) * (j + order + 1)) for s, j in zip(signs, powers, strict=True))
    z = np.where(near, u, 0)
    inner = polynomial(series, z * z) * (z if first else 1)
    return np.where(near, inner, far)
