"""Choosing between values: `where`, masks, limits, the larger of two.

A choice is linear once it is made: the cotangent goes to what was chosen, everything else gets zero. The zero is
put there by `where`, never by a product (0 · ∞ is NaN).
"""

from math import inf

from numpy import finfo

from .. import kernels
from .._device import device_of
from .._tape import Tensor, binary, declare, elementwise
from ._operands import floating, of_x_and_other
from ._registry import public
from .cast import as_tensor, cast, move, promote
from .region import zeros
from .shape import sum_to

choose = declare(
    "where",
    kernels.where,
    [
        None,
        lambda g, condition, a_shape: sum_to(where(condition, g, 0), a_shape),
        lambda g, condition, b_shape: sum_to(where(condition, 0, g), b_shape),
    ],
    [
        None,
        lambda t, condition, b_shape: choose(condition, t, zeros(t, b_shape)),
        lambda t, condition, a_shape: choose(condition, zeros(t, a_shape), t),
    ],
)


@public(method=False, x="input")
def where(condition, x=None, other=None):
    """Choose elementwise: `y = x if condition else other`; with the condition alone, find where it holds.

    Parameters
    ----------
    condition : bool Tensor or array
    x, other : Tensor, array or scalar
        Broadcast against each other and the condition, and brought to one dtype.

    Returns
    -------
    Tensor, of the broadcast shape
        Without `x` and `other`: a tuple of int64 positions, one for each axis, of what is not zero.

    Raises
    ------
    TypeError
        If one of `x` and `other` is missing, or the condition is not boolean.

    Examples
    --------
    >>> tg.where(tg.tensor([True, False]), 1.0, tg.tensor([3.0, 4.0]))
    tensor([1., 4.])
    """
    if x is None or other is None:
        if x is not None or other is not None:
            raise TypeError("[where] give both `x` and `other`, or neither")
        if isinstance(condition, Tensor):
            return tuple(as_tensor(place) for place in kernels.nonzero(condition._array))
        return kernels.nonzero(condition)
    either = isinstance(x, Tensor) or isinstance(other, Tensor)
    if not either and not isinstance(condition, Tensor):
        return kernels.where(condition, x, other)
    condition = as_tensor(condition)
    if condition._dtype.kind != "b":
        raise TypeError(f"[where] `condition` (dtype {condition._dtype}) must be boolean")
    if not isinstance(x, Tensor) or not isinstance(other, Tensor) or x._dtype is not other._dtype:
        if not either:
            x, other = as_tensor(x, condition), as_tensor(other, condition)
        x, other = promote((x, other), choose.primitive)
    if not x._shape or not other._shape:  # numbers may be used on any device
        home = device_of(condition._array)
        x, other = (t if t._shape else move(t, home) for t in (x, other))
    return choose(condition, x, other)


@public("where", function=False)
def _kept_where(x, condition, other):
    """`x` where the condition holds, else `other`."""
    return where(condition, x, other)


_fill = declare(
    "masked_fill",
    lambda x, mask, value: kernels.where(mask, value, x),
    [
        lambda g, mask, x_shape: sum_to(where(mask, 0, g), x_shape),
        None,
        lambda g, mask, value_shape: sum_to(where(mask, g, 0), value_shape),
    ],
    [
        lambda t, mask: where(mask, 0, t),
        None,
        lambda t, mask, x_shape: choose(mask, t, zeros(t, x_shape)),
    ],
)


@public(in_place=True)
def masked_fill(x, mask, value):
    """Write `value` where `mask` holds: `y = value if mask else x`, in the dtype of `x`.

    Parameters
    ----------
    x : Tensor or array
    mask : bool Tensor or array
        Broadcasts with `x`.
    value : scalar or 0-d Tensor

    Raises
    ------
    TypeError
        If the mask is not boolean.
    ValueError
        If `value` has axes.
    RuntimeError
        If `value` is complex and `x` is not.

    Examples
    --------
    >>> tg.masked_fill(tg.tensor([1.0, 2.0]), tg.tensor([True, False]), -1.0)
    tensor([-1.,  2.])
    """
    if mask.dtype.kind != "b":
        raise TypeError(f"[masked_fill] `mask` (dtype {mask.dtype}) must be boolean")
    if getattr(value, "shape", ()):
        raise ValueError(f"[masked_fill] `value` (shape {tuple(value.shape)}) must be a scalar or have no axes")
    if x.dtype.kind != "c" and (isinstance(value, complex) or getattr(value, "dtype", x.dtype).kind == "c"):
        raise RuntimeError(f"[masked_fill] `value` (complex) must be real for `x` (dtype {x.dtype})")
    if not any(isinstance(v, Tensor) for v in (x, mask, value)):
        return kernels.where(mask, x.dtype.type(value), x)
    x = as_tensor(x)
    return _fill(x, mask, cast(as_tensor(value, x), x._dtype))

# ------------------------------------------------------------------------------- the larger, the smaller

maximum = binary(
    "maximum", kernels.maximum, lambda g, a, b: _share(g, a < b, a == b), lambda g, a, b: _share(g, b < a, a == b)
)
minimum = binary(
    "minimum", kernels.minimum, lambda g, a, b: _share(g, b < a, a == b), lambda g, a, b: _share(g, a < b, a == b)
)
fmax = binary("fmax", kernels.fmax, lambda g, a, b: where(_first(a >= b, b), g, 0),
                                    lambda g, a, b: where(_first(a >= b, b), 0, g))  # fmt: skip
fmin = binary("fmin", kernels.fmin, lambda g, a, b: where(_first(a <= b, b), g, 0),
                                    lambda g, a, b: where(_first(a <= b, b), 0, g))  # fmt: skip


def _share(g, lost, tied):
    """The cotangent of one of two: nothing where it lost, half where they tied; NaN on either side loses nothing."""
    return where(lost, 0, where(tied, g * 0.5, g))


def _first(wins, b):
    """Whether the first of two is taken: it wins, or the second is NaN."""
    return wins | (b != b)


for _f, _text in (
    (maximum, "The larger of two, or NaN. Ties share the slope equally."),
    (minimum, "The smaller of two, or NaN. Ties share the slope equally."),
    (fmax, "The larger of two; NaN only where both are. Ties give the slope to `x`."),
    (fmin, "The smaller of two; NaN only where both are. Ties give the slope to `x`."),
):
    public(_f.__name__)(of_x_and_other(_f, _text))

# ---------------------------------------------------------------------------------------------- limits

_clamp = elementwise(
    "clamp",
    lambda x, *, low, high: kernels.clip(x, low, high),
    lambda g, x, low, high: where(_inside(x, low, high), g, 0),
)  # to Python numbers
_clamp_min = binary("clamp_min", lambda a, b: kernels.clip(a, b, None), lambda g, a, b: where(a >= b, g, 0),
                                                                      lambda g, a, b: where(a < b, g, 0))  # fmt: skip
_clamp_max = binary("clamp_max", lambda a, b: kernels.clip(a, None, b), lambda g, a, b: where(a <= b, g, 0),
                                                                      lambda g, a, b: where(a > b, g, 0))  # fmt: skip
_clamp_between = elementwise(
    "clamp",
    lambda a, b, c: kernels.clip(a, b, c),
    lambda g, a, b, c: where((a >= b) & (a <= c), g, 0),
    lambda g, a, b, c: where((a < b) & (b < c), g, 0),
    lambda g, a, b, c: where((a > c) | (b > c), g, 0),
)


def _inside(x, low, high):
    if low is None:
        return x <= high
    return x >= low if high is None else (x >= low) & (x <= high)


@public("clamp", "clip", in_place=True)
def clamp(x, min=None, max=None):
    """Limit to an interval: y = min(max(x, low), high).

    Parameters
    ----------
    x : Tensor or array
    min, max : scalar, Tensor, array or None
        None leaves that side open; where min > max the answer is `max`.

    Raises
    ------
    ValueError
        If both limits are None.

    Notes
    -----
    The slope is 1 inside and at the limits, and goes to the limit outside. NaN stays NaN, with the slope 0.

    Examples
    --------
    >>> tg.clamp(tg.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise ValueError("[clamp] at least one of `min` and `max` must not be None")
    if isinstance(min, _PLAIN) and isinstance(max, _PLAIN):
        if isinstance(min, float) or isinstance(max, float):
            x = floating(x)
        return _clamp(x, low=min, high=max)
    if min is None:
        return _clamp_max(x, max)
    return _clamp_min(x, min) if max is None else _clamp_between(x, min, max)


_PLAIN = (int, float, type(None))


@public(in_place=True)
def clamp_min(x, min):
    """Limit from below: y = max(x, min); see `clamp`."""
    return clamp(x, min=min)


@public(in_place=True)
def clamp_max(x, max):
    """Limit from above: y = min(x, max); see `clamp`."""
    return clamp(x, max=max)


def _finite(x, *, nan, posinf, neginf):
    if x.dtype.kind != "f":
        return x.copy()
    top = x.dtype.type(finfo(x.dtype).max)
    y = kernels.where(x == inf, top if posinf is None else x.dtype.type(posinf), x)
    y = kernels.where(x == -inf, -top if neginf is None else x.dtype.type(neginf), y)
    return kernels.where(x != x, x.dtype.type(nan), y)


_nan_to_num = elementwise("nan_to_num", _finite, lambda g, x: where(abs(x) < inf, g, 0))


@public(in_place=True)
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """Replace NaN, ∞ and -∞ by numbers; the slope there is 0.

    Parameters
    ----------
    x : Tensor or array
    nan : float
    posinf, neginf : float or None
        None means the largest and the smallest number of the dtype.

    Examples
    --------
    >>> tg.nan_to_num(tg.tensor([float("nan"), 1.0, float("inf")]), posinf=9.0)
    tensor([0., 1., 9.])
    """
    return _nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
