"""The normal distribution and the inverse of the error function in NumPy."""

import numpy as np

from ..activation import erfc
from ..polynomial import polynomial
from ._pieces import evaluate, piecewise
from .activation import erf_inner, scaled_erfc

__all__ = ["erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]

_SQRT_HALF, _SQRT_2, _TWO_BY_SQRT_PI = 0.7071067811865476, 1.4142135623730951, 1.1283791670955126

# (1 + 2z)² (1/√π - z e^(z²) erfc(z)) on z ≥ 1/2, in t = (z - 15/4)/(z + 15/4): error 7e-17
_IERFCX = (
    1.3169823033696375, -0.1630028159471454, -0.19609985520540826, 0.3649170356281442, -0.3214018428005189,
    0.16480461156279536, -0.018159122058326375, -0.053584606041720856, 0.056935618757444954, -0.03159014260754614,
    0.009340898443118723, 0.00020582968893444897, -0.0014136708559084152, 0.00042055683086328246,
    0.00010154560001078112, -8.824679644864495e-05, -2.416782464094331e-07, 1.4618200133919045e-05,
    -1.6226422442052275e-06, -2.3872000305129366e-06, 4.486197319679563e-07, 3.8204220494826736e-07,
    -9.985617367661664e-08, -4.365852069400536e-08, 1.5700730927429767e-08,
)  # fmt: skip

# erfinv(x)/x on |x| ≤ 3/4, in x²: error 4e-17
_ERFINV = (
    0.886226925452758, 0.23201366653465053, 0.12755617530682367, 0.08655212909155735, 0.06495962747065766,
    0.05173089552030858, 0.04284698922269331, 0.03627276679355879, 0.03436533672186762, -0.00011453655208794066,
    0.2530769887007808, -1.42963987428374, 7.346563687278637, -29.422410221550805, 94.44396616260248,
    -241.1454976621851, 487.13876446617894, -768.3745873000631, 926.9009510978324, -826.3222313764647,
    513.753995201877, -199.30052343425672, 36.48924625227927,
)  # fmt: skip

# v z for erfc(z) = e^(-1/v²), in t: 1/3 ≤ v ≤ 1/1.17, error 5e-17
_NEAR = (
    0.7938054271399096, -0.1106814496413361, 0.0038592127086931913, 0.002499694316210121, -0.0007700571817609627,
    0.00013296502737437964, -1.8002500924032554e-05, 3.333443187646855e-06, -1.1087205617658677e-06,
    3.9983424711501236e-07, -1.3222525340982808e-07, 4.241969884412182e-08, -1.3939929008565235e-08,
    4.6946015098829475e-09, -1.6189162046638747e-09, 6.137625334238252e-10, -2.218594629532627e-10,
    4.203616293778048e-11, -1.3141461517199127e-11, 2.1574116346367478e-11, -8.471861812621191e-12,
)  # fmt: skip

# the same for 1/27.4 ≤ v ≤ 1/3, where e^(-1/v²) is the smallest float: error 5e-17
_FAR = (
    0.9609735057098981, -0.049245037457953826, -0.009113331277785961, 0.002768067507824373, -0.0005923834210200258,
    0.00018134052881861956, -7.548466753752852e-05, 3.5282006148192224e-05, -1.7719710146817393e-05,
    9.458590729637934e-06, -5.302889190477588e-06, 3.1074822705866713e-06, -1.8868773927865565e-06,
    1.0405907064243235e-06, -5.436771664407877e-07, 1.055438719846899e-06, -1.2022658887281775e-06,
    -2.1770589430483505e-06, 3.2034107543361738e-06, 7.219056688921277e-06, -9.394313143622715e-06,
    -1.6059242873431602e-05, 1.9799537944334184e-05, 2.74867278202016e-05, -3.20540752872696e-05,
    -3.518761297211004e-05, 3.910704216035682e-05, 3.338680625248293e-05, -3.5508585790858915e-05,
    -2.2753635376931712e-05, 2.325280409081554e-05, 1.0567863833823602e-05, -1.0407913487120445e-05,
    -3.001804354673074e-06, 2.8563887376513556e-06, 3.970852320195065e-07, -3.654458908645043e-07,
)  # fmt: skip

_LIMITS = 1 / 27.4, 1 / 3, 1 / 1.17


def erfcx(x, order):
    """Scaled complementary error function, or its first derivative."""
    return evaluate(_erfcx_slope if order else _erfcx, x)


def ndtr(x):
    """Normal distribution."""
    return evaluate(_ndtr, x)


def log_ndtr(x):
    """Its logarithm: from the scaled function where the distribution may underflow."""
    return evaluate(
        lambda x: piecewise(
            (x,),
            (x < -1, lambda x: np.log(0.5 * _erfcx(x * -_SQRT_HALF)) - 0.5 * x * x),
            (x >= -1, lambda x: np.log1p(-_ndtr(-x))),
        ),
        x,
    )


def erfinv(x):
    """Inverse error function: a polynomial inside [-3/4, 3/4]; outside, z from erfc(z) = 1 - |x|, which is exact."""
    return evaluate(_erfinv, x)


def ndtri(p):
    """Quantiles of the normal distribution."""
    return evaluate(
        lambda p: piecewise(
            (p,),
            ((p >= 0) & (p < 0.125), lambda p: -_SQRT_2 * _erfc_inverse(2 * p)),
            ((p >= 0.125) & (p <= 0.875), lambda p: _SQRT_2 * _erfinv_inner(2 * p - 1)),
            ((p > 0.875) & (p <= 1), lambda p: _SQRT_2 * _erfc_inverse(2 * (1 - p))),
        ),
        p,
    )


def _ndtr(x):
    return 0.5 * erfc(x * -_SQRT_HALF)


def _erfcx(x):
    return piecewise(
        (x,),
        (x <= -0.5, lambda x: 2 * np.exp(x * x) - scaled_erfc(-x)),
        (np.abs(x) < 0.5, lambda x: np.exp(x * x) * (1 - erf_inner(x))),
        (x >= 0.5, scaled_erfc),
    )


def _erfcx_slope(x):
    # 2 x erfcx(x) - 2/√π; at large x these are equal but for their last digits
    return piecewise(
        (x,),
        (x < 0.5, lambda x: 2 * x * _erfcx(x) - _TWO_BY_SQRT_PI),
        (x >= 0.5, lambda x: -0.5 * polynomial(_IERFCX, 1 - 7.5 / (x + 3.75)) / (0.5 + x) / (0.5 + x)),
    )


def _erfinv(x):
    z = np.abs(x)
    return piecewise(
        (x,),
        (z <= 0.75, _erfinv_inner),
        ((z > 0.75) & (z <= 1), lambda x: np.copysign(_erfc_inverse(1 - np.abs(x)), x)),
    )


def _erfinv_inner(x):
    return x * polynomial(_ERFINV, x * x)


def _erfc_inverse(q):
    # z from erfc(z) = q, for q ≤ 1/4; ∞ at 0
    s = np.sqrt(-np.log(q))
    return s * piecewise(
        (1 / s,),
        (s < 3, lambda v: _between(_NEAR, v, *_LIMITS[1:])),
        (s >= 3, lambda v: _between(_FAR, v, *_LIMITS[:2])),
    )


def _between(coefficients, v, low, high):
    return polynomial(coefficients, (v - (low + high) / 2) * (2 / (high - low)))
