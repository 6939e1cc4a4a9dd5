"""Softmax in NumPy."""

import numpy as np

from .reduce import sum

__all__ = ["log_softmax", "log_softmax_grad", "logsumexp", "softmax", "softmax_grad"]


def log_softmax(x, axis):
    """Logarithm of the softmax."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a sum of nothing is 0
        z = x - _maximum(x, axis)
        return np.asarray(z - np.log(sum(np.exp(z), axis, True)))


def logsumexp(x, axis, keepdims):
    """Logarithm of a sum of exponentials, relative to the largest."""
    m = _finite_maximum(x.real, axis)  # of complex numbers the real part says how large the exponential is
    with np.errstate(divide="ignore"):
        y = np.log(sum(np.exp(x - m), axis, True), out=...) + m
    return np.asarray(y if keepdims else y.reshape(_reduced_shape(x, axis)), x.dtype)


def softmax(x, axis):
    """Normalised exponentials, relative to the largest."""
    with np.errstate(invalid="ignore"):
        e = np.exp(x - _maximum(x, axis))
        return np.asarray(e / sum(e, axis, True))


def softmax_grad(g, y, axis):
    """Cotangent of the argument of a softmax."""
    p = g * y
    return np.asarray(p - y * sum(p, axis, True))


def log_softmax_grad(g, y, axis):
    """Cotangent of the argument of a log_softmax."""
    return np.asarray(g - np.exp(y) * sum(g, axis, True))


def _maximum(x, axis):
    return np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)


def _finite_maximum(x, axis):
    # ∞ - ∞ would be NaN: relative to 0 an infinite maximum comes out right by itself
    m = _maximum(x, axis)
    return np.where(np.isinf(m), x.dtype.type(0), m)


def _reduced_shape(x, axis):
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(n for i, n in enumerate(x.shape) if i not in axes)
