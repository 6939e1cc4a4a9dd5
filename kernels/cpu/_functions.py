"""Elementary functions of lanes, for float32 and float64: one implementation each.

Polynomials are Chebyshev interpolations made with 40 digits, constant first. No function rounds a reduced argument to
one float where its error would grow: `eˣ` subtracts n log 2 in two parts, `e^(-z²)` does not round z². `exp` is within
1.5 units in the last place; the bounds of the others are in the contracts. All are tested over the whole range.
"""

from ._lanes import absolute, copysign, fma, fused, horner, is_narrow, lanes, larger, select, smaller
from ._numba import kernel
from ._powers import reciprocal, rounded, scale, split

# eʳ on |r| ≤ log(2)/2: errors 2e-9 and 2e-18
_EXP = (
    (1.0, 1.0, 0.500000001353873, 0.16666666681704215, 0.04166646419740569, 0.008333310844647862,
     0.0013933730715792083, 0.00019891080463998843),
    (1.0, 1.0, 0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326084, 0.0013888888888883711,
     0.0001984126987500228, 2.480158732567746e-05, 2.755725517000089e-06, 2.755727347871858e-07,
     2.5105312729622103e-08, 2.09147553258932e-09),
)  # fmt: skip

# eʳ = (E + O) / (E - O) on the same, E and O/r in powers of r²: errors 2e-10 and 2e-18
_EVEN = ((10.002152637269546, 1.0), (1008.3060217380214, 112.03096610407847, 1.0))
_ODD = ((5.001076315950187, 0.08324404255930233), (504.1530108690107, 14.002732146289368, 0.033318169503854196))

# (2 artanh(s) - 2s) / s³ in powers of s² ≤ 1/9: errors 7e-9 and 9e-17, a ninth of that in the logarithm
_LOG = (
    (0.6666666732052742, 0.3999970633192972, 0.28592357994302836, 0.21706575800880373, 0.2322432922402335),
    (0.6666666666666666, 0.40000000000014585, 0.2857142856710876, 0.22222222717427864, 0.18181789436132859,
     0.15385570064958623, 0.13314144209654935, 0.12001072809590713, 0.08800738486144674, 0.1616404561194353),
)  # fmt: skip

# sin(2πv) / v and cos(2πv) in powers of v² ≤ 1/16: errors 2e-10, 1e-18 and 6e-21
_SINE = (
    (6.283185307072264, -41.341702116744, 81.60522617402967, -76.70427987604262, 42.009779303153906,
     -14.393966295455941),
    (6.283185307179586, -41.341702240399755, 81.60524927607362, -76.70585975282492, 42.058693925428685,
     -15.0946416761179, 3.8199280942271643, -0.7177337921413454, 0.10089695501646812),
)  # fmt: skip
_COSINE = (
    (0.999999999779154, -19.739208547715783, 64.93934647621015, -85.45356476099522, 60.143889560342146,
     -24.981434467891656),
    (1.0, -19.739208802178716, 64.93939402266828, -85.45681720669151, 60.24464137164672, -26.426256769631195,
     7.903535871103938, -1.7143794371382703, 0.28185225938435093, -0.03521960463814676),
)  # fmt: skip

# erf(x) / x in powers of x² ≤ 1: errors 1.2e-9 and 7e-18
_ERF = (
    (1.1283791658483509, -0.37612626666720334, 0.11283594715160218, -0.026854212010626412, 0.005189087423433974,
     -0.000801686428716587, 7.875875062685488e-05),
    (1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792, 0.0052239776248180145,
     -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05, 1.6461000484121368e-06,
     -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11),
)  # fmt: skip

# e^(z²/2) Φ(-z) = A / B: on 0 ≤ z ≤ 14.6, error 1e-8; on 0 ≤ z ≤ 39, 3e-18. No two terms cancel
_ABOVE = (
    (123.2522364334265, 107.76550901195841, 44.937690858359666, 9.93108613937649, 1.0),
    (2250988.9587818747, 3727702.244755461, 3059748.7020236827, 1608553.3560023666, 594202.3195510403,
     160424.76728455568, 32014.11664855715, 4668.351543165091, 477.83497890446876, 31.214010282992266, 1.0),
)  # fmt: skip
_BELOW = (
    (246.50447217317523, 412.21319021392355, 295.52089972790833, 115.11175116437616, 24.895110723814657,
     2.5065996723040893),
    (4501977.9175637495, 11047463.163010472, 12683108.739069926, 9010384.667553963, 4411549.9409411475,
     1567321.352707645, 413670.5969049747, 81440.23135670272, 11780.06389549269, 1200.2612969933969,
     78.24192074006842, 2.506628274630606),
)  # fmt: skip

_LOG2E = 1.4426950408889634
_LN2_NARROW, _LN2_WIDE = (0.693359375, -2.1219444005469057e-04), (0.6931471803691238, 1.9082149292705877e-10)

_EXP_NARROW, _EXP_WIDE = _EXP
_EVEN_NARROW, _EVEN_WIDE = _EVEN
_ODD_NARROW, _ODD_WIDE = _ODD
_LOG_NARROW, _LOG_WIDE = _LOG
_SINE_NARROW, _SINE_WIDE = _SINE
_COSINE_NARROW, _COSINE_WIDE = _COSINE
_ERF_NARROW, _ERF_WIDE = _ERF
_ABOVE_NARROW, _ABOVE_WIDE = _ABOVE
_BELOW_NARROW, _BELOW_WIDE = _BELOW


@kernel
def exp(x):
    """Exponential eˣ."""
    narrow = is_narrow(x)
    # beyond these the result is 0 or ∞
    x = smaller(lanes(x, 89.0 if narrow else 710.0), larger(lanes(x, -170.0 if narrow else -1400.0), x))
    n = rounded(x * _LOG2E)
    return scale(horner(_less_logs(x, n), _EXP_NARROW, _EXP_WIDE), n)


@kernel
def expm1(x):
    """Exponential less one, eˣ - 1 = 2 O / (E - O) near 0, where the difference would cancel."""
    narrow = is_narrow(x)
    x = smaller(lanes(x, 89.0 if narrow else 710.0), larger(lanes(x, -170.0 if narrow else -1400.0), x))
    n = rounded(x * _LOG2E)
    r = _less_logs(x, n)
    square = r * r
    even, odd = horner(square, _EVEN_NARROW, _EVEN_WIDE), r * horner(square, _ODD_NARROW, _ODD_WIDE)
    share = reciprocal(even - odd)
    return select(n == 0.0, odd * 2.0 * share, scale((even + odd) * share, n) - 1.0)


@kernel
def _less_logs(x, n):
    """Subtract n log 2 from x, where little is left."""
    # n times the first part of log 2 is exact
    r = fma(n, lanes(x, -_LN2_NARROW[0] if is_narrow(x) else -_LN2_WIDE[0]), x)
    return fma(n, lanes(x, -_LN2_NARROW[1] if is_narrow(x) else -_LN2_WIDE[1]), r)


@kernel
def _quotient(r):
    """A and B so that A / B = eʳ, |r| ≤ log(2)/2, for those who divide anyway."""
    square = r * r
    even, odd = horner(square, _EVEN_NARROW, _EVEN_WIDE), r * horner(square, _ODD_NARROW, _ODD_WIDE)
    return even + odd, even - odd


@kernel
def _decay(x):
    """A, B and n so that A / B · 2ⁿ = e^-|x|, or 0 where that is less than all floats.

    What A is multiplied with, before `scale` applies 2ⁿ, is not rounded to a subnormal on the way.
    """
    x = larger(lanes(x, -170.0 if is_narrow(x) else -1400.0), -absolute(x))
    n = rounded(x * _LOG2E)
    a, b = _quotient(_less_logs(x, n))
    return a, b, n


@kernel
def _exp_square(z, factor):
    """The same of e^(factor z²). z² is never rounded: that error would grow by the exponent."""
    first = -_LN2_NARROW[0] if is_narrow(z) else -_LN2_WIDE[0]
    second = -_LN2_NARROW[1] if is_narrow(z) else -_LN2_WIDE[1]
    n = rounded(z * z * (factor * _LOG2E))
    a, b = _quotient(fma(n, lanes(z, second), fused(z * factor, z, n * first)))
    return a, b, n


@kernel
def log_unit(u):
    """Natural logarithm of normal numbers 0 < u ≤ 1."""
    m, n = split(u)
    z = m - 1.0
    s = z * reciprocal(m + 1.0) * 2.0
    square = s * s * 0.25
    y = fma(s * square, horner(square, _LOG_NARROW, _LOG_WIDE) * 0.5, s)
    first = n * (_LN2_NARROW[0] if is_narrow(u) else _LN2_WIDE[0])
    return first + fma(n, lanes(u, _LN2_NARROW[1] if is_narrow(u) else _LN2_WIDE[1]), y)


@kernel
def sine_cosine(v):
    """Sine and cosine of 2πv, 0 ≤ v < 1: those of the half turn that is nearest, and its sign."""
    n = rounded(v * 2.0)
    v = v - n * 0.5
    sign, square = select(n == 1.0, lanes(v, -1.0), lanes(v, 1.0)), v * v
    return v * sign * horner(square, _SINE_NARROW, _SINE_WIDE), sign * horner(square, _COSINE_NARROW, _COSINE_WIDE)


@kernel
def sigmoid(x):
    """Logistic function 1 / (1 + e⁻ˣ), from e^-|x|: nothing overflows and no difference cancels."""
    a, b, n = _decay(x)
    e = scale(a, n)
    return select(x < 0.0, e, b) * reciprocal(b + e)


@kernel
def tanh(x):
    """Hyperbolic tangent, from e^-2|x| = (E + O) / (E - O) · 2ⁿ: where n is 0 it is -O / E, no difference of them."""
    z = larger(lanes(x, -170.0 if is_narrow(x) else -1400.0), absolute(x) * -2.0)
    n = rounded(z * _LOG2E)
    r = _less_logs(z, n)
    square = r * r
    even, odd = horner(square, _EVEN_NARROW, _EVEN_WIDE), r * horner(square, _ODD_NARROW, _ODD_WIDE)
    b, e = even - odd, scale(even + odd, n)
    return copysign(select(n == 0.0, odd * -2.0, b - e) * reciprocal(b + e), x)


@kernel
def silu(x):
    """Sigmoid linear unit x / (1 + e⁻ˣ); below -20000 it is 0, also where it reads ∞ · 0."""
    x = larger(lanes(x, -20000.0), x)
    a, b, n = _decay(x)
    y = x * (select(x < 0.0, a, b) * reciprocal(b + scale(a, n)))
    return select(x < 0.0, scale(y, n), y)


@kernel
def softplus(x, beta, threshold):
    """log(1 + e^(βx)) / β, or x where βx > threshold."""
    bx = x * beta
    a, b, n = _decay(bx)
    y = larger(lanes(x, 0.0), bx) + _log1p(scale(a, n), b)
    return select(bx > threshold, x, y / beta)


@kernel
def _log1p(a, b):
    """log(1 + a/b) for 0 ≤ a/b ≤ 1: 2 artanh(s), s = a / (2b + a)."""
    s = a * reciprocal(fma(a, lanes(a, 0.5), b))  # 2s: half of the smallest a would be lost
    square = s * s * 0.25
    return fma(s * square, horner(square, _LOG_NARROW, _LOG_WIDE) * 0.5, s)


@kernel
def erf(x):
    """Error function: a polynomial inside [-1, 1], 1 - erfc outside."""
    z = absolute(x)
    return select(z < 1.0, x * horner(x * x, _ERF_NARROW, _ERF_WIDE), copysign(1.0 - _erfc_tail(z), x))


@kernel
def erfc(x):
    """Complementary error function: that of |x|, or what is missing from 2."""
    tail = _erfc_tail(absolute(x))
    return select(x < 0.0, 2.0 - tail, tail)


@kernel
def _erfc_tail(z):
    """erfc(z) = 2 Φ(-√2 z) for z ≥ 0."""
    z = smaller(lanes(z, 12.5 if is_narrow(z) else 28.0), z)  # where it is 0
    u = z * 1.4142135623730951
    a, b, n = _exp_square(z, -1.0)
    above, below = horner(u, _ABOVE_NARROW, _ABOVE_WIDE), horner(u, _BELOW_NARROW, _BELOW_WIDE)
    return scale(above * a * reciprocal(below * b) * 2.0, n)


@kernel
def gelu(x):
    """Gaussian error linear unit x Φ(x) = max(x, 0) - |x| Φ(-|x|)."""
    z = smaller(lanes(x, 18.0 if is_narrow(x) else 40.0), absolute(x))  # where Φ is 0
    a, b, n = _exp_square(z, -0.5)
    above, below = horner(z, _ABOVE_NARROW, _ABOVE_WIDE), horner(z, _BELOW_NARROW, _BELOW_WIDE)
    return larger(lanes(x, 0.0), x) - scale(z * (above * a) * reciprocal(below * b), n)


@kernel
def gelu_slope(x):
    """Its slope Φ(x) + x φ(x), φ = Φ'; that of -x is what is missing from 1."""
    z = smaller(lanes(x, 18.0 if is_narrow(x) else 40.0), absolute(x))
    a, b, n = _exp_square(z, -0.5)
    above, below = horner(z, _ABOVE_NARROW, _ABOVE_WIDE), horner(z, _BELOW_NARROW, _BELOW_WIDE)
    low = scale((above - z * below * 0.3989422804014327) * a * reciprocal(below * b), n)  # Φ(-z) - z φ(z)
    return select(x < 0.0, low, 1.0 - low)


@kernel
def gelu_tanh(x):
    """Its approximation x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2; below -100 it is 0."""
    x = larger(lanes(x, -100.0), x)
    u = (x + x * x * x * 0.044715) * 1.5957691216057308  # 2 √(2/π)
    return x * sigmoid(u)


@kernel
def gelu_tanh_slope(x):
    """The slope of that."""
    z = smaller(lanes(x, 30.0), absolute(x))  # beyond it is 0 or 1
    square = z * z
    inner = z * (square * 0.134145 + 1.0) * 1.5957691216057308
    return _gated_slope(x, z * (square * 0.044715 + 1.0) * 1.5957691216057308, inner)


@kernel
def silu_slope(x):
    """Slope of the sigmoid linear unit."""
    z = smaller(lanes(x, 170.0 if is_narrow(x) else 1400.0), absolute(x))  # beyond it is 0 or 1
    return _gated_slope(x, z, z)


@kernel
def _gated_slope(x, u, v):
    """Slope of x / (1 + e^-u(x)), u odd, from |u| and v = |x| u'; that of -x is what is missing from 1."""
    a, b, n = _decay(u)
    whole = b + scale(a, n)
    share = reciprocal(whole)
    low = scale(a * share * (whole - v * b) * share, n)
    return select(x < 0.0, low, 1.0 - low)
