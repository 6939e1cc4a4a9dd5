"""Activations on the CPU: one pass, in SIMD, with the functions of `_functions`."""

from functools import lru_cache

import numpy as np

from ..ref import activation as _ref
from . import _functions as f
from ._lanes import width
from ._numba import canonical
from ._ufunc import Function, get, put, quiet

__all__ = ["erf", "erfc", "gelu", "sigmoid", "silu", "softplus"]

_LARGE = 1 << 15  # elements that are worth more than one thread
_WORK = 40  # multiply-adds that an element is worth, about


def sigmoid(x):
    """Logistic function."""
    compiled = _SIGMOID[x.dtype.char]
    if compiled is None:
        return _ref.sigmoid(x)
    return compiled(x, out=...) if x.size < _LARGE else _spread(_SIGMOID, x)


def silu(x):
    """Sigmoid linear unit."""
    compiled = _SILU[x.dtype.char]
    if compiled is None:
        return _ref.silu(x)
    return compiled(x, out=...) if x.size < _LARGE else _spread(_SILU, x)


def erf(x):
    """Error function."""
    compiled = _ERF[x.dtype.char]
    if compiled is None:
        return _ref.erf(x)
    return compiled(x, out=...) if x.size < _LARGE else _spread(_ERF, x)


def erfc(x):
    """Complementary error function."""
    compiled = _ERFC[x.dtype.char]
    if compiled is None:
        return _ref.erfc(x)
    return compiled(x, out=...) if x.size < _LARGE else _spread(_ERFC, x)


def gelu(x, approximate):
    """Gaussian error linear unit."""
    function = _GELU if approximate == "none" else _GELU_TANH
    compiled = function[x.dtype.char]
    if compiled is None:
        return _ref.gelu(x, approximate)
    return compiled(x, out=...) if x.size < _LARGE else _spread(function, x)


def softplus(x, beta, threshold):
    """Smooth rectifier."""
    compiled = _SOFTPLUS[x.dtype.char]
    if compiled is None:
        return _ref.softplus(x, beta, threshold)
    settings = _arrays(float(beta), float(threshold), x.dtype.char)
    return compiled(x, *settings, out=...) if x.size < _LARGE else _spread(_SOFTPLUS, x, *settings)


@lru_cache(256)
def _arrays(beta, threshold, letter):
    # Python's numbers would cost a small call half of its time
    return np.array(beta, letter), np.array(threshold, letter)


def _spread(function, x, *settings):
    x = canonical(x)
    y = np.empty(x.shape, x.dtype)
    settings = [np.broadcast_to(s, (x.size,)) for s in settings]
    function.spread((x.reshape(-1), *settings, y.reshape(-1)), (x.size,), x.size * _WORK)
    return y


def _sigmoid(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.sigmoid(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _silu(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.silu(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _erf(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.erf(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _erfc(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.erfc(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _gelu(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.gelu(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _gelu_tanh(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        put(f.gelu_tanh(get(kind, args, steps, 0, i, n)), args, steps, 1, i, n)
    quiet()


def _softplus(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        beta, threshold = get(kind, args, steps, 1, i, n), get(kind, args, steps, 2, i, n)
        put(f.softplus(get(kind, args, steps, 0, i, n), beta, threshold), args, steps, 3, i, n)
    quiet()


_SIGMOID, _SILU, _SOFTPLUS = Function(_sigmoid, "x->x"), Function(_silu, "x->x"), Function(_softplus, "xxx->x")
_ERF, _ERFC = Function(_erf, "x->x"), Function(_erfc, "x->x")
_GELU, _GELU_TANH = Function(_gelu, "x->x"), Function(_gelu_tanh, "x->x")
