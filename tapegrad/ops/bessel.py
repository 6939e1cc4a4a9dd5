"""Bessel functions, and Airy's.

    J₀' = -J₁    J₁' = J₀ - J₁/x    Y₀' = -Y₁    Y₁' = Y₀ - Y₁/x    Ai'' = x Ai

PyTorch has no derivatives of these.
"""

from math import pi

from .. import kernels
from .._tape import unary
from ._operands import of_floats
from ._registry import public
from .elementwise import sinc
from .selection import where

j0 = unary("bessel_j0", of_floats(kernels.j0),                   lambda x: -j1(x))
j1 = unary("bessel_j1", of_floats(kernels.j1),                   lambda x, y: j0(x) - _over_x(y, x))
y0 = unary("bessel_y0", of_floats(kernels.y0),                   lambda x: -y1(x))
y1 = unary("bessel_y1", of_floats(kernels.y1),                   lambda x, y: y0(x) - y / x)
airy_ai = unary("airy_ai", of_floats(kernels.airy_ai),           lambda x: _airy_slope(x))
_airy_slope = unary("airy_ai", lambda x: kernels.airy_ai(x, 1),  lambda x: x * airy_ai(x))


def _over_x(y, x):
    """J₁(x) / x, whose limit at 0 is 1/2."""
    return where(x == 0, 0.5, y / where(x == 0, 1, x))


def spherical_bessel_j0(x):
    """Spherical Bessel function j₀: sin(x) / x, and 1 at 0."""
    return sinc(x / pi)


for _f, _text in (
    (j0, "Bessel function J₀: 1/π ∫ cos(x sin t) dt from 0 to π."),
    (j1, "Bessel function J₁: 1/π ∫ cos(x sin t - t) dt from 0 to π."),
    (y0, "Bessel function of the second kind Y₀: -∞ at 0, NaN below."),
    (y1, "Bessel function of the second kind Y₁: -∞ at 0, NaN below."),
    (airy_ai, "Airy function Ai: the solution of y'' = x y that vanishes for x → ∞."),
):
    _f.__doc__ = _text
    public(_f.__name__, function=False, method=False)(_f)
