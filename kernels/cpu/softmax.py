"""Softmax on the CPU: rows of lanes, each row by one thread; other axes are brought to the end first."""

import math
from math import prod

import numpy as np

from ..ref import softmax as _ref
from ._functions import exp
from ._lanes import lanes, load, store, width
from ._numba import canonical
from ._rows import exp_into, exp_sum, row_dot, row_max, row_sum
from ._ufunc import Function, quiet, row

__all__ = ["log_softmax", "log_softmax_grad", "logsumexp", "softmax", "softmax_grad"]

_LARGE = 1 << 15  # elements that are worth more than one thread
_WORK = 30  # multiply-adds that an element is worth, about


def softmax(x, axis):
    """Normalised exponentials."""
    compiled = _SOFTMAX[x.dtype.char]
    if compiled is None or x.ndim == 0:
        return _ref.softmax(x, axis)
    if x.size < _LARGE and axis == x.ndim - 1 and x.flags.c_contiguous:
        return compiled(x)
    return _along(_SOFTMAX, axis, x)


def log_softmax(x, axis):
    """Logarithm of the softmax."""
    compiled = _LOG_SOFTMAX[x.dtype.char]
    if compiled is None or x.ndim == 0:
        return _ref.log_softmax(x, axis)
    if x.size < _LARGE and axis == x.ndim - 1 and x.flags.c_contiguous:
        return compiled(x)
    return _along(_LOG_SOFTMAX, axis, x)


def softmax_grad(g, y, axis):
    """Cotangent of the argument of a softmax."""
    if g.dtype != y.dtype or y.ndim == 0 or _SOFTMAX_GRAD[y.dtype.char] is None:
        return _ref.softmax_grad(g, y, axis)
    return _along(_SOFTMAX_GRAD, axis, g, y)


def log_softmax_grad(g, y, axis):
    """Cotangent of the argument of a log_softmax."""
    if g.dtype != y.dtype or y.ndim == 0 or _LOG_SOFTMAX_GRAD[y.dtype.char] is None:
        return _ref.log_softmax_grad(g, y, axis)
    return _along(_LOG_SOFTMAX_GRAD, axis, g, y)


def logsumexp(x, axis, keepdims):
    """Logarithm of a sum of exponentials."""
    if _LOGSUMEXP[x.dtype.char] is None or not axis:
        return _ref.logsumexp(x, axis, keepdims)
    kept = tuple(a for a in range(x.ndim) if a not in axis)
    shape = tuple(x.shape[a] for a in kept)
    n = prod(x.shape[a] for a in axis)
    rows = canonical(x.transpose(kept + tuple(sorted(axis)))).reshape(prod(shape), n)
    y = _rows(_LOGSUMEXP, rows)
    return y.reshape(tuple(1 if a in axis else x.shape[a] for a in range(x.ndim)) if keepdims else shape)


def _along(function, axis, *arrays):
    """Call a function of rows along an axis; the answer is C-contiguous."""
    last = axis == arrays[0].ndim - 1
    if not last:
        arrays = [a.swapaxes(axis, -1) for a in arrays]
    shape = arrays[0].shape
    y = _rows(function, *(canonical(a).reshape(prod(shape[:-1]), shape[-1]) for a in arrays)).reshape(shape)
    return y if last else np.ascontiguousarray(y.swapaxes(-1, axis))


def _rows(function, *arrays):
    x = arrays[0]
    if x.size < _LARGE:
        return function[x.dtype.char](*arrays)
    y = np.empty(x.shape if function.signature.endswith("(n)") else x.shape[:1], x.dtype)
    function.spread((*arrays, y), x.shape, x.size * _WORK)
    return y


def _softmax(args, dims, steps, kind):
    n = dims[1]
    for i in range(dims[0]):
        x, y = row(kind, args, steps, 0, i), row(kind, args, steps, 1, i)
        scale = 1.0 / lanes(x, exp_into(x, lanes(x, row_max(x, n)), y, n))
        for j in range(0, n, width(x)):
            store(load(y, j, n, 0.0) * scale, y, j, n)
    quiet()


def _log_softmax(args, dims, steps, kind):
    n = dims[1]
    for i in range(dims[0]):
        x, y = row(kind, args, steps, 0, i), row(kind, args, steps, 1, i)
        m = lanes(x, row_max(x, n))
        shift = lanes(x, math.log(exp_sum(x, m, n)))
        for j in range(0, n, width(x)):
            store((load(x, j, n, 0.0) - m) - shift, y, j, n)
    quiet()


def _logsumexp(args, dims, steps, kind):
    n = dims[1]
    for i in range(dims[0]):
        x, y = row(kind, args, steps, 0, i), row(kind, args, steps, 1, i)
        # ∞ - ∞ would be NaN: relative to 0 an infinite maximum comes out right by itself
        m = row_max(x, n)
        m = m if abs(m) < np.inf else 0.0
        y[0] = math.log(exp_sum(x, lanes(x, m), n)) + m
    quiet()


def _softmax_grad(args, dims, steps, kind):
    n = dims[1]
    for i in range(dims[0]):
        g, y, gx = row(kind, args, steps, 0, i), row(kind, args, steps, 1, i), row(kind, args, steps, 2, i)
        mean = lanes(y, row_dot(g, y, n))
        for j in range(0, n, width(y)):
            store(load(y, j, n, 0.0) * (load(g, j, n, 0.0) - mean), gx, j, n)


def _log_softmax_grad(args, dims, steps, kind):
    n = dims[1]
    for i in range(dims[0]):
        g, y, gx = row(kind, args, steps, 0, i), row(kind, args, steps, 1, i), row(kind, args, steps, 2, i)
        total = lanes(y, row_sum(g, n))
        for j in range(0, n, width(y)):
            store(load(g, j, n, 0.0) - exp(load(y, j, n, 0.0)) * total, gx, j, n)
    quiet()


_SOFTMAX, _LOG_SOFTMAX = Function(_softmax, "x->x", "(n)->(n)"), Function(_log_softmax, "x->x", "(n)->(n)")
_SOFTMAX_GRAD = Function(_softmax_grad, "xx->x", "(n),(n)->(n)")
_LOG_SOFTMAX_GRAD = Function(_log_softmax_grad, "xx->x", "(n),(n)->(n)")
_LOGSUMEXP = Function(_logsumexp, "x->x", "(n)->()")
