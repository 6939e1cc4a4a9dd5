"""Rounded quotients of lanes and their remainders, as NumPy has them: exact, whatever the quotient."""

import math

from ._lanes import absolute, copysign, floored, fused, lanes, largest, remaindered, select, truncated
from ._numba import kernel
from ._ufunc import quiet_library


@kernel
def fmod(x, y):
    """Remainder with the sign of `x`.

    The quotient, rounded, is at most one too large, and what one fused step leaves is a float: nothing is rounded.
    Large quotients, zeros and infinities go to the library of C.
    """
    a, b = absolute(x), absolute(y)
    q = truncated(a / b)
    hard = select(q < 4194304.0, select(b < math.inf, lanes(q, 0.0), lanes(q, 1.0)), lanes(q, 1.0))
    r = fused(-q, b, a)
    r = select(r < 0.0, r + b, r)
    if largest(hard) > 0.0:
        r = remaindered(a, b)
        quiet_library()
    return copysign(r, x)


@kernel
def remainder(x, y):
    """Remainder with the sign of `y`."""
    r = fmod(x, y)
    shifted = select(y < 0.0, select(r > 0.0, r + y, r), select(r < 0.0, r + y, r))
    return select(r == 0.0, copysign(r, y), shifted)


@kernel
def floor_divide(x, y):
    """Quotient rounded down."""
    r, q = fmod(x, y), x / y
    whole = (x - r) / y
    whole = select(y < 0.0, select(r > 0.0, whole - 1.0, whole), select(r < 0.0, whole - 1.0, whole))
    down = floored(whole)
    down = select(whole - down > 0.5, down + 1.0, down)
    return select(y == 0.0, q, select(whole == 0.0, copysign(lanes(q, 0.0), q), down))
