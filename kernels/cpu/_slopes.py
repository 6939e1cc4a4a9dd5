"""The compiled gradients of relu and of tanh, from their answers: for arrays of one shape, of float32 or float64."""

import numpy as np

from ..ref import elementwise as _ref
from ._lanes import lanes, select, width
from ._numba import COMPILED, canonical
from ._ufunc import Function, get, put, quiet

_LARGE = 1 << 16  # elements that are worth more than one thread
_WORK = 8  # multiply-adds that an element is worth, about


def relu_grad(g, y):
    """Cotangent of the argument of a relu."""
    return _spread(_RELU_GRAD, g, y) if COMPILED else _ref.relu_grad(g, y)


def tanh_grad(g, y):
    """Cotangent of the argument of a tanh."""
    return _spread(_TANH_GRAD, g, y) if COMPILED else _ref.tanh_grad(g, y)


def _spread(function, g, y):
    if y.size < _LARGE:
        return function[y.dtype.char](g, y, out=...)
    g, y = canonical(g), canonical(y)
    gx = np.empty(y.shape, y.dtype)
    function.spread((g.reshape(-1), y.reshape(-1), gx.reshape(-1)), (y.size,), y.size * _WORK)
    return gx


def _relu_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, y = get(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n)
        put(select(y <= 0.0, lanes(g, 0.0), g), args, steps, 2, i, n)
    quiet()  # the comparison warns of NaN


def _tanh_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, y = get(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n)
        put(g - g * y * y, args, steps, 2, i, n)


_RELU_GRAD, _TANH_GRAD = Function(_relu_grad, "xx->x"), Function(_tanh_grad, "xx->x")
