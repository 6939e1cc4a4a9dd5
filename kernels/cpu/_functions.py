"""Elementary functions of lanes, for float32 and float64: one implementation each.

Polynomials are Chebyshev interpolations made with 40 digits, constant first. No function rounds a reduced argument to
one float where its error would grow: `eˣ` subtracts n log 2 in two parts, `e^(-z²)` keeps z² in two parts. Bounds
are in the contracts, and tested over the whole range.
"""

from ._lanes import absolute, copysign, fma, high_half, horner, is_narrow, lanes, larger, select, smaller, split_power
from ._numba import kernel

# (eʳ - 1 - r) / r² on |r| ≤ log(2)/2: errors 1.4e-9 and 1.4e-18
_EXP = (
    (0.500000001353873, 0.16666666681704215, 0.04166646419740569, 0.008333310844647862, 0.0013933730715792083,
     0.00019891080463998843),
    (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326084, 0.0013888888888883711, 0.0001984126987500228,
     2.480158732567746e-05, 2.755725517000089e-06, 2.755727347871858e-07, 2.5105312729622103e-08, 2.09147553258932e-09),
)  # fmt: skip

# (2 artanh(s) - 2s) / s³ in powers of s² ≤ 1/9: errors 7e-9 and 9e-17, a ninth of that in the logarithm
_LOG = (
    (0.6666666732052742, 0.3999970633192972, 0.28592357994302836, 0.21706575800880373, 0.2322432922402335),
    (0.6666666666666666, 0.40000000000014585, 0.2857142856710876, 0.22222222717427864, 0.18181789436132859,
     0.15385570064958623, 0.13314144209654935, 0.12001072809590713, 0.08800738486144674, 0.1616404561194353),
)  # fmt: skip

# erf(x) / x in powers of x² ≤ 1: errors 1.2e-9 and 7e-18
_ERF = (
    (1.1283791658483509, -0.37612626666720334, 0.11283594715160218, -0.026854212010626412, 0.005189087423433974,
     -0.000801686428716587, 7.875875062685488e-05),
    (1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792, 0.0052239776248180145,
     -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05, 1.6461000484121368e-06,
     -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11),
)  # fmt: skip

# (1 + 2z) e^(z²) erfc(z) in powers of t = (z - 15/4)/(z + 15/4): on 1/2 ≤ z ≤ 10.3, error 1.4e-9; on z ≥ 1/2, 6e-19
_ERFCX = (
    (1.2375126302438366, -0.14024057577085708, 0.003585521587569584, 0.08227550152349125, -0.10880750103517435,
     0.0923217474356613, -0.058647071010785354, 0.028279830909279095, -0.010002580305945611, 0.0018151621459098102,
     0.0008039920192652034),
    (1.2375126308378275, -0.14024059858554705, 0.0035854154854635945, 0.08227673849015363, -0.1088039301417014,
     0.09230432116009293, -0.05869339859068783, 0.028362277423502193, -0.009746579546119398, 0.0017556258114219754,
     0.00029371358733237064, -0.0002901538424689645, 5.1649414777276246e-05, 2.2383335147291994e-05,
     -1.1444936820397481e-05, -9.712456969541238e-07, 1.7527989289960416e-06, -6.117964606237227e-08,
     -2.594380461501961e-07, 2.761506305127052e-08, 3.842376125685866e-08, -6.518551384493442e-09,
     -4.445087402498344e-09, 1.0914584413883488e-09, 9.095495845398696e-11),
)  # fmt: skip

_EXP_NARROW, _EXP_WIDE = _EXP
_LOG_NARROW, _LOG_WIDE = _LOG
_ERF_NARROW, _ERF_WIDE = _ERF
_ERFCX_NARROW, _ERFCX_WIDE = _ERFCX


@kernel
def exp_factors(x, rest):
    """Three factors of e^(x + rest), |rest| small: one near 1 and two powers of 2, to be multiplied last.

    Whatever else is multiplied first is not rounded to a subnormal on the way.
    """
    narrow = is_narrow(x)
    # beyond these the result is 0 or ∞, and 2ⁿ would need more than two factors
    x = smaller(lanes(x, 89.0 if narrow else 710.0), larger(lanes(x, -170.0 if narrow else -1400.0), x))
    n, low, high = split_power(x * 1.4426950408889634)
    # n times the first part of log 2 is exact
    r = fma(n, lanes(x, -0.693359375 if narrow else -0.6931471803691238), x)
    r = fma(n, lanes(x, 2.1219444005469057e-04 if narrow else -1.9082149292705877e-10), r) + rest
    return fma(r * r, horner(r, _EXP_NARROW, _EXP_WIDE), r) + 1.0, low, high


@kernel
def exp(x):
    """Exponential eˣ."""
    e, low, high = exp_factors(x, lanes(x, 0.0))
    return e * low * high


@kernel
def log1p_unit(z):
    """log(1 + z) for 0 ≤ z ≤ 1: 2 artanh(s), s = z / (2 + z)."""
    s = z / fma(z, lanes(z, 0.5), lanes(z, 1.0))  # 2s: half of the smallest z would be lost
    square = s * s * 0.25
    return fma(s * square, horner(square, _LOG_NARROW, _LOG_WIDE) * 0.5, s)


@kernel
def sigmoid(x):
    """Logistic function: from e^-|x|, nothing overflows and no difference cancels."""
    e = exp(-absolute(x))
    return select(x < 0.0, e, lanes(x, 1.0)) / (e + 1.0)


@kernel
def silu(x):
    """Sigmoid linear unit x / (1 + e⁻ˣ); below -20000 it is 0, also where it reads ∞ · 0."""
    x = larger(lanes(x, -20000.0), x)
    e, low, high = exp_factors(-absolute(x), lanes(x, 0.0))
    bottom = e * low * high + 1.0
    return select(x < 0.0, x * e / bottom * low * high, x / bottom)


@kernel
def softplus(x, beta, threshold):
    """log(1 + e^(βx)) / β, or x where βx > threshold."""
    bx = x * beta
    y = larger(lanes(x, 0.0), bx) + log1p_unit(exp(-absolute(bx)))
    return select(bx > threshold, x, y / beta)


@kernel
def erf(x):
    """Error function: a polynomial inside [-1, 1], 1 - erfc outside."""
    z = absolute(x)
    tail = copysign(1.0 - _erfc_tail(larger(lanes(x, 1.0), z)), x)
    return select(z < 1.0, x * _erf_inner(x), tail)


@kernel
def erfc(x):
    """Complementary error function."""
    z = absolute(x)
    tail = _erfc_tail(larger(lanes(x, 0.5), z))
    return select(z < 0.5, 1.0 - x * _erf_inner(x), select(x < 0.0, 2.0 - tail, tail))


@kernel
def gelu(x):
    """Gaussian error linear unit x Φ(x); below -100 it is 0, also where it reads ∞ · 0."""
    x = larger(lanes(x, -100.0), x)
    z = absolute(x)
    u = x * 0.7071067811865476
    # e^(-x²/2) from x itself: through z/√2 the rounding of that product would grow by x²
    e, low, high = _exp_square(z, -0.5)
    half = _erfcx(larger(lanes(x, 0.75), z) * 0.7071067811865476) * e * 0.5
    inner = fma(u * 0.5, _erf_inner(u), lanes(x, 0.5))
    outer = select(x < 0.0, x * half * low * high, x * (1.0 - half * low * high))
    return select(z < 0.75, x * inner, outer)


@kernel
def gelu_tanh(x):
    """Its approximation x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2; below -100 it is 0."""
    x = larger(lanes(x, -100.0), x)
    u = (x + x * x * x * 0.044715) * 1.5957691216057308  # 2 √(2/π)
    return x * sigmoid(u)


@kernel
def _erf_inner(x):
    """erf(x) / x for |x| ≤ 1."""
    return horner(x * x, _ERF_NARROW, _ERF_WIDE)


@kernel
def _erfc_tail(z):
    e, low, high = _exp_square(z, -1.0)
    return _erfcx(z) * e * low * high


@kernel
def _erfcx(z):
    """e^(z²) erfc(z) for z ≥ 1/2; of float32 for those whose erfc is not 0."""
    t = 1.0 - 7.5 / (z + 3.75)
    return horner(t, _ERFCX_NARROW, _ERFCX_WIDE) / (z * 2.0 + 1.0)


@kernel
def _exp_square(z, factor):
    """Factors of e^(factor z²), for a factor whose products are exact."""
    z = smaller(lanes(z, 40.0), z)
    head = high_half(z)
    return exp_factors(head * head * factor, (z - head) * (z + head) * factor)
