"""The table of functions of single elements: formulas, each written once.

Here NumPy computes them, step by step. The CPU's kernels are the same formulas read with SIMD vectors in the place of
arrays, all steps in one pass, so they use only what both have: `+ - * /`, comparisons, and the functions of `VECTORS`
in `cpu/pointwise.py`. `maximum` and `minimum` keep a NaN of their second argument. `name_grad` is g times a slope.
A parameter marked `float` is a number, never an array.
"""

import numpy as np
from numpy import absolute, exp, expm1, floor_divide, fmod, maximum, minimum, remainder, sqrt, trunc, where

from .activation import sigmoid
from .activation import softplus as _softplus

__all__ = ["pointwise"]

_LN2, _SIXTH = 0.6931471805599453, 1 / 6


def pointwise(name, *operands):
    """Compute a function of the table."""
    with np.errstate(all="ignore"):
        return np.asarray(FORMULAS[name](*operands))


def log1p_exp(x):
    return _softplus(x, 1.0, np.inf)


# ------------------------------------------------------------------------------------ activations


def relu(x):
    return where(x <= 0.0, 0.0, x)


def relu_grad(g, y):
    return where(y <= 0.0, 0.0, g)


def tanh_grad(g, y):
    return g - g * y * y


def sigmoid_grad(g, y):
    return g * (1.0 - y) * y


def hardtanh(x, low: float, high: float):
    return minimum(high, maximum(low, x))


def hardtanh_grad(g, x, low: float, high: float):
    return where(x <= low, 0.0, where(x >= high, 0.0, g))


def hardsigmoid(x):
    return minimum(6.0, maximum(0.0, x + 3.0)) * _SIXTH


def hardsigmoid_grad(g, x):
    return where(x > -3.0, where(x < 3.0, g * _SIXTH, 0.0), 0.0)


def hardswish(x):
    return x * minimum(6.0, maximum(0.0, x + 3.0)) * _SIXTH


def hardswish_grad(g, x):
    return where(x <= -3.0, 0.0, where(x < 3.0, g * (x * (2.0 * _SIXTH) + 0.5), g))


def hardshrink(x, edge: float):
    return where(x >= -edge, where(x <= edge, 0.0, x), x)


def hardshrink_grad(g, x, edge: float):
    return where(x >= -edge, where(x <= edge, 0.0, g), g)


def softshrink(x, edge: float):
    return x - minimum(edge, maximum(-edge, x))


def softshrink_grad(g, x, edge: float):
    return where(x >= -edge, where(x <= edge, 0.0, g), g)


def threshold(x, edge: float, value: float):
    return where(x <= edge, value, x)


def threshold_grad(g, x, edge: float, value: float):
    return where(x <= edge, 0.0, g)


def leaky_relu(x, slope: float):
    return where(x > 0.0, x, x * slope)


def leaky_relu_grad(g, x, slope: float):
    return where(x > 0.0, g, g * slope)


def prelu(x, weight):
    return where(x > 0.0, x, x * weight)


def prelu_grad(g, x, weight):
    return where(x > 0.0, g, g * weight)


def prelu_weight_grad(g, x):
    return where(x > 0.0, 0.0, g * x)


def elu(x, low: float, scale: float, inner: float):
    return where(x <= 0.0, expm1(minimum(0.0, x) * inner) * low, x * scale)


def elu_grad(g, x, low: float, scale: float, inner: float):
    return where(x <= 0.0, g * (exp(minimum(0.0, x) * inner) * (low * inner)), g * scale)


def log_sigmoid(x):
    return -log1p_exp(-x)


def log_sigmoid_grad(g, x):
    return g * sigmoid(-x)


# ----------------------------------------------------------------------------------------- losses


def mse(x, target):
    d = x - target
    return d * d


def mse_grad(g, x, target):
    return (g + g) * (x - target)


def huber(x, target, delta: float, share: float):
    d = x - target
    c = minimum(delta, maximum(-delta, d))
    return c * (d - c * 0.5) * share


def huber_grad(g, x, target, delta: float, share: float):
    return g * minimum(delta, maximum(-delta, x - target)) * share


# ----------------------------------------------------------------------------------- one operand


def angle(x):
    return where(x < 0.0, 3.141592653589793, where(x == x, 0.0, x))


# ---------------------------------------------------------------------------------- two operands


def lerp(x, end, weight):
    near = weight < 0.5
    return where(near, x, end) + (end - x) * where(near, weight, weight - 1.0)


def lerp_grad(g, weight):
    return g - g * weight


def logaddexp(a, b):
    d = absolute(a - b)
    return where(a == b, a + _LN2, where(a > b, a, b) + log1p_exp(-d))


def logaddexp_grad(g, a, b):
    return g * sigmoid(a - b)


def logaddexp2(a, b):
    d = absolute(a - b)
    return where(a == b, a + 1.0, where(a > b, a, b) + log1p_exp(d * -_LN2) / _LN2)


def logaddexp2_grad(g, a, b):
    return g * sigmoid((a - b) * _LN2)


def hypot(a, b):
    a, b = absolute(a), absolute(b)
    least, most = where(a < b, a, b), where(a < b, b, a)
    q = least / most
    y = where(most == 0.0, least, most * sqrt(q * q + 1.0))
    return where(a == np.inf, a, where(b == np.inf, b, y))


def hypot_grad(g, a, y):
    return g * (a / y)


def divide_floor(a, b):
    return floor_divide(a, b)


def modulo(a, b):
    return remainder(a, b)


def modulo_grad(g, a, b):
    return -g * floor_divide(a, b)


def modulo_trunc(a, b):
    return fmod(a, b)


def modulo_trunc_grad(g, a, b):
    return -g * trunc(a / b)


FORMULAS = {
    f.__name__: f
    for f in (
        angle, divide_floor, elu, elu_grad, hardshrink, hardshrink_grad, hardsigmoid, hardsigmoid_grad, hardswish,
        hardswish_grad, hardtanh, hardtanh_grad, huber, huber_grad, hypot, hypot_grad, leaky_relu, leaky_relu_grad,
        lerp, lerp_grad, log_sigmoid, log_sigmoid_grad, logaddexp, logaddexp2, logaddexp2_grad, logaddexp_grad, modulo,
        modulo_grad, modulo_trunc, modulo_trunc_grad, mse, mse_grad, prelu, prelu_grad, prelu_weight_grad, relu,
        relu_grad, sigmoid_grad, softshrink, softshrink_grad, tanh_grad, threshold, threshold_grad,
    )
}  # fmt: skip
