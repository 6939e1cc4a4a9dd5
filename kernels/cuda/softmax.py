"""Softmax on the device: one kernel, which goes over a row twice.

The first time it finds the maximum and the sum of exponentials together; the second time, when a row of usual length
is still in the cache, it writes the answer.
"""

import numpy as np

from ._exponentials import exponentials, log_sum
from ._fold import fold

__all__ = ["log_softmax", "log_softmax_grad", "logsumexp", "softmax", "softmax_grad"]


def softmax(x, axis):
    """Normalised exponentials."""
    return fold(_softmax, (x,), axes=_axes(x, axis))


def log_softmax(x, axis):
    """Logarithm of the softmax."""
    return fold(_log_softmax, (x,), axes=_axes(x, axis))


def softmax_grad(g, y, axis):
    """Cotangent of the argument of a softmax."""
    return fold(_softmax_grad, (g, y), axes=_axes(y, axis))


def log_softmax_grad(g, y, axis):
    """Cotangent of the argument of a log_softmax."""
    return fold(_log_softmax_grad, (g, y), axes=_axes(y, axis))


def logsumexp(x, axis, keepdims):
    """Logarithm of a sum of exponentials."""
    formula = _complex_logsumexp if x.dtype.kind == "c" else _logsumexp
    return fold(formula, (x,), axes=axis, settings=(x.dtype,), keepdims=keepdims)


def _axes(x, axis):
    return (axis,) if x.ndim else ()


def _softmax(row):
    m, s = exponentials(row)
    scale = 1 / s
    row.each(lambda x: (np.exp(x - m) * scale).astype(x.dtype))


def _log_softmax(row):
    m, s = exponentials(row)
    shift = np.log(s)
    row.each(lambda x: ((x - m) - shift).astype(x.dtype))


def _softmax_grad(row):
    total = row.sum(lambda g, y: g * y)
    row.each(lambda g, y: (y * (g - total)).astype(np.result_type(g, y)))


def _log_softmax_grad(row):
    total = row.sum(lambda g, y: g)
    row.each(lambda g, y: (g - np.exp(y) * total).astype(np.result_type(g, y)))


def _logsumexp(row, dtype):
    return log_sum(row).astype(dtype)


def _complex_logsumexp(row, dtype):
    m = row.max(lambda x: x.real)  # it says how large the exponential is
    m = np.where(np.isinf(m), 0, m)
    return (np.log(row.sum(lambda x: np.exp(x - m))) + m).astype(dtype)
