"""Questions with boolean answers, and logic on booleans and bits. None of them has a derivative."""

from math import inf

from .. import kernels
from .._tape import elementwise
from ._operands import all_true, of_x_and_other
from ._registry import public


def _question(name, kernel, arguments=2):
    return elementwise(name, kernel, *[None] * arguments)


eq, ne = _question("eq", kernels.equal), _question("ne", kernels.not_equal)
lt, le = _question("lt", kernels.less), _question("le", kernels.less_equal)
gt, ge = _question("gt", kernels.greater), _question("ge", kernels.greater_equal)

logical_and, logical_or = _question("logical_and", kernels.logical_and), _question("logical_or", kernels.logical_or)
logical_xor = _question("logical_xor", kernels.logical_xor)
logical_not = _question("logical_not", kernels.logical_not, 1)

bitwise_and, bitwise_or = _question("bitwise_and", kernels.bitwise_and), _question("bitwise_or", kernels.bitwise_or)
bitwise_xor, bitwise_not = _question("bitwise_xor", kernels.bitwise_xor), _question("bitwise_not", kernels.invert, 1)
left_shift = _question("bitwise_left_shift", kernels.left_shift)
right_shift = _question("bitwise_right_shift", kernels.right_shift)

isnan, isinf = _question("isnan", kernels.isnan, 1), _question("isinf", kernels.isinf, 1)
isfinite, signbit = _question("isfinite", kernels.isfinite, 1), _question("signbit", kernels.signbit, 1)
isposinf = _question("isposinf", lambda x: kernels.equal(x, inf, out=...), 1)
isneginf = _question("isneginf", lambda x: kernels.equal(x, -inf, out=...), 1)


def _close(a, b, *, rtol, atol, equal_nan):
    same = a == b
    gap = kernels.where(same, 0, kernels.maximum(a, b)) - kernels.where(same, 0, kernels.minimum(a, b))
    same = same | (kernels.isfinite(gap) & (gap <= atol + abs(rtol * b)))
    return kernels.logical_or(same, kernels.isnan(a) & kernels.isnan(b) & equal_nan, out=...)


_isclose = elementwise("isclose", _close, None, None)


@public()
def isclose(x, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Compare up to rounding: |x - other| ≤ atol + rtol |other|, or both the same infinity.

    Parameters
    ----------
    x, other : Tensor, array or scalar
        Broadcast against each other.
    rtol, atol : float
        Not negative.
    equal_nan : bool
        Count two NaN as close.

    Raises
    ------
    ValueError
        If a tolerance is negative.

    Examples
    --------
    >>> tg.isclose(tg.tensor([1.0, 2.0]), tg.tensor([1.0 + 1e-7, 2.1]))
    tensor([ True, False])
    """
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise ValueError(f"[isclose] `{name}` (={value}) must not be negative")
    return _isclose(x, other, rtol=rtol, atol=atol, equal_nan=bool(equal_nan))


@public()
def allclose(x, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Tell whether all elements are close, see `isclose`; a Python bool."""
    return all_true(isclose(x, other, rtol, atol, equal_nan))


@public()
def equal(x, other):
    """Tell whether two tensors have the same shape and the same elements; a Python bool.

    Examples
    --------
    >>> tg.equal(tg.tensor([1.0, 2.0]), tg.tensor([1.0, 2.0]))
    True
    """
    return x.shape == other.shape and all_true(eq(x, other))


for _f, _names, _text in (
    (eq, "eq", "Equal: x == other."),
    (ne, "ne not_equal", "Different: x != other. NaN differs from itself."),
    (lt, "lt less", "Less: x < other."),
    (le, "le less_equal", "Less or equal: x <= other."),
    (gt, "gt greater", "Greater: x > other."),
    (ge, "ge greater_equal", "Greater or equal: x >= other."),
    (logical_and, "logical_and", "Whether both are not zero."),
    (logical_or, "logical_or", "Whether one of the two is not zero."),
    (logical_xor, "logical_xor", "Whether exactly one of the two is not zero."),
    (bitwise_and, "bitwise_and", "Bits set in both; on booleans `and`."),
    (bitwise_or, "bitwise_or", "Bits set in one of the two; on booleans `or`."),
    (bitwise_xor, "bitwise_xor", "Bits set in exactly one of the two; on booleans `xor`."),
    (left_shift, "bitwise_left_shift", "Bits moved up: x · 2^other."),
    (right_shift, "bitwise_right_shift", "Bits moved down: ⌊x / 2^other⌋."),
):
    public(*_names.split(), in_place=True)(of_x_and_other(_f, _text))

for _f, _names, _text in (
    (logical_not, "logical_not", "Whether an element is zero."),
    (bitwise_not, "bitwise_not", "All bits turned over; on booleans `not`."),
):
    _f.__doc__ = _text
    public(*_names.split(), in_place=True)(_f)

for _f, _text in (
    (isnan, "Whether an element is NaN."),
    (isinf, "Whether an element is ∞ or -∞."),
    (isfinite, "Whether an element is neither infinite nor NaN."),
    (isposinf, "Whether an element is ∞."),
    (isneginf, "Whether an element is -∞."),
    (signbit, "Whether the sign is minus, that of -0 included."),
):
    _f.__doc__ = _text
    public(_f.__name__)(_f)


def _or_not_implemented(question):
    """Ask only what can be answered: beside None, a string and the like Python decides by identity."""

    def ask(x, other):
        try:
            return question(x, other)
        except TypeError:
            return NotImplemented

    return ask


OPERATORS = {
    "eq": _or_not_implemented(eq),
    "ne": _or_not_implemented(ne),
    "lt": lt,
    "le": le,
    "gt": gt,
    "ge": ge,
    "invert": bitwise_not,
    "and": bitwise_and,
    "or": bitwise_or,
    "xor": bitwise_xor,
    "lshift": left_shift,
    "rshift": right_shift,
}
