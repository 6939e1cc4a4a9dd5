"""The gamma function's relatives in NumPy."""

import math

import numpy as np

from ..polynomial import polynomial
from ._pieces import evaluate, piecewise

__all__ = ["digamma", "lgamma", "polygamma", "zeta"]

# x (log Γ(x) - (x - 1/2) log x + x - log √(2π)) on x ≥ 2, in 1/x²: error 6e-17
_BINET = (
    0.08333333333333333, -0.0027777777777757543, 0.0007936507927257735, -0.0005952379257091263, 0.0008417342081246506,
    -0.0019165135745813555, 0.006368224793753685, -0.028282543505559834, 0.15023907387829985, -0.8389761393664601,
    4.396253387604765, -19.917074476506315, 73.67516904678338, -212.4421849731516, 454.7824059257007,
    -675.9108573691681, 620.135321127135, -263.893048522269,
)  # fmt: skip

# x² (log x - 1/(2x) - ψ(x)) on x ≥ 2, in 1/x²: error 6e-17
_DIGAMMA = (
    0.08333333333333333, -0.008333333333331475, 0.003968253967096772, -0.004166666377493299, 0.007575718805155346,
    -0.021089559443234474, 0.08314884589710327, -0.4355983158687259, 2.8098498492915738, -20.200743193262063,
    145.92840596163543, -974.8826450256129, 5689.64540897226, -27922.056136510128, 111979.46312880047,
    -357539.6658721874, 882326.9656903801, -1616657.8749951303, 2065587.3515696253, -1639757.2389382436,
    608162.8404626339,
)  # fmt: skip

# x³ (ψ'(x) - 1/x - 1/(2x²)) on x ≥ 2, in 1/x²: error 6e-17
_TRIGAMMA = (
    0.16666666666666666, -0.03333333333332705, 0.02380952380482906, -0.033333331924073985, 0.07575734854325887,
    -0.2530907099417375, 1.1650961807269569, -7.01339202362508, 51.93993002975575, -435.5100533561322,
    3764.648435044622, -30948.362514123477, 228493.91439728375, -1459344.27589544, 7861321.632377206,
    -35028671.53703427, 126773772.92202264, -365074261.884776, 814438933.2123572, -1354107099.718493,
    1576892963.3080432, -1146236659.6977708, 391069312.48958415,
)  # fmt: skip

_HALF_LOG_2_PI = 0.9189385332046728
_BEFORE = 10  # terms of a zeta function that are added one by one

# B₂ⱼ / (2j)! of the Euler-Maclaurin formula, j = 1 … 12
_BERNOULLI = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
    -3617 / 10670622842880000, 43867 / 5109094217170944000, -174611 / 802857662698291200000,
    77683 / 14101100039391805440000, -236364091 / 1693824136731743669452800000,
)  # fmt: skip


def lgamma(x):
    """Logarithm of |Γ|: Binet's formula from 2 on, recurrence below, reflection left of 0."""
    return evaluate(
        lambda x: piecewise(
            (x,),
            (x > 0, _lgamma_right),
            (x <= 0, lambda x: -np.log(-x)),
            (x < -1e-17, lambda x: np.log(np.pi / np.abs(np.sin(np.pi * _from_integer(x)))) - _lgamma_right(1 - x)),
            (x < -(2.0**52), np.inf),  # these are integers, all of them
        ),
        x,
    )


def digamma(x):
    """Logarithmic derivative of Γ."""
    return evaluate(
        lambda x: piecewise(
            (x,),
            (x < 0, _digamma_left),
            (x == 0, lambda x: np.copysign(np.inf, -x)),
            (x > 0, _digamma_right),
        ),
        x,
    )


def polygamma(x, n):
    """Derivatives of `digamma`: (-1)^(n+1) n! ζ(n+1, x)."""
    if n == 0:
        return digamma(x)
    if n == 1:
        return evaluate(lambda x: piecewise((x,), (x <= 0, _trigamma_left), (x > 0, _trigamma_right)), x)
    s = n + 1
    if n <= 20:
        unit, factor = 1.0, float(math.factorial(n))
    else:  # n! x⁻ˢ may be moderate where neither is
        unit = n / math.e
        factor = math.exp(math.lgamma(s) - s * math.log(unit))
    return evaluate(lambda x: (-1) ** s * factor * _hurwitz(x, s, unit), x)


def zeta(x, q):
    """Hurwitz's zeta function."""
    return evaluate(
        lambda s, q: piecewise(
            (q, s),
            ((s > 1) & ((q > 0) | (s == np.rint(s))), _hurwitz),
            ((s > 1) & (q <= 0) & (q == np.rint(q)), np.inf),
            ((s == 1) & (q == q), np.inf),
        ),
        x,
        q,
    )


def _from_integer(x):
    # from the nearest integer to x, exact
    return x - np.rint(x)


def _lgamma_right(x):
    # x > 0
    return piecewise(
        (x,),
        (x < 1, lambda x: lgamma_far(x + 2) - np.log(x * (x + 1))),
        ((x >= 1) & (x < 2), lambda x: lgamma_far(x + 1) - np.log(x)),
        (x >= 2, lgamma_far),
    )


def lgamma_far(x):
    """Stirling's formula with Binet's remainder, for x ≥ 2."""
    return (x - 0.5) * (np.log(x) - 1) + (_HALF_LOG_2_PI - 0.5) + binet(x)


def binet(x):
    """What Stirling's formula lacks, for x ≥ 2: log Γ(x) - (x - 1/2) log x + x - log √(2π)."""
    v = 1 / x
    return v * polynomial(_BINET, v * v)


def _digamma_right(x):
    # x > 0
    return piecewise(
        (x,),
        (x < 1, lambda x: _digamma_far(x + 2) - 1 / (x + 1) - 1 / x),
        ((x >= 1) & (x < 2), lambda x: _digamma_far(x + 1) - 1 / x),
        (x >= 2, _digamma_far),
    )


def _digamma_far(x):
    v = 1 / x
    return np.log(x) - v * (0.5 + v * polynomial(_DIGAMMA, v * v))


def _digamma_left(x):
    # x < 0; NaN at the poles, whose two sides differ
    r = _from_integer(x)
    return _digamma_right(1 - x) - np.where(r == 0, np.nan, np.pi / np.tan(np.pi * r))


def _trigamma_right(x):
    # x > 0
    return piecewise(
        (x,),
        (x < 1, lambda x: _trigamma_far(x + 2) + 1 / (x + 1) ** 2 + 1 / x**2),
        ((x >= 1) & (x < 2), lambda x: _trigamma_far(x + 1) + 1 / x**2),
        (x >= 2, _trigamma_far),
    )


def _trigamma_far(x):
    v = 1 / x
    return v + v * v * (0.5 + v * polynomial(_TRIGAMMA, v * v))


def _trigamma_left(x):
    return (np.pi / np.sin(np.pi * _from_integer(x))) ** 2 - _trigamma_right(1 - x)


def _hurwitz(q, s, unit=1.0):
    """Σ_k ((q + k) / unit)⁻ˢ, where q ≤ 0 for an integer s; `s` may be an array like `q`."""
    arrays, rest = ((q, s), ()) if not isinstance(s, int) else ((q,), (s, unit))
    return piecewise(
        arrays,
        (q > 0, lambda *arrays: _power_sum(*arrays, *rest)),
        (q <= 0, lambda *arrays: _reflected(*arrays, *rest)),
        (q == np.inf, 0.0),
    )


def _reflected(q, s, unit=1.0):
    # the sum over all integers k, which only sees how far q is from them, less the terms k < 0
    r = _from_integer(q)
    sign = np.where(s % 2 == 0, 1.0, -1.0)
    near, other = _power_sum(np.abs(r), s, unit), _power_sum(1 - np.abs(r), s, unit)
    every = np.where(r < 0, sign * near + other, near + sign * other)
    return np.where(r == 0, np.inf, every - sign * _power_sum(1 - q, s, unit))


def _power_sum(q, s, unit=1.0):
    # q > 0: ten terms and the Euler-Maclaurin formula for the rest, all over (q / unit)⁻ˢ
    total = np.ones_like(q)
    for k in range(1, _BEFORE):
        total += (q / (q + k)) ** s
    a = q + _BEFORE
    rest, factor = a / (s - 1) + 0.5, s / a
    for j, coefficient in enumerate(_BERNOULLI):
        rest += coefficient * factor
        factor = factor * ((s + (2 * j + 1)) / a) * ((s + (2 * j + 2)) / a)
    power = (q / a) ** s
    total += np.where(power == 0, 0, power * rest)
    return (q / unit) ** (1 - s) * (total / q * unit)
