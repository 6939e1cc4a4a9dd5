"""The calculus table: functions of one array, each with its slope.

A rule names `y` where the output says it shorter or more exactly than the input, and then only `y` is kept.
"""

from math import log as _log
from math import pi
from math import sqrt as _sqrt

from .. import kernels
from .._tape import elementwise, minus, one, unary
from ._operands import floating, level, of_floats
from ._registry import public

LN2, LN10 = _log(2), _log(10)


#                                             the slope, in y and x, or the map of g
exp = unary("exp", kernels.exp,               lambda y: y)
exp2 = unary("exp2", kernels.exp2,            lambda y: y * LN2)
expm1 = unary("expm1", kernels.expm1,         lambda y: y + 1)
log = unary("log", kernels.log,               lambda g, x: g / x)
log2 = unary("log2", kernels.log2,            lambda g, x: g / (x * LN2))
log10 = unary("log10", kernels.log10,         lambda g, x: g / (x * LN10))
log1p = unary("log1p", kernels.log1p,         lambda g, x: g / (x + 1))

sin = unary("sin", kernels.sin,               lambda x: cos(x))
cos = unary("cos", kernels.cos,               lambda x: -sin(x))
tan = unary("tan", kernels.tan,               lambda y: y * y + 1)
arcsin = unary("asin", kernels.arcsin,        lambda g, x: g / sqrt(1 - x * x))
arccos = unary("acos", kernels.arccos,        lambda g, x: -g / sqrt(1 - x * x))
arctan = unary("atan", kernels.arctan,        lambda g, x: g / (x * x + 1))

sinh = unary("sinh", kernels.sinh,            lambda x: cosh(x))
cosh = unary("cosh", kernels.cosh,            lambda x: sinh(x))
tanh = unary("tanh", kernels.tanh,            lambda g, y: tanh_back(g, y))
arcsinh = unary("asinh", kernels.arcsinh,     lambda g, x: g / sqrt(x * x + 1))
arccosh = unary("acosh", kernels.arccosh,     lambda g, x: g / sqrt(x * x - 1))
arctanh = unary("atanh", kernels.arctanh,     lambda g, x: g / (1 - x * x))

sqrt = unary("sqrt", kernels.sqrt,            lambda g, y: g / (y + y))
cbrt = unary("cbrt", kernels.cbrt,            lambda g, y: g / (y * y * 3))
square = unary("pow", kernels.square,         lambda x: x + x)
rsqrt = unary("rsqrt", of_floats(kernels.rsqrt), lambda g, y: g * (y * y * y) * -0.5)
reciprocal = unary("reciprocal", lambda x: kernels.true_divide(1, x, out=...), lambda g, y: -g * (y * y))

negative = unary("neg", kernels.negative,     minus)
floor = unary("floor", kernels.floor,         level)
ceil = unary("ceil", kernels.ceil,            level)
trunc = unary("trunc", kernels.trunc,         level)
frac = unary("frac", lambda x: kernels.subtract(x, kernels.trunc(x), out=...), one)

sigmoid = unary("sigmoid", of_floats(kernels.sigmoid), lambda g, y: sigmoid_back(g, y))
erf = unary("erf", of_floats(kernels.erf),    lambda x: exp(-x * x) * (2 / _sqrt(pi)))
erfc = unary("erfc", of_floats(kernels.erfc), lambda x: exp(-x * x) * (-2 / _sqrt(pi)))
deg2rad = unary("deg2rad", lambda x: kernels.multiply(x, pi / 180, out=...), lambda g: g * (pi / 180))
rad2deg = unary("rad2deg", lambda x: kernels.multiply(x, 180 / pi, out=...), lambda g: g * (180 / pi))

# Slopes in one pass: v tanh'(x) in v and s = tanh(x), v sigmoid'(x) in v and s = sigmoid(x).
tanh_back = elementwise(
    "tanh_backward", lambda v, s: kernels.tanh_grad(v, s), lambda g, s: tanh_back(g, s), lambda v, s: v * s * -2
)
sigmoid_back = elementwise(
    "sigmoid_backward",
    lambda v, s: kernels.sigmoid_grad(v, s),
    lambda g, s: sigmoid_back(g, s),
    lambda v, s: v * (1 - s - s),
)


def _round(x, *, decimals):
    if x.dtype.kind in "iub":
        return x.copy()
    if decimals == 0:
        return kernels.rint(x, out=...)
    scale = 10.0 ** abs(decimals)
    if decimals > 0:
        return kernels.true_divide(kernels.rint(x * scale), scale, out=...)
    return kernels.multiply(kernels.rint(x / scale), scale, out=...)


_rounded = elementwise("round", _round, level)


@public("round", in_place=True)
def round_(x, decimals=0):
    """Round to the nearest multiple of 10^-decimals, halves to the even one.

    Parameters
    ----------
    x : Tensor or array
        Integers stay as they are.
    decimals : int
        May be negative.

    Examples
    --------
    >>> tg.round(tg.tensor([0.5, 1.5, 2.5]))
    tensor([0., 2., 2.])
    """
    return _rounded(x, decimals=int(decimals))


def rint(x):
    """Round to the nearest integer, halves to the even one."""
    return _rounded(x, decimals=0)


_sinc = elementwise(
    "sinc", lambda x, *, order: kernels.sinc(x, order), lambda x, order: _sinc(x, order=order + 1) * pi
)


def sinc(x):
    """Normalised sine quotient: sin(πx) / (πx), and 1 at 0. Exact there in every derivative."""
    return _sinc(floating(x), order=0)


for _f, _names, _text in (
    (exp, "exp", "Exponential: eˣ."),
    (exp2, "exp2", "Powers of two: 2ˣ."),
    (expm1, "expm1", "Exponential less one: eˣ - 1, exact for small x."),
    (log, "log", "Natural logarithm: -∞ at 0, NaN below."),
    (log2, "log2", "Logarithm to base 2."),
    (log10, "log10", "Logarithm to base 10."),
    (log1p, "log1p", "Natural logarithm of 1 + x, exact for small x."),
    (sin, "sin", "Sine; its slope is exactly this library's `cos`."),
    (cos, "cos", "Cosine; its slope is exactly this library's `-sin`."),
    (tan, "tan", "Tangent."),
    (arcsin, "asin arcsin", "Inverse sine, in [-π/2, π/2]."),
    (arccos, "acos arccos", "Inverse cosine, in [0, π]."),
    (arctan, "atan arctan", "Inverse tangent, in [-π/2, π/2]."),
    (sinh, "sinh", "Hyperbolic sine."),
    (cosh, "cosh", "Hyperbolic cosine."),
    (tanh, "tanh", "Hyperbolic tangent."),
    (arcsinh, "asinh arcsinh", "Inverse hyperbolic sine."),
    (arccosh, "acosh arccosh", "Inverse hyperbolic cosine, for x ≥ 1."),
    (arctanh, "atanh arctanh", "Inverse hyperbolic tangent, for |x| ≤ 1."),
    (sqrt, "sqrt", "Square root; the slope at 0 is ∞."),
    (square, "square", "Square: x²."),
    (rsqrt, "rsqrt", "Reciprocal square root: 1/√x."),
    (reciprocal, "reciprocal", "Reciprocal: 1/x."),
    (negative, "neg negative", "Negative: -x."),
    (floor, "floor", "Largest integer not above x. The slope is 0."),
    (ceil, "ceil", "Smallest integer not below x. The slope is 0."),
    (trunc, "trunc fix", "The integer towards zero. The slope is 0."),
    (frac, "frac", "What `trunc` cuts off: x - trunc(x). The slope is 1."),
    (sigmoid, "sigmoid", "Logistic function: 1 / (1 + e⁻ˣ), exact in both tails."),
    (erf, "erf", "Error function: 2/√π ∫₀ˣ e^(-t²) dt."),
    (erfc, "erfc", "Complementary error function: 1 - erf(x), exact in the tail."),
    (deg2rad, "deg2rad", "Degrees to radians: x π/180."),
    (rad2deg, "rad2deg", "Radians to degrees: x 180/π."),
    (sinc, "sinc", sinc.__doc__),
):
    _f.__doc__ = _text
    public(*_names.split(), in_place=True)(_f)

for _f, _names, _text in (
    (cbrt, "cbrt", "Cube root."),
    (rint, "rint", rint.__doc__),
):
    _f.__doc__ = _text
    public(*_names.split(), method=False)(_f)
