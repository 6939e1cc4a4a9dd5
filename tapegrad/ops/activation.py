"""Activations of neural networks, and their slopes.

Where two pieces meet, the slope is PyTorch's (`relu'(0) = 0`); each docstring says it. A piece that is not chosen
is computed all the same, so its argument is limited first: a derivative of it that overflows would be 0 · ∞.
"""

from math import inf, pi, prod, sqrt

from .. import kernels
from .._tape import declare, elementwise, unary
from ._curve import curve
from ._dims import dim_of
from ._operands import floating, is_integral, of_floats
from ._registry import public
from .elementwise import exp, sigmoid, tanh
from .parts import absolute
from .selection import clamp, clamp_max, where
from .shape import _view
from .split import narrow

# ------------------------------------------------------------------------------ rectifiers and their kin

relu = unary("relu", kernels.relu, lambda g, y: _relu_back(g, y))
_relu_back = declare(
    "threshold_backward",
    lambda v, r: kernels.relu_grad(v, r),
    [lambda g, r: _relu_back(g, r), None],
    [lambda t, r: _relu_back(t, r), None],
)
relu.__doc__ = "Rectify: max(x, 0). The slope at 0 is 0, at NaN 1."
public(in_place=True)(relu)


_leaky_relu, _leaky_relu_back = curve("leaky_relu")


@public(method=False)
def leaky_relu(x, negative_slope=0.01):
    """Rectify with a leak: x where x > 0, else negative_slope · x. The slope at 0 is `negative_slope`."""
    return _leaky_relu(x, how=(negative_slope,))


def _elu_bend(v, x, how):
    low, _, inner = how
    return where(x <= 0, v * (exp(clamp_max(x, 0) * inner) * (low * inner * inner)), 0)


_elu, _elu_back = curve("elu", _elu_bend)  # low · (e^(inner x) - 1), or scale · x where x > 0


@public(method=False)
def elu(x, alpha=1.0):
    """Exponential linear unit: x where x > 0, else α (eˣ - 1). The slope at 0 is α."""
    return _elu(x, how=(alpha, 1.0, 1.0))


@public(method=False)
def celu(x, alpha=1.0):
    """Continuously differentiable exponential linear unit: x where x > 0, else α (e^(x/α) - 1)."""
    if alpha == 0:
        raise ValueError(f"[celu] `alpha` (={alpha}) must not be zero")
    return _elu(x, how=(alpha, 1.0, 1.0 / alpha))


_SELU = 1.0507009873554804934193349852946
_SELU_LOW = 1.6732632423543772848170429916717 * _SELU


@public(method=False)
def selu(x):
    """Self-normalising exponential linear unit: 1.0507 · elu(x, alpha=1.6733) (Klambauer et al. 2017)."""
    return _elu(x, how=(_SELU_LOW, _SELU, 1.0))


_hardtanh, _hardtanh_back = curve("hardtanh")


@public(method=False)
def hardtanh(x, min_val=-1.0, max_val=1.0):
    """Limit to [min_val, max_val]. The slope at the limits is 0 (that of `clamp` is 1).

    Raises
    ------
    ValueError
        If `min_val` is larger than `max_val`.
    """
    if min_val > max_val:
        raise ValueError(f"[hardtanh] `min_val` (={min_val}) must not be larger than `max_val` (={max_val})")
    return _hardtanh(x, how=(min_val, max_val))


@public(method=False)
def relu6(x):
    """Rectify and limit: min(max(x, 0), 6). The slope at 0 and at 6 is 0."""
    return _hardtanh(x, how=(0, 6))


_hardsigmoid, _hardsigmoid_back = curve("hardsigmoid")


@public(method=False)
def hardsigmoid(x):
    """Piecewise linear sigmoid: min(max(x + 3, 0), 6) / 6. The slope at ±3 is 0."""
    return _hardsigmoid(floating(x))


_hardswish, _hardswish_back = curve("hardswish", lambda v, x: where((x > -3) & (x < 3), v / 3, 0))


@public(method=False)
def hardswish(x):
    """Piecewise quadratic silu: x min(max(x + 3, 0), 6) / 6. The slope at -3 is 0, at 3 it is 1."""
    return _hardswish(floating(x))


_hardshrink, _hardshrink_back = curve("hardshrink")


@public()
def hardshrink(x, lambd=0.5):
    """Clear what is small: x where |x| > lambd, else 0, with the slope 0."""
    return _hardshrink(floating(x), how=(lambd,))


_softshrink, _softshrink_back = curve("softshrink")


@public(method=False)
def softshrink(x, lambd=0.5):
    """Move towards 0 by `lambd`, stopping there: x - min(max(x, -lambd), lambd). The slope at ±lambd is 0.

    Raises
    ------
    ValueError
        If `lambd` is negative.
    """
    if lambd < 0:
        raise ValueError(f"[softshrink] `lambd` (={lambd}) must not be negative")
    return _softshrink(floating(x), how=(lambd,))


_threshold, _threshold_back = curve("threshold")


@public(method=False)
def threshold(x, threshold, value):
    """Keep what lies above the threshold: x where x > threshold, else `value`, with the slope 0."""
    return _threshold(x, how=(threshold, int(value) if is_integral(x) else value))


# ------------------------------------------------------------------------------------ smooth functions

_softplus = elementwise(
    "softplus",
    lambda x, *, beta, threshold: kernels.softplus(x, beta, threshold),
    lambda g, x, beta, threshold: _softplus_back(g, x, beta=beta, threshold=threshold),
)


def _softplus_bend(v, x, beta, threshold):
    s = sigmoid(x * beta)
    return where(x * beta > threshold, 0, v * (s * (1 - s) * beta))


_softplus_back = elementwise(
    "softplus_backward",
    lambda v, x, *, beta, threshold: kernels.softplus_grad(v, x, beta, threshold),
    lambda g, x, beta, threshold: _softplus_back(g, x, beta=beta, threshold=threshold),
    _softplus_bend,
)


@public(method=False)
def softplus(x, beta=1.0, threshold=20.0):
    """Smooth rectifier: log(1 + e^(βx)) / β, and x where βx > threshold.

    Raises
    ------
    ValueError
        If `beta` is zero.
    """
    if beta == 0:
        raise ValueError(f"[softplus] `beta` (={beta}) must not be zero")
    return _softplus(floating(x), beta=beta, threshold=threshold)


def _log_sigmoid_bend(v, x):
    s = sigmoid(x)
    return v * (s * (s - 1))


_log_sigmoid, _log_sigmoid_back = curve("log_sigmoid", _log_sigmoid_bend)


@public(method=False)
def logsigmoid(x):
    """Logarithm of the logistic function: -log(1 + e⁻ˣ), exact in both tails."""
    return _log_sigmoid(floating(x))


def _silu_bend(v, x):
    """The second derivative, times v."""
    s = sigmoid(x)
    return v * (s * (1 - s) * (x * (1 - s - s) + 2))


silu = unary("silu", of_floats(kernels.silu), lambda g, x: _silu_back(g, x))
_silu_back = elementwise(
    "silu_backward", lambda v, x: kernels.silu_grad(v, x), lambda g, x: _silu_back(g, x), _silu_bend
)
silu.__doc__ = "Sigmoid linear unit: x / (1 + e⁻ˣ), also called swish."


def _mish_slope(x):
    t = tanh(_softplus(x, beta=1.0, threshold=inf))
    return t + x * sigmoid(x) * (1 - t * t)


mish = unary(
    "mish",
    of_floats(lambda x: kernels.multiply(x, kernels.tanh(kernels.softplus(x, 1.0, inf)), out=...)),
    _mish_slope,
)
mish.__doc__ = "Mish: x tanh(log(1 + eˣ)) (Misra 2019)."


def _gelu_bend(v, x, approximate):
    """The second derivative of `x Φ(x)`, times v, for Φ itself or for its approximation `(1 + tanh u(x)) / 2`."""
    x = clamp(x, -40, 40)  # beyond, it is 0
    if approximate == "none":
        return v * ((2 - x * x) * exp(x * x * -0.5) * sqrt(0.5 / pi))
    square = x * x
    t = tanh(x * (square * 0.044715 + 1) * sqrt(2 / pi))
    slope = (square * (3 * 0.044715) + 1) * sqrt(2 / pi)  # u', and u'' = 6 · 0.044715 x √(2/π)
    return v * ((1 - t * t) * (slope - x * t * slope * slope + square * (3 * 0.044715 * sqrt(2 / pi))))


_gelu = elementwise(
    "gelu",
    lambda x, *, approximate: kernels.gelu(x, approximate),
    lambda g, x, approximate: _gelu_back(g, x, approximate=approximate),
)
_gelu_back = elementwise(
    "gelu_backward",
    lambda v, x, *, approximate: kernels.gelu_grad(v, x, approximate),
    lambda g, x, approximate: _gelu_back(g, x, approximate=approximate),
    _gelu_bend,
)


@public(method=False)
def gelu(x, approximate="none"):
    """Gaussian error linear unit: x Φ(x), Φ being the normal distribution (Hendrycks, Gimpel 2016).

    Parameters
    ----------
    x : Tensor or array
    approximate : "none" or "tanh"
        With "tanh", Φ(x) = (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Raises
    ------
    ValueError
        For another `approximate`.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"[gelu] `approximate` (={approximate!r}) must be 'none' or 'tanh'")
    return _gelu(floating(x), approximate=approximate)


_softsign = unary(
    "softsign",
    of_floats(lambda x: kernels.true_divide(x, kernels.absolute(x) + 1, out=...)),
    lambda g, x: g / _squared(absolute(x) + 1),
)


def softsign(x):
    """X / (1 + |x|)."""
    return x / (absolute(x) + 1) if x.dtype.kind == "c" else _softsign(x)  # |x| has no complex slope



def _squared(x):
    return x * x


def _tanh_squared(x):
    return _squared(tanh(x))


tanhshrink = unary("tanhshrink", of_floats(lambda x: kernels.subtract(x, kernels.tanh(x), out=...)), _tanh_squared)
tanhshrink.__doc__ = "x - tanh(x)."


_logit = unary("logit", of_floats(lambda x: kernels.log(x / (1 - x), out=...)), lambda g, x: g / (x * (1 - x)))


@public(in_place=True)
def logit(x, eps=None):
    """Inverse of the logistic function: log(x / (1 - x)).

    Parameters
    ----------
    x : Tensor or array
        Between 0 and 1.
    eps : float, optional
        Limit `x` to [eps, 1 - eps] first.
    """
    return _logit(x if eps is None else clamp(x, eps, 1 - eps))


for _f, _name in (
    (silu, "silu"),
    (mish, "mish"),
    (softsign, "softsign"),
    (tanhshrink, "tanhshrink"),
):
    public(_name, method=False)(_f)


# ------------------------------------------------------------------------------ with weights, with gates


_prelu = elementwise(
    "prelu",
    lambda x, weight: kernels.pointwise("prelu", x, weight),
    lambda g, x, weight: _prelu_back(g, x, weight),
    lambda g, x: _prelu_weight_back(g, x),
)
_prelu_back = elementwise(
    "prelu_backward",
    lambda v, x, weight: kernels.pointwise("prelu_grad", v, x, weight),
    lambda g, x, weight: _prelu_back(g, x, weight),
    None,
    lambda g, v, x: where(x > 0, 0, g * v),
)
_prelu_weight_back = elementwise(
    "prelu_weight_backward",
    lambda v, x: kernels.pointwise("prelu_weight_grad", v, x),
    lambda g, x: _prelu_weight_back(g, x),
    lambda g, v, x: where(x > 0, 0, g * v),
)


@public()
def prelu(x, weight):
    """Rectify with a leak that is learnt: x where x > 0, else weight · x. The slope at 0 is `weight`.

    Parameters
    ----------
    x : Tensor or array, (N, C, …)
    weight : Tensor or array, (C,), (1,) or 0-d
        One for each channel (axis 1; axis 0 of a 1-D tensor), or for all.

    Raises
    ------
    RuntimeError
        If `weight` does not fit.
    """
    if len(weight.shape) > 1:
        raise RuntimeError(f"[prelu] `weight` (shape {weight.shape}) must be 1-D or 0-d")
    if weight.dtype != x.dtype:
        raise RuntimeError(f"[prelu] `weight` (dtype {weight.dtype}) must have the dtype of `x` ({x.dtype})")
    count, channels = prod(weight.shape), x.shape[1] if len(x.shape) > 1 else 1
    if count != 1 and (count != channels or not x.shape):
        raise RuntimeError(f"[prelu] `weight` (shape {weight.shape}) must hold one number for all or for each channel")
    w = _view(weight, shape=tuple(count if d == 1 else 1 for d in range(len(x.shape))) if len(x.shape) > 1 else ())
    return _prelu(x, w)


def glu(input, dim=-1):
    """Gated linear unit: a σ(b), a and b being the halves of `input` along `dim`.

    Raises
    ------
    RuntimeError
        If `input` is 0-d, or of odd length along `dim`.
    """
    if not input.shape:
        raise RuntimeError("[glu] `input` (0-d) must have at least one dimension")
    d = dim_of("glu", dim, len(input.shape))
    n = input.shape[d]
    if n % 2:
        raise RuntimeError(f"[glu] `input` (shape {input.shape}) must have an even length along dim {d}")
    a, b = narrow(input, d, 0, n // 2), narrow(input, d, n // 2, n // 2)
    return a * sigmoid(b)
