"""Activations on the CPU: one pass, in SIMD, with the functions of `_functions`."""

from functools import lru_cache

import numpy as np

from ..ref import activation as _ref
from . import _functions as f
from ._lanes import select, width
from ._numba import COMPILED, canonical
from ._pointwise import compute
from ._ufunc import Function, get, put, quiet

__all__ = [
    "erf", "erfc", "gelu", "gelu_grad", "sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus", "softplus_grad",
]  # fmt: skip

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


def sigmoid_grad(g, y):
    """Cotangent of the argument of a sigmoid."""
    return compute("sigmoid_grad", (g, y), y.dtype.char, y.size) if _fits(g, y) else _ref.sigmoid_grad(g, y)


def silu_grad(g, x):
    """Cotangent of the argument of a silu."""
    return _gradient(_SILU_GRAD, g, x) if _fits(g, x) else _ref.silu_grad(g, x)


def gelu_grad(g, x, approximate):
    """Cotangent of the argument of a gelu."""
    function = _GELU_GRAD if approximate == "none" else _GELU_TANH_GRAD
    return _gradient(function, g, x) if _fits(g, x) else _ref.gelu_grad(g, x, approximate)


def softplus_grad(g, x, beta, threshold):
    """Cotangent of the argument of a softplus."""
    if not _fits(g, x):
        return _ref.softplus_grad(g, x, beta, threshold)
    return _gradient(_SOFTPLUS_GRAD, g, x, *_arrays(float(beta), float(threshold), x.dtype.char))


def _fits(g, x):
    return COMPILED and g.dtype == x.dtype and x.dtype.char in "fd"


def _gradient(function, g, x, *settings):
    if x.size < _LARGE or g.shape != x.shape:
        return function[x.dtype.char](g, x, *settings, out=...)
    return _spread(function, g, x, *settings)


@lru_cache(256)
def _arrays(beta, threshold, letter):
    # Python's numbers would cost a small call half of its time
    return np.array(beta, letter), np.array(threshold, letter)


def _spread(function, *arrays):
    """Call it for arrays of one shape, and for settings, which are 0-d."""
    first, *others = (canonical(a) for a in arrays)
    y = np.empty(first.shape, first.dtype)
    flat = (a.reshape(-1) if a.ndim else np.broadcast_to(a, (y.size,)) for a in others)
    function.spread((first.reshape(-1), *flat, y.reshape(-1)), (y.size,), y.size * _WORK)
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


def _silu_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, x = get(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n)
        put(g * f.silu_slope(x), args, steps, 2, i, n)
    quiet()


def _gelu_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, x = get(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n)
        put(g * f.gelu_slope(x), args, steps, 2, i, n)
    quiet()


def _gelu_tanh_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, x = get(kind, args, steps, 0, i, n), get(kind, args, steps, 1, i, n)
        put(g * f.gelu_tanh_slope(x), args, steps, 2, i, n)
    quiet()


def _softplus_grad(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        g, threshold = get(kind, args, steps, 0, i, n), get(kind, args, steps, 3, i, n)
        bx = get(kind, args, steps, 1, i, n) * get(kind, args, steps, 2, i, n)
        put(select(bx > threshold, g, g * f.sigmoid(bx)), args, steps, 4, i, n)
    quiet()


_SIGMOID, _SILU, _SOFTPLUS = Function(_sigmoid, "x->x"), Function(_silu, "x->x"), Function(_softplus, "xxx->x")
_ERF, _ERFC = Function(_erf, "x->x"), Function(_erfc, "x->x")
_GELU, _GELU_TANH = Function(_gelu, "x->x"), Function(_gelu_tanh, "x->x")
_SILU_GRAD = Function(_silu_grad, "xx->x")
_GELU_GRAD, _GELU_TANH_GRAD = Function(_gelu_grad, "xx->x"), Function(_gelu_tanh_grad, "xx->x")
_SOFTPLUS_GRAD = Function(_softplus_grad, "xxxx->x")
