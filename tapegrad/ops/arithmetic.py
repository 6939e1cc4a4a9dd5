"""Arithmetic of two arrays and its slopes.

Each line of the table is the whole truth about an operation: its kernel, then one slope per argument. A rule that
names `g` maps the cotangent itself (division, so that 0/0 stays where it belongs). These are what operators and
rules call; PyTorch's functions, with their options, follow below the table.
"""

import numpy as np

from .. import kernels
from .._dtypes import complex128, float64
from .._tape import binary, elementwise, minus, one
from . import comparison
from ._operands import all_true, is_integral, level, of_x_and_other
from ._registry import public
from .cast import cast
from .elementwise import LN2, log, negative, sigmoid, sigmoid_back
from .parts import absolute
from .region import zeros
from .selection import where


def _divide_trunc(a, b):
    q = kernels.floor_divide(a, b)
    if q.dtype.kind == "f":
        return kernels.trunc(kernels.true_divide(a, b), out=...)
    return kernels.add(q, (q < 0) & (kernels.remainder(a, b) != 0), out=...)


def _xlogy(a, b):
    logarithm = kernels.log(kernels.where((a == 0) & (b == b), 1, b))  # of 1 where a is 0: no warning
    return kernels.multiply(a, logarithm, out=...)


def _xlog1py(a, b):
    logarithm = kernels.log1p(kernels.where((a == 0) & (b == b), 0, b))
    return kernels.multiply(a, logarithm, out=...)


def _logaddexp_complex(a, b):
    shape = np.broadcast_shapes(a.shape, b.shape)
    pair = kernels.stack([kernels.broadcast_to(a, shape), kernels.broadcast_to(b, shape)], 0)
    return kernels.logcumsumexp(pair, 0)[1, ...]


def _of_table(name):
    return lambda a, b: kernels.pointwise(name, a, b)


def _square_sum(a, b):
    """`a² + b²`, and 1 where both are 0: there PyTorch lets the slopes of `atan2` be 0."""
    return where((a == 0) & (b == 0), 1, a * a + b * b)


#                                                     slope in a, b and the output y, or the map of g
add = binary("add", kernels.add,                      one, one)
subtract = binary("sub", kernels.subtract,            one, minus)
multiply = binary("mul", kernels.multiply,            lambda b: b, lambda a: a)
divide = binary("div", kernels.true_divide,           lambda g, b: g / b, lambda g, y, b: -g * y / b)
divide_floor = binary("div", _of_table("divide_floor"), level, level)
divide_trunc = binary("div", _divide_trunc,           level, level)
modulo = binary("remainder", _of_table("modulo"),     one, lambda g, a, b: _modulo_back(g, a, b))
modulo_trunc = binary("fmod", _of_table("modulo_trunc"), one, lambda g, a, b: _modulo_trunc_back(g, a, b))
arctan2 = binary("atan2", kernels.arctan2,            lambda a, b: b / _square_sum(a, b),
                                                      lambda a, b: -a / _square_sum(a, b))  # fmt: skip
hypot = binary("hypot", _of_table("hypot"),           lambda g, a, y: _hypot_back(g, a, y),
                                                      lambda g, b, y: _hypot_back(g, b, y))  # fmt: skip
logaddexp = binary("logaddexp", _of_table("logaddexp"), lambda g, a, b: _logaddexp_back(g, a, b),
                                                      lambda g, a, b: _logaddexp_back(g, b, a))  # fmt: skip
logaddexp2 = binary("logaddexp2", _of_table("logaddexp2"), lambda g, a, b: _logaddexp2_back(g, a, b),
                                                      lambda g, a, b: _logaddexp2_back(g, b, a))  # fmt: skip
logaddexp_complex = binary("logaddexp", _logaddexp_complex, lambda a, b: sigmoid(a - b),
                                                      lambda a, b: sigmoid(b - a))  # fmt: skip
xlogy = binary("xlogy", _xlogy,                       lambda g, a, b: where((a == 0) & (b <= 0), 0, xlogy(g, b)),
                                                      lambda g, a, b: g * a / b)  # fmt: skip
xlog1py = binary("xlog1py", _xlog1py,                 lambda g, a, b: where((a == 0) & (b <= -1), 0, xlog1py(g, b)),
                                                      lambda g, a, b: g * a / (b + 1))  # fmt: skip
copysign = binary("copysign", kernels.copysign,       lambda g, a, y: where(a == 0, 0, g * (y / a)), level)
heaviside = binary("heaviside", kernels.heaviside,    level, lambda g, a: where(a == 0, g, 0))
nextafter = binary("nextafter", kernels.nextafter,    lambda g, a, b: where(a == b, 0, g), level)

# Slopes in one pass: -v ⌊a / b⌋, v a / y, and v σ(a - b).
_modulo_back = elementwise(
    "remainder_backward",
    lambda v, a, b: kernels.pointwise("modulo_grad", v, a, b),
    lambda g, a, b: _modulo_back(g, a, b),
    None,
    None,
)
_modulo_trunc_back = elementwise(
    "fmod_backward",
    lambda v, a, b: kernels.pointwise("modulo_trunc_grad", v, a, b),
    lambda g, a, b: _modulo_trunc_back(g, a, b),
    None,
    None,
)
_hypot_back = elementwise(
    "hypot_backward",
    lambda v, a, s: kernels.pointwise("hypot_grad", v, a, s),
    lambda g, a, s: _hypot_back(g, a, s),
    lambda g, v, s: _hypot_back(g, v, s),
    lambda g, v, a, s: -g * v * (a / s) / s,
)
_logaddexp_back = elementwise(
    "logaddexp_backward",
    lambda v, a, b: kernels.pointwise("logaddexp_grad", v, a, b),
    lambda g, a, b: _logaddexp_back(g, a, b),
    lambda g, v, a, b: sigmoid_back(g * v, sigmoid(a - b)),
    lambda g, v, a, b: -sigmoid_back(g * v, sigmoid(a - b)),
)
_logaddexp2_back = elementwise(
    "logaddexp2_backward",
    lambda v, a, b: kernels.pointwise("logaddexp2_grad", v, a, b),
    lambda g, a, b: _logaddexp2_back(g, a, b),
    lambda g, v, a, b: sigmoid_back(g * v * LN2, sigmoid((a - b) * LN2)),
    lambda g, v, a, b: -sigmoid_back(g * v * LN2, sigmoid((a - b) * LN2)),
)

add_scaled = elementwise(
    "add", lambda a, b, *, alpha: kernels.add(a, kernels.multiply(b, alpha), out=...),
    one, lambda g, alpha: g * alpha,
)  # fmt: skip
subtract_scaled = elementwise(
    "sub", lambda a, b, *, alpha: kernels.subtract(a, kernels.multiply(b, alpha), out=...),
    one, lambda g, alpha: g * -alpha,
)  # fmt: skip

# ------------------------------------------------------------------------------------------- powers

_POWERS = {  # as PyTorch computes them: exact squares, and no call of `pow`
    -1: lambda x: kernels.reciprocal(x, out=...),
    -0.5: kernels.rsqrt,
    0.5: lambda x: kernels.sqrt(x, out=...),
    1: lambda x: x.copy(),
    2: lambda x: kernels.square(x, out=...),
    3: lambda x: kernels.multiply(x * x, x, out=...),
}


def _raise(x, *, exponent):
    known = _POWERS.get(exponent)
    return known(x) if known else kernels.power(x, exponent, out=...)


def _raise_slope(g, x, exponent):
    if exponent == 0:
        return zeros(g, g.shape)
    if exponent == 2:
        return g * (x + x)
    return g * (_power(x, exponent=exponent - 1) * exponent)


_power = elementwise("pow", _raise, _raise_slope)  # to a Python number


def _base_slope(g, a, b):
    """`g b a^(b-1)`, and 0 for b = 0 where a is 0 or NaN."""
    flat = (b == 0) & ~(abs(a) > 0)
    return where(flat, 0, g * (b * power(a, where(flat, 1, b - 1))))


def _exponent_slope(g, a, b, y):
    """`g y log a`, and 0 for a = 0 and b ≥ 0."""
    return g * (y * log(where((a == 0) & (b >= 0), 1, a)))


power = binary("pow", kernels.power, _base_slope, _exponent_slope)


def pow(x, exponent):
    """Raise to a power: x^exponent.

    Parameters
    ----------
    x, exponent : Tensor, array or scalar
        Broadcast against each other. The Python numbers 1, 2, 3, -1, ½ and -½ are computed without `pow`, as
        x, x·x, x·x·x, 1/x, √x and 1/√x.

    Raises
    ------
    ValueError
        If integers are raised to a negative integer.

    Notes
    -----
    0⁰ = 1, with the slope 0 in both arguments; the slope in the exponent is 0 at base 0 and NaN below.

    Examples
    --------
    >>> tg.pow(tg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    kind = exponent.__class__
    if (kind is int or kind is float) and getattr(getattr(x, "dtype", None), "kind", None) == "f":
        return _power(x, exponent=exponent)
    return power(x, exponent)


def float_power(x, exponent):
    """Raise to a power in float64, or complex128 if one argument is complex; see `pow`."""
    kinds = {getattr(getattr(v, "dtype", None), "kind", "c" if isinstance(v, complex) else "f") for v in (x, exponent)}
    dtype, scalar = (complex128, complex) if "c" in kinds else (float64, float)
    return pow(*(cast(v, dtype) if hasattr(v, "dtype") else scalar(v) for v in (x, exponent)))


# ------------------------------------------------------------------------------ PyTorch's functions


def _factor(op, alpha, x, other):
    """`alpha`, if it may scale these operands."""
    if isinstance(alpha, float) and is_integral(x) and is_integral(other):
        raise RuntimeError(f"[{op}] `alpha` (={alpha}) must not be a floating point number for integral operands")
    return alpha


def _refuse_zero(op, x, other):
    """Integers have no ∞ to answer a division by zero with."""
    if is_integral(other) and is_integral(x) and not all_true(other):
        raise ZeroDivisionError(f"[{op}] `other` must not contain 0, for integers")


def _add(x, other, *, alpha=1):
    """Add: x + alpha · other."""
    return add(x, other) if alpha == 1 else add_scaled(x, other, alpha=_factor("add", alpha, x, other))


_add.__name__ = _add.__qualname__ = "add"  # `add` itself is the primitive here, which knows no alpha


def sub(x, other, *, alpha=1):
    """Subtract: x - alpha · other."""
    return subtract(x, other) if alpha == 1 else subtract_scaled(x, other, alpha=_factor("sub", alpha, x, other))


def rsub(x, other, *, alpha=1):
    """Subtract the other way round: other - alpha · x."""
    return sub(other, x, alpha=alpha)


def div(x, other, *, rounding_mode=None):
    """Divide: x / other.

    Parameters
    ----------
    x, other : Tensor, array or scalar
        Broadcast against each other. The true quotient of integers has the default dtype.
    rounding_mode : None, "trunc" or "floor"
        Round the quotient towards zero or down; then integers stay integers and the slope is 0.

    Raises
    ------
    ValueError
        For another `rounding_mode`.
    ZeroDivisionError
        For integers divided by zero with rounding.

    Examples
    --------
    >>> tg.div(tg.tensor([-3, 3]), 2, rounding_mode="trunc")
    tensor([-1,  1])
    """
    if rounding_mode is None:
        return divide(x, other)
    if rounding_mode not in ("trunc", "floor"):
        raise ValueError(f"[div] `rounding_mode` (={rounding_mode!r}) must be None, 'trunc' or 'floor'")
    _refuse_zero("div", x, other)
    return divide_floor(x, other) if rounding_mode == "floor" else divide_trunc(x, other)


def floor_divide(x, other):
    """Quotient rounded down: ⌊x / other⌋. The slope is 0."""
    _refuse_zero("floor_divide", x, other)
    return divide_floor(x, other)


def remainder(x, other):
    """Remainder with the sign of the divisor: x - other ⌊x / other⌋."""
    _refuse_zero("remainder", x, other)
    return modulo(x, other)


def fmod(x, other):
    """Remainder with the sign of the dividend: x - other trunc(x / other)."""
    _refuse_zero("fmod", x, other)
    return modulo_trunc(x, other)


def lerp(x, end, weight):
    """Interpolate: x + weight (end - x), exact at both ends."""
    return _lerp(x, end, weight)


_lerp = elementwise(
    "lerp",
    lambda x, end, weight: kernels.pointwise("lerp", x, end, weight),
    lambda g, weight: _lerp_back(g, weight),
    lambda weight: weight,
    lambda x, end: end - x,
)
_lerp_back = elementwise(
    "lerp_backward",
    lambda v, weight: kernels.pointwise("lerp_grad", v, weight),
    lambda g, weight: _lerp_back(g, weight),
    lambda g, v: -g * v,
)


def addcmul(x, tensor1, tensor2, *, value=1):
    """Add a product: x + value · tensor1 · tensor2."""
    return _addcmul(x, tensor1, tensor2, value=value)


_addcmul = elementwise(
    "addcmul", lambda x, a, b, *, value: kernels.add(x, a * b * value, out=...),
    one, lambda b, value: b * value, lambda a, value: a * value,
)  # fmt: skip


def addcdiv(x, tensor1, tensor2, *, value=1):
    """Add a quotient: x + value · tensor1 / tensor2."""
    return _addcdiv(x, tensor1, tensor2, value=value)


_addcdiv = elementwise(
    "addcdiv", lambda x, a, b, *, value: kernels.add(x, a / b * value, out=...),
    one, lambda g, b, value: g * value / b, lambda g, a, b, value: g * -value * (a / b) / b,
)  # fmt: skip


def _logaddexp(x, other):
    """Logarithm of a sum: log(eˣ + e^other), without overflow; of complex numbers relative to the larger real part."""
    is_complex = any(getattr(getattr(v, "dtype", None), "kind", "") == "c" for v in (x, other))
    return (logaddexp_complex if is_complex else logaddexp)(x, other)


_logaddexp.__name__ = _logaddexp.__qualname__ = "logaddexp"


def ldexp(x, other):
    """Scale by a power of two: x · 2^other."""
    return multiply(x, power(2.0, other))


def positive(x):
    """Plus: `x` itself."""
    return x


for _f, _names in (
    (_add, "add"),
    (sub, "sub subtract"),
    (div, "div divide true_divide"),
    (floor_divide, "floor_divide"),
    (remainder, "remainder"),
    (fmod, "fmod"),
    (pow, "pow power"),
    (float_power, "float_power"),
    (lerp, "lerp"),
    (addcmul, "addcmul"),
    (addcdiv, "addcdiv"),
    (_logaddexp, "logaddexp"),
    (ldexp, "ldexp"),
):
    public(*_names.split(), in_place=True)(_f)

for _f, _names, _text in (
    (multiply, "mul multiply", "Multiply: x · other."),
    (arctan2, "atan2 arctan2", "Angle of the point (other, x), in [-π, π]. Both slopes at the origin are 0."),
    (hypot, "hypot", "Length of a leg pair: √(x² + other²)."),
    (logaddexp2, "logaddexp2", "Logarithm of a sum to base 2: log₂(2ˣ + 2^other), without overflow."),
    (xlogy, "xlogy", "x · log(other), and 0 where x is 0 (unless `other` is NaN)."),
    (xlog1py, "xlog1py", "x · log(1 + other), and 0 where x is 0 (unless `other` is NaN)."),
    (copysign, "copysign", "The size of `x` with the sign of `other`. The slope at x = 0 is 0."),
    (nextafter, "nextafter", "The next number from `x` towards `other`. The slope in x is 1, or 0 where equal."),
):
    public(*_names.split(), in_place=True)(of_x_and_other(_f, _text))

heaviside.__doc__ = "Step: 0 for x < 0, `values` for x = 0, 1 for x > 0. The slope in x is 0."
public(in_place=True, a="input", b="values")(heaviside)

public(in_place=False)(rsub)
public(in_place=False)(positive)

# What Python's operators do, by the name between the underscores. The commonest are primitives: no frame stands
# between the user's line and the record.
OPERATORS = {
    "add": add,
    "sub": subtract,
    "mul": multiply,
    "truediv": divide,
    "floordiv": floor_divide,
    "mod": remainder,
    "pow": pow,
    "neg": negative,
    "pos": positive,
    "abs": absolute,
    **comparison.OPERATORS,
}
