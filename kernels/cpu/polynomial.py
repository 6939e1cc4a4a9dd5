"""Polynomials on the CPU: one pass, in SIMD; one compiled loop serves all of them."""

from functools import cache

import numpy as np

from ..ref import polynomial as _ref
from ._lanes import fma, lanes, width
from ._ufunc import Function, get, put, row

__all__ = ["polynomial"]


def polynomial(coefficients, x):
    """Horner's rule."""
    compiled = _POLYNOMIAL[x.dtype.char]
    if compiled is None:
        return _ref.polynomial(coefficients, x)
    return compiled(x, _array(coefficients, x.dtype), out=...)


@cache
def _array(coefficients, dtype):
    return np.array(coefficients, dtype)


def _polynomial(args, dims, steps, kind):
    n, c, w = dims[0], row(kind, args, steps, 1, 0), width(kind)
    for i in range(0, n, 4 * w):  # four vectors side by side hide that each step waits for the one before
        x0, x1 = get(kind, args, steps, 0, i, n), get(kind, args, steps, 0, i + w, n)
        x2, x3 = get(kind, args, steps, 0, i + 2 * w, n), get(kind, args, steps, 0, i + 3 * w, n)
        y0 = y1 = y2 = y3 = lanes(kind, c[dims[1] - 1])
        for k in range(dims[1] - 2, -1, -1):
            ck = lanes(kind, c[k])
            y0, y1, y2, y3 = fma(y0, x0, ck), fma(y1, x1, ck), fma(y2, x2, ck), fma(y3, x3, ck)
        put(y0, args, steps, 2, i, n)
        put(y1, args, steps, 2, i + w, n)
        put(y2, args, steps, 2, i + 2 * w, n)
        put(y3, args, steps, 2, i + 3 * w, n)


_POLYNOMIAL = Function(_polynomial, "xx->x", "(),(n)->()")
