"""Activations in NumPy."""

import numpy as np

from ..polynomial import polynomial

__all__ = [
    "erf", "erfc", "gelu", "gelu_grad", "sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus", "softplus_grad",
]  # fmt: skip

# erf(x)/x on |x| < 1, in powers of x²: Chebyshev interpolation with 50 digits, error 7e-18
_ERF = (
    1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792, 0.0052239776248180145,
    -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05, 1.6461000484121368e-06,
    -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11,
)  # fmt: skip

# (1 + 2z) e^(z²) erfc(z) on z ≥ 1/2, in powers of t = (z - 15/4)/(z + 15/4): the same way, error 6e-19
_ERFCX = (
    1.2375126308378275, -0.14024059858554705, 0.0035854154854635945, 0.08227673849015363, -0.1088039301417014,
    0.09230432116009293, -0.05869339859068783, 0.028362277423502193, -0.009746579546119398, 0.0017556258114219754,
    0.00029371358733237064, -0.0002901538424689645, 5.1649414777276246e-05, 2.2383335147291994e-05,
    -1.1444936820397481e-05, -9.712456969541238e-07, 1.7527989289960416e-06, -6.117964606237227e-08,
    -2.594380461501961e-07, 2.761506305127052e-08, 3.842376125685866e-08, -6.518551384493442e-09,
    -4.445087402498344e-09, 1.0914584413883488e-09, 9.095495845398696e-11,
)  # fmt: skip


def sigmoid(x):
    """Logistic function, e^min(x, 0) / (1 + e^-|x|): nothing overflows, and no difference cancels."""
    if x.dtype.kind == "c":
        left = x.real < 0
        e = np.exp(np.where(left, x, -x))
        return np.divide(np.where(left, e, 1), 1 + e, out=...)
    return np.divide(np.exp(np.minimum(x, 0)), 1 + np.exp(-np.abs(x)), out=...)


def softplus(x, beta, threshold):
    """Smooth rectifier."""
    bx = np.multiply(x, beta, out=...)
    return np.where(bx > threshold, x, (np.maximum(bx, 0) + np.log1p(np.exp(-np.abs(bx)))) / beta)


def erf(x):
    """Error function: a polynomial inside [-1, 1], 1 - erfc outside."""
    return in_float64(_erf, x)


def erfc(x):
    """Complementary error function."""
    return in_float64(_erfc, x)


def gelu(x, approximate):
    """Gaussian error linear unit; below -100 the answer is 0, also where x Φ(x) reads ∞ · 0."""
    if approximate == "none":
        return in_float64(_gelu, x)
    x = np.maximum(x, -100, out=...)
    with np.errstate(over="ignore"):
        u = 1.5957691216057308 * (x + 0.044715 * x * x * x)  # 2 √(2/π)
    return np.multiply(x, sigmoid(u), out=...)


def silu(x):
    """Sigmoid linear unit; below -20000 the answer is 0, also where it reads ∞ · 0."""
    x = x if x.dtype.kind == "c" else np.maximum(x, -20000, out=...)
    return np.multiply(x, sigmoid(x), out=...)


def sigmoid_grad(g, y):
    """Cotangent of the argument of a sigmoid."""
    return np.multiply(g * (1 - y), y, out=...)


def silu_grad(g, x):
    """Cotangent of the argument of a silu; beyond 20000 its slope is 0 or 1."""
    x = x if x.dtype.kind == "c" else np.clip(x, -20000, 20000)
    s = sigmoid(x)
    return np.multiply(g, s * (x * (1 - s) + 1), out=...)


def gelu_grad(g, x, approximate):
    """Cotangent of the argument of a gelu; beyond 30 the slope of its approximation is 0 or 1."""
    if approximate == "none":
        return np.multiply(g, in_float64(_gelu_slope, x), out=...)
    x = np.clip(x, -30, 30)
    square = x * x
    s = sigmoid(1.5957691216057308 * x * (0.044715 * square + 1))  # 2 √(2/π)
    return np.multiply(g, s + x * s * (1 - s) * (0.134145 * square + 1) * 1.5957691216057308, out=...)


def softplus_grad(g, x, beta, threshold):
    """Cotangent of the argument of a softplus."""
    bx = np.multiply(x, beta, out=...)
    return np.where(bx > threshold, g, g * sigmoid(bx))


def in_float64(function, x):
    # the narrower dtypes are the rounded float64 answer; long double gets no more than float64
    with np.errstate(under="ignore"):
        y = function(x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)).astype(x.dtype)
    return np.asarray(y) if isinstance(y, np.generic) else y


def _erf(x):
    z = np.abs(x)
    tail = np.copysign(1 - _erfc_tail(np.maximum(z, 1)), x)
    return np.where(z < 1, erf_inner(np.clip(x, -1, 1)), tail)


def _erfc(x):
    z = np.abs(x)
    tail = _erfc_tail(np.maximum(z, 0.5))
    return np.where(z < 0.5, 1 - erf_inner(np.clip(x, -0.5, 0.5)), np.where(x < 0, 2 - tail, tail))


def _gelu(x):
    x = np.maximum(x, -100)
    return x * _normal(x)


def _gelu_slope(x):
    x = np.clip(x, -100, 100)
    return _normal(x) + x * _exp_square(np.abs(x), -0.5) * 0.3989422804014327  # 1/√(2π)


def _normal(x):
    # Φ(x)
    z = np.abs(x)
    # e^(-x²/2) from x itself: through z/√2 the rounding of that quotient would grow by x²
    tail = 0.5 * scaled_erfc(np.maximum(z, 0.75) * 0.7071067811865476) * _exp_square(z, -0.5)
    inner = 0.5 * (1 + erf_inner(np.clip(x, -0.75, 0.75) * 0.7071067811865476))
    return np.where(z < 0.75, inner, np.where(x < 0, tail, 1 - tail))


def erf_inner(x):
    # |x| ≤ 1
    return x * polynomial(_ERF, x * x)


def _erfc_tail(z):
    return scaled_erfc(z) * _exp_square(z, -1.0)


def scaled_erfc(z):
    # e^(z²) erfc(z) for z ≥ 1/2
    t = 1 - 7.5 / (z + 3.75)
    return 0.5 * polynomial(_ERFCX, t) / (0.5 + z)


def _exp_square(z, factor):
    # e^(factor z²) with z² in two parts: rounded to one double its error would grow by the exponent
    z = np.minimum(z, 40)
    head = z.astype(np.float32).astype(np.float64)
    rest = factor * (z - head) * (z + head)  # below 10⁻⁴: three terms of the series
    return np.exp(factor * head * head) * (1 + rest * (1 + rest * (1 / 2 + rest / 6)))
