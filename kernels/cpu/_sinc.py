"""The sine quotient f(u) = sin(u) / u of u = πx and its derivative, of float32 in float32: x is reduced, not u."""

import math

from ._functions import sine_cosine
from ._lanes import absolute, floored, horner, lanes, select, width
from ._ufunc import Function, get, put, quiet

_PI = math.pi

# f'(πx) / x = Σ (-1)ᵏ 2k π²ᵏ⁻¹ x²ᵏ⁻² / (2k + 1)!, from k = 1 on, for |x| ≤ 1/2: errors 2e-10 and 2e-19
_SERIES = tuple((-1) ** k * 2 * k * math.pi ** (2 * k - 1) / math.factorial(2 * k + 1) for k in range(1, 13))
_SERIES_NARROW, _SERIES_WIDE = _SERIES[:8], _SERIES


def _sinc(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        x = absolute(get(kind, args, steps, 0, i, n))
        turns = x * 0.5
        sine, _ = sine_cosine(turns - floored(turns))
        put(select(x < 1e-10, lanes(x, 1.0), sine / (x * _PI)), args, steps, 1, i, n)
    quiet()


def _sinc_slope(args, dims, steps, kind):
    n = dims[0]
    for i in range(0, n, width(kind)):
        x = get(kind, args, steps, 0, i, n)
        size = absolute(x)
        turns = size * 0.5
        sine, cosine = sine_cosine(turns - floored(turns))
        far = (cosine - sine / (size * _PI)) / (x * _PI)
        near = x * horner(x * x, _SERIES_NARROW, _SERIES_WIDE)
        put(select(size < 0.5, near, far), args, steps, 1, i, n)
    quiet()


SINC = Function(_sinc, "x->x"), Function(_sinc_slope, "x->x")  # by their order
