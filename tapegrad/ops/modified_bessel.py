"""Modified Bessel functions.

    I₀' = I₁    I₁' = I₀ - I₁/x    K₀' = -K₁    K₁' = -K₀ - K₁/x

Of the scaled ones the slopes hold differences, I₀ - I₁ and K₁ - K₀, that lose all their digits at large x; so these
differences, and the slope of the scaled I₁, are functions of their own.
"""

from .. import kernels
from .._tape import unary
from ._operands import of_floats
from ._registry import public
from .parts import absolute, sign
from .selection import where


def _over_x(y, x):
    """I₁(x) / x, whose limit at 0 is 1/2."""
    return where(x == 0, 0.5, y / where(x == 0, 1, x))


def _i1e_bend(z, y):
    """The second derivative of I₁(z) e⁻ᶻ for z ≥ 0 (at 0: from the right), of which `y` is the first."""
    quotient = _over_x(i1e(z), z)
    return where(z == 0, -1, (quotient - y) / where(z == 0, 1, z) - quotient - y * 2)


i0 = unary("i0", of_floats(kernels.i0),                lambda x: i1(x))
i1 = unary("i1", of_floats(kernels.i1),                lambda x, y: i0(x) - _over_x(y, x))
i0e = unary("i0e", of_floats(kernels.i0e),             lambda x: sign(x) * -_i_gap(x))
i1e = unary("i1e", of_floats(kernels.i1e),             lambda x: _i1e_slope(x))
_i_gap = unary("i_gap", lambda x: kernels.i_gap(x),    lambda x, y: sign(x) * (_over_x(i1e(x), x) - y * 2))
_i1e_slope = unary("i1e", lambda x: kernels.i1e_slope(x), lambda x, y: sign(x) * _i1e_bend(absolute(x), y))

k0 = unary("k0", of_floats(kernels.k0),                lambda x: -k1(x))
k1 = unary("k1", of_floats(kernels.k1),                lambda x, y: -k0(x) - y / x)
k0e = unary("k0e", of_floats(kernels.k0e),             lambda x: -_k_gap(x))
k1e = unary("k1e", of_floats(kernels.k1e),             lambda x, y: _k_gap(x) - y / x)
_k_gap = unary("k_gap", lambda x: kernels.k_gap(x),    lambda x, y: y * 2 - k1e(x) / x)

for _f, _text in (
    (i0e, "I₀(x) e^-|x|, which never overflows. The slope at 0 is 0."),
    (i1, "Modified Bessel function I₁: 1/π ∫ e^(x cos t) cos t dt from 0 to π."),
    (i1e, "I₁(x) e^-|x|, which never overflows. The slope at 0 is 1/2."),
    (k0, "Modified Bessel function K₀: ∫ e^(-x cosh t) dt from 0 to ∞; ∞ at 0, NaN below."),
    (k0e, "K₀(x) eˣ, which never underflows."),
    (k1, "Modified Bessel function K₁: ∫ e^(-x cosh t) cosh t dt from 0 to ∞; ∞ at 0, NaN below."),
    (k1e, "K₁(x) eˣ, which never underflows."),
):
    _f.__doc__ = _text
    public(_f.__name__, function=False, method=False)(_f)

i0.__doc__ = "Modified Bessel function I₀: 1/π ∫ e^(x cos t) dt from 0 to π."
public("i0", in_place=True)(i0)
