"""Whole numbers: divisors, powers of two, and places in matrices. Only mantissas have a derivative.

frexp    x = mantissa · 2^exponent          slope of the mantissa: 2^-exponent
"""

from collections import namedtuple
from operator import index

import numpy as np

from .. import kernels
from .._device import place
from .._dtypes import as_dtype, int64
from .._tape import elementwise, plain, unary
from ._dims import sizes_of
from ._operands import of_x_and_other
from ._registry import public
from .region import array_of, constant

(_Frexp,) = (namedtuple(name, ("mantissa", "exponent")) for name in ("frexp",))

_gcd = elementwise("gcd", kernels.gcd, None, None)
_lcm = elementwise("lcm", kernels.lcm, None, None)
_exponent = unary("frexp", lambda x: kernels.frexp(x)[1], None)
_mantissa = unary("frexp", lambda x: kernels.frexp(x)[0], lambda x: _scale(x))
_scale = unary("frexp_scale", lambda x: kernels.ldexp(kernels.frexp(x)[0] * 0 + 1, -kernels.frexp(x)[1]), None)

gcd = public(in_place=True)(of_x_and_other(_gcd, "Greatest common divisor of integers; gcd(0, 0) = 0."))
lcm = public(in_place=True)(of_x_and_other(_lcm, "Least common multiple of integers; 0 if one is 0."))


@public()
def frexp(x):
    """Take numbers apart: x = mantissa · 2^exponent, with ½ ≤ |mantissa| < 1 (0 of 0).

    Parameters
    ----------
    x : floating Tensor or array

    Returns
    -------
    mantissa, exponent
        A named pair; `exponent` is int32.

    Raises
    ------
    RuntimeError
        If `x` is not floating.
    """
    if x.dtype.kind != "f":
        raise RuntimeError(f"[frexp] `x` (dtype {x.dtype}) must be floating")
    return _Frexp(_mantissa(x), _exponent(x))


# ---------------------------------------------------------------------------------------- places


def _triangle(name: str, find):
    def indices(row, col, offset=0, *, dtype=int64, device=None):
        for what, n in (("row", row), ("col", col)):
            if index(n) < 0:
                raise RuntimeError(f"[{name}] `{what}` (={n}) must not be negative")
        places = np.stack(find(index(row), index(offset), index(col)))
        return plain(place(places.astype(as_dtype(dtype)), device))

    indices.__name__ = indices.__qualname__ = name
    where = "on and below" if find is np.tril_indices else "on and above"
    indices.__doc__ = f"Row and column (2, n) of each place {where} a diagonal of a `row` by `col` matrix."
    return public(method=False)(indices)


tril_indices, triu_indices = _triangle("tril_indices", np.tril_indices), _triangle("triu_indices", np.triu_indices)


@public(method=False)
def unravel_index(indices, shape):
    """Turn places in C order into one tensor of places for each axis of `shape`.

    Parameters
    ----------
    indices : integer Tensor or array
    shape : tuple of ints

    Raises
    ------
    ValueError
        If `indices` are no integers, `shape` is negative, or a place does not exist.
    """
    shape = sizes_of("unravel_index", (shape,), None, "shape")
    array = array_of(indices)
    if array.dtype.kind not in "iu":
        raise ValueError(f"[unravel_index] `indices` (dtype {array.dtype}) must hold integers")
    if min(shape, default=0) < 0:
        raise ValueError(f"[unravel_index] `shape` (={shape}) must not be negative")
    count = int(np.prod(shape))
    if bool(kernels.any((array < -count) | (array >= count))):
        raise ValueError(f"[unravel_index] `indices` must lie in {-count} … {count - 1} for `shape` (={shape})")
    rest, found = kernels.remainder(array, max(count, 1), out=...).astype(int64), []
    for n in reversed(shape):
        found.append(constant(indices, kernels.remainder(rest, n, out=...)))
        rest = kernels.floor_divide(rest, n, out=...)
    return tuple(reversed(found))


@public(method=False)
def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes, tuples or ints, broadcast to.

    Raises
    ------
    RuntimeError
        If they do not.
    """
    given = tuple((s,) if hasattr(s, "__index__") else tuple(s) for s in shapes)
    try:
        return np.broadcast_shapes(*given)
    except ValueError:
        raise RuntimeError(f"[broadcast_shapes] `shapes` (={given}) must broadcast") from None


@public()
def nonzero_static(x, *, size, fill_value=-1):
    """The first `size` positions of what is not zero, one row each; rows of `fill_value` where there are fewer.

    Parameters
    ----------
    x : Tensor or array
    size : int
    fill_value : int

    Returns
    -------
    Tensor or array, int64, (size, x.ndim)
    """
    if index(size) < 0:
        raise RuntimeError(f"[nonzero_static] `size` (={size}) must not be negative")
    array = array_of(x)
    places = kernels.stack(kernels.nonzero(array), 1) if array.ndim else kernels.zeros((0, 0), int64, like=array)
    places = places[: index(size)]
    filled = kernels.full((index(size) - places.shape[0], array.ndim), index(fill_value), int64, like=array)
    found = kernels.concatenate([places, filled])
    return constant(x, found)
