"""Elementwise functions: y[i] = f(a[i], b[i], …), with broadcasting.

Where NumPy has the function it *is* NumPy's ufunc: SIMD, known to every array type through `__array_ufunc__`,
and called with nothing in between. The rest is our own; those take floating arrays, keep their dtype
(float16 is computed in float32), let NaN through and answer infinities with the limit.
"""

import numpy as np

from ._backend import serve

exp, exp2, expm1, log, log2, log10, log1p = np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p
sin, cos, tan, arcsin, arccos, arctan = np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan
sinh, cosh, tanh, arcsinh, arccosh, arctanh = np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh
sqrt, cbrt, square, reciprocal = np.sqrt, np.cbrt, np.square, np.reciprocal
positive, negative, absolute, fabs, sign, signbit = np.positive, np.negative, np.absolute, np.fabs, np.sign, np.signbit
floor, ceil, trunc, rint, conjugate = np.floor, np.ceil, np.trunc, np.rint, np.conjugate
deg2rad, rad2deg = np.deg2rad, np.rad2deg

add, subtract, multiply, true_divide, floor_divide = np.add, np.subtract, np.multiply, np.true_divide, np.floor_divide
divide, remainder, fmod, power, float_power = np.divide, np.remainder, np.fmod, np.power, np.float_power
arctan2, hypot, logaddexp, logaddexp2, copysign = np.arctan2, np.hypot, np.logaddexp, np.logaddexp2, np.copysign
maximum, minimum, fmax, fmin, nextafter, ldexp = np.maximum, np.minimum, np.fmax, np.fmin, np.nextafter, np.ldexp
heaviside, frexp, gcd, lcm = np.heaviside, np.frexp, np.gcd, np.lcm

greater, greater_equal, less, less_equal = np.greater, np.greater_equal, np.less, np.less_equal
equal, not_equal = np.equal, np.not_equal
isnan, isfinite, isinf = np.isnan, np.isfinite, np.isinf
logical_and, logical_or, logical_xor, logical_not = np.logical_and, np.logical_or, np.logical_xor, np.logical_not
bitwise_and, bitwise_or, bitwise_xor, invert = np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert
left_shift, right_shift = np.left_shift, np.right_shift


def _floating(op, x):
    if x.dtype.kind != "f":
        raise TypeError(f"[{op}] `x` (dtype {x.dtype}) must be floating")


def relu(x):
    """Rectify.

        y = max(x, 0)

    Parameters
    ----------
    x : array, any real dtype

    Returns
    -------
    array, x.shape
        NaN stays NaN.
    """
    return serve("elementwise", x).relu(x)


def relu_grad(g, y):
    """Cotangent of the argument of a relu with the answer `y`; also its tangent.

        gx = 0 where y ≤ 0, else g

    Parameters
    ----------
    g, y : array
        Broadcast against each other.

    Returns
    -------
    array
        g where y is NaN.
    """
    return serve("elementwise", g, y).relu_grad(g, y)


def tanh_grad(g, y):
    """Cotangent of the argument of a tanh with the answer `y`; also its tangent.

        gx = g - g y y

    Parameters
    ----------
    g, y : array, floating or complex
        Broadcast against each other.
    """
    return serve("elementwise", g, y).tanh_grad(g, y)


def rsqrt(x):
    """Reciprocal square root 1/√x.

    Parameters
    ----------
    x : array, floating or complex

    Raises
    ------
    TypeError
        If `x` is neither.
    """
    if x.dtype.kind != "c":
        _floating("rsqrt", x)
    return serve("elementwise", x).rsqrt(x)


def sinc(x, order=0):
    """Normalised sine quotient, or its derivative.

        y = f⁽ⁿ⁾(π x),   f(u) = sin(u) / u,   f(0) = 1,   n = order

    Parameters
    ----------
    x : array, floating
    order : int
        Not negative.

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `order` is negative.
    """
    if x.dtype.kind != "c":
        _floating("sinc", x)
    if order < 0:
        raise ValueError(f"[sinc] `order` (={order}) must not be negative")
    return serve("elementwise", x).sinc(x, order)


def where(condition, a, b):
    """Choose elementwise.

        y[i] = a[i] if condition[i] else b[i]

    Parameters
    ----------
    condition : array, bool
    a, b : array or scalar
        Broadcast against each other and the condition.
    """
    return serve("elementwise", condition, a, b).where(condition, a, b)


def clip(x, low=None, high=None):
    """Limit to an interval.

        y = min(max(x, low), high)

    Parameters
    ----------
    x : array
    low, high : array, scalar or None
        None leaves that side open; where low > high the answer is high.

    Raises
    ------
    ValueError
        If both limits are None.

    Notes
    -----
    NaN stays NaN, and a NaN limit gives NaN.
    """
    if low is None and high is None:
        raise ValueError("[clip] `low` or `high` must be given")
    return serve("elementwise", x, low, high).clip(x, low, high)
