"""The incomplete gamma functions in NumPy.

Three ways lead to them: a series up to x = a, a continued fraction from there on, and, where a is large and x near it,
Temme's uniform expansion (SIAM J. Math. Anal. 10, 1979; DLMF 8.12). All of them are multiples of xᵃ e⁻ˣ / Γ(a).
"""

import numpy as np

from ..activation import erfc
from ..polynomial import polynomial
from ._pieces import evaluate, iterate, piecewise
from .gamma import binet, lgamma_far

__all__ = ["gammainc", "gammainc_slope", "gammaincc"]

# (δ - log(1 + δ)) / δ² on |δ| ≤ 1/2, in 2δ: error 2e-17
_PHI = (
    0.5, -0.16666666666666663, 0.06249999999999982, -0.025000000000006323, 0.010416666666680181,
    -0.004464285714025582, 0.0019531249996062672, -0.0008680555605457329, 0.00039062500599583964,
    -0.0001775567640998061, 8.138015348359714e-05, -3.756046328071975e-05, 1.743894252210457e-05,
    -8.136362058944479e-06, 3.813370561153824e-06, -1.8003225253321367e-06, 8.514988482305936e-07,
    -3.902178016218374e-07, 1.8302846386777192e-07, -1.0833774066454484e-07, 5.452264046995676e-08,
    -1.8696396522866586e-09, -1.44575347893264e-09, -1.844098736281817e-08, 1.0138966806769512e-08,
    5.068205278921568e-09, -2.8511268364141483e-09, -1.685046297673765e-09, 8.726738340054641e-10,
)  # fmt: skip

# log Γ(1 + a) / a on 0 ≤ a ≤ 5/4, in 8a/5 - 1: error 1e-17 of the largest value
_LGAMMA_1 = (
    -0.1746786140108726, 0.321969849434306, -0.05910010785917874, 0.015051840791491503, -0.004377960954965312,
    0.0013659200536600678, -0.00044461649604164575, 0.00014882236258894515, -5.079878439585081e-05,
    1.759150044534383e-05, -6.159661014414688e-06, 2.175783546222642e-06, -7.739897619294735e-07,
    2.769816032184273e-07, -9.977818355816837e-08, 3.606466872577292e-08, -1.2836267604002288e-08,
    4.647628884763179e-09, -1.948299262475363e-09, 7.286518893206517e-10, -9.988598595053469e-11,
    3.038389245737069e-11, -7.494089200414424e-11, 2.875035261766531e-11,
)  # fmt: skip

# Temme's C₀ … C₅ (DLMF 8.12.11): Taylor's series in η, whose terms beyond |η| < 0.36 are below 1e-17
_TEMME = (
    (-0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
     -0.0001787551440329218, 3.919263178522438e-05, -2.185448510679992e-06, -1.85406221071516e-06,
     8.296711340953087e-07, -1.7665952736826078e-07, 6.707853543401498e-09, 1.0261809784240309e-08,
     -4.382036018453353e-09, 9.14769958223679e-10, -2.5514193994946248e-11, -5.830772132550426e-11),
    (-0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596,
     0.00020576131687242798, -4.018775720164609e-07, -1.8098550334489977e-05, 7.64916091608111e-06,
     -1.6120900894563446e-06, 4.647127802807434e-09, 1.378633446915721e-07, -5.752545603517705e-08,
     1.1951628599778148e-08, -1.7543241719747647e-11, -1.0091543710600413e-09, 4.162792991842583e-10,
     -8.56390702649298e-11),
    (0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-06,
     -0.0001073665322636516, 5.2923448829120125e-05, -1.2760635188618728e-05, 3.423578734096138e-08,
     1.3721957309062934e-06, -6.298992138380055e-07, 1.4280614206064242e-07, -2.0477098421990866e-10,
     -1.409252991086752e-08, 6.228974084922022e-09, -1.3670488396617114e-09),
    (0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557, 0.00026772063206283885,
     -7.561801671883977e-05, -2.396505113867297e-07, 1.1082654115347302e-05, -5.6749528269915965e-06,
     1.4230900732435883e-06, -2.7861080291528143e-11, -1.6958404091930278e-07, 8.099464905388083e-08,
     -1.9111168485973655e-08),
    (-0.0008618882909167117, 0.0007840392217200666, -0.0002990724803031902, -1.4638452578843418e-06,
     6.641498215465122e-05, -3.968365047179435e-05, 1.1375726970678419e-05, 2.507497226237533e-10,
     -1.6954149536558305e-06, 8.907507532205309e-07, -2.292934834000805e-07),
    (-0.00033679855336635813, -6.972813758365857e-05, 0.0002772753244959392, -0.00019932570516188847,
     6.797780477937208e-05, 1.419062920643967e-07, -1.3594048189768693e-05, 8.018470256334202e-06,
     -2.291481176508095e-06),
)  # fmt: skip

_LARGE = 200.0  # a, from which on six of them are enough


def gammainc(a, x):
    """The lower function P."""
    return evaluate(
        lambda a, x: piecewise(
            (a, x),
            (x <= np.maximum(a, 1), _series),
            (x > np.maximum(a, 1), lambda a, x: 1 - _fraction(a, x)),
            (_near(a, x), lambda a, x: _temme(a, x, -1)),
            *_ends(a, x, 0.0, 1.0),
        ),
        a,
        x,
    )


def gammaincc(a, x):
    """The upper function Q = 1 - P."""
    return evaluate(
        lambda a, x: piecewise(
            (a, x),
            (x <= np.maximum(a, 1.1), lambda a, x: 1 - _series(a, x)),
            (x > np.maximum(a, 1.1), _fraction),
            ((x <= 1.1) & (a < np.where(x <= 0.5, -0.4 / np.log(x), 1.1 * x)), _complement),
            (_near(a, x), lambda a, x: _temme(a, x, 1)),
            *_ends(a, x, 1.0, 0.0),
        ),
        a,
        x,
    )


def gammainc_slope(a, x):
    """The slope of P in x."""
    return evaluate(
        lambda a, x: piecewise(
            (a, x),
            (x > 0, lambda a, x: _density(a, x, 1)),
            ((x == 0) & (a < 1), np.inf),
            ((x == 0) & (a == 1), 1.0),
            ((x == 0) & (a > 1), 0.0),
            (((x == np.inf) & (a < np.inf)) | ((a == np.inf) & (x < np.inf)) | ((a == 0) & (x > 0)), 0.0),
            ((a < 0) | (x < 0), np.nan),
        ),
        a,
        x,
    )


def _ends(a, x, left, right):
    # what stands at the ends of both ranges, and outside
    return (
        ((x == 0) & (a > 0), left),
        ((a == np.inf) & (x < np.inf), left),
        ((x == np.inf) & (a < np.inf), right),
        ((a == 0) & (x > 0), right),
        ((a < 0) | (x < 0) | ((a == 0) & (x == 0)) | ((a == np.inf) & (x == np.inf)), np.nan),
    )


def _near(a, x):
    return (a > _LARGE) & (np.abs(x - a) < 0.3 * a)


def _density(a, x, less=0):
    """x^(a-less) e⁻ˣ / Γ(a); from 2 on as √(a/2π) e^(-a φ(x/a)), φ(λ) = λ - 1 - log λ, where nothing large cancels."""
    return piecewise(
        (a, x),
        (a < 0.5, lambda a, x: _power(x, a) / x**less * _over_gamma(a, x)),  # a - 1 would be rounded
        ((a >= 0.5) & (a < 2), lambda a, x: _power(x, a - less) * _over_gamma(a, x)),
        ((a >= 2) & (x < 0.5 * a), lambda a, x: _stirling(a) * _left_power(a, x, less)),
        ((a >= 2) & (x >= 0.5 * a), lambda a, x: _stirling(a) * np.exp(-a * _phi((x - a) / a)) / x**less),
    )


def _power(x, exponent):
    return np.minimum(x, 2e3) ** exponent  # behind, e⁻ˣ is 0


def _over_gamma(a, x):
    # e⁻ˣ / Γ(a) for a < 2
    return np.exp(-x) * (a * (a + 1) * np.exp(-lgamma_far(a + 2)))


def _left_power(a, x, less):
    base = np.exp(1 - x / a) / a
    return (x * base) ** (a - less) * base**less


def _stirling(a):
    return np.sqrt(a) * 0.3989422804014327 * np.exp(-binet(a))


def _phi(d):
    # d - log(1 + d) for d ≥ -1/2
    return piecewise(
        (d,),
        (d <= 0.5, lambda d: d * d * polynomial(_PHI, 2 * d)),
        (d > 0.5, lambda d: d - np.log1p(d)),
    )


def _series(a, x):
    # P = density / a · Σ xⁿ / ((a + 1) … (a + n))
    def step(n, term, total):
        term = term * (x / (a + (n + 1)))
        return term, total + term

    start = [np.ones_like(x), np.ones_like(x)]
    _, total = iterate(step, start, lambda term, total: term > total * 1e-17, 1000)
    return _density(a, x) / a * total


def _fraction(a, x):
    # Q = density / (x + 1 - a + 1 (a - 1) / (x + 3 - a + 2 (a - 2) / (x + 5 - a + …))), from a depth that is enough:
    # 91 is at x = 1.1, 54 at x = a = 200, 25 elsewhere
    def bottom(depth):
        return lambda a, x: _fraction_bottom(a, x, depth)

    return _density(a, x) / piecewise(
        (a, x),
        (x < 4, bottom(100)),
        ((x >= 4) & (x < 1.5 * a), bottom(60)),
        ((x >= 4) & (x >= 1.5 * a), bottom(30)),
    )


def _fraction_bottom(a, x, depth):
    rest = 0.0
    for n in range(depth, 0, -1):
        rest = n * (a - n) / (x + (2 * n + 1) - a + rest)
    return x + 1 - a + rest


def _complement(a, x):
    # Q for small a and x: 1 - xᵃ / Γ(1 + a) and the rest of the series of P, no difference of which cancels
    rest, factor = np.zeros_like(x), np.ones_like(x)
    for n in range(1, 24):
        factor *= -x / n
        rest += factor / (a + n)
    power = a * (np.log(x) - polynomial(_LGAMMA_1, 1.6 * a - 1))
    return -np.expm1(power) - a * np.exp(power) * rest


def _temme(a, x, side):
    # side -1: P, 1: Q; both are half an erfc and a remainder
    d = (x - a) / a
    phi = _phi(d)
    eta = np.copysign(np.sqrt(2 * phi), d)
    rest = np.zeros_like(x)
    for coefficients in _TEMME[::-1]:
        rest = rest / a + polynomial(coefficients, eta)
    rest *= np.exp(-a * phi) * 0.3989422804014327 / np.sqrt(a)
    return 0.5 * erfc(side * eta * np.sqrt(0.5 * a)) + side * rest
