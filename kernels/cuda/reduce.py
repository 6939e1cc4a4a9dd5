"""Reductions on the device: formulas of rows, in one kernel or two."""

import numpy as np

from .._axes import normalize_axis
from ._array import DeviceArray
from ._fold import fold
from ._row import highest, lowest
from ._scan import Scan, scan

__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum", "logcumsumexp", "max", "min", "prod",
    "recurrence", "sum",
]  # fmt: skip


def sum(x, axis, keepdims):
    """Sum."""
    return reduce(np.add, x, axis, keepdims=keepdims)


def prod(x, axis, keepdims):
    """Product."""
    return reduce(np.multiply, x, axis, keepdims=keepdims)


def max(x, axis, keepdims):
    """Maximum."""
    return reduce(np.maximum, x, axis, keepdims=keepdims)


def min(x, axis, keepdims):
    """Minimum."""
    return reduce(np.minimum, x, axis, keepdims=keepdims)


def any(x, axis, keepdims):
    """Disjunction."""
    return reduce(np.logical_or, x, axis, keepdims=keepdims)


def all(x, axis, keepdims):
    """Conjunction."""
    return reduce(np.logical_and, x, axis, keepdims=keepdims)


def count_nonzero(x, axis, keepdims):
    """Count of what is not zero."""
    return fold(_count, (x,), axes=axis, keepdims=keepdims)


def argmax(x, axis, keepdims):
    """Position of the first maximum."""
    return fold(_position, (x,), axes=axis, settings=(False,), keepdims=keepdims, ordered=True)


def argmin(x, axis, keepdims):
    """Position of the first minimum."""
    return fold(_position, (x,), axes=axis, settings=(True,), keepdims=keepdims, ordered=True)


def cumsum(x, axis):
    """Cumulative sum."""
    return accumulate(np.add, x, axis)


def cumprod(x, axis):
    """Cumulative product."""
    return accumulate(np.multiply, x, axis)


def logcumsumexp(x, axis):
    """Cumulative logarithm of a sum of exponentials."""
    return scan(_complex_sums, (x,), axis) if x.dtype.kind == "c" else accumulate(np.logaddexp, x, axis)


def recurrence(a, b):
    """Solve a linear recurrence: steps s → a s + b are put together to larger ones."""
    return scan(_steps, (a, b), b.ndim - 1)


def reduce(ufunc, x, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True) -> DeviceArray:
    """`ufunc.reduce`, of a ufunc whose order does not matter."""
    if ufunc not in _IDENTITIES:
        raise NotImplementedError(f"[{ufunc.__name__}.reduce] has no CUDA kernel: move the tensor to the CPU")
    dtype = np.dtype(bool if ufunc.__name__.startswith("logical") else dtype or _result(ufunc, x.dtype))
    masks = () if where is True else (where,)
    y = fold(_reduce, (x, *masks), axes=axis, settings=(ufunc, dtype, initial), keepdims=keepdims)
    if out is None or out[0] is ...:
        return y
    out[0][...] = y
    return out[0]


def accumulate(ufunc, x, axis=0, dtype=None, out=None) -> DeviceArray:
    """`ufunc.accumulate`, of a ufunc that may combine in any order."""
    if ufunc not in _IDENTITIES:
        raise NotImplementedError(f"[{ufunc.__name__}.accumulate] has no CUDA kernel: move the tensor to the CPU")
    dtype = np.dtype(bool if ufunc.__name__.startswith("logical") else dtype or _result(ufunc, x.dtype))
    y = scan(_running, (x,), normalize_axis("accumulate", axis, x.ndim), (ufunc, dtype))
    if out is None or out[0] is ...:
        return y
    out[0][...] = y
    return out[0]


def _result(ufunc, dtype):
    """The dtype in which NumPy reduces."""
    if ufunc in (np.add, np.multiply) and dtype.kind in "biu" and dtype.itemsize < 8:
        return np.uint64 if dtype.kind == "u" else np.int64
    return ufunc.resolve_dtypes((dtype, dtype, None))[-1]


# ------------------------------------------------------------------------------------- formulas


def _how(ufunc, dtype):
    """The dtype in which a ufunc combines, the function that does, and what changes nothing."""
    if dtype.kind == "b":  # shared memory has none
        combine = _OF_BITS[ufunc]
        return np.dtype(np.int32), combine, int(combine is np.minimum)
    neutral = _IDENTITIES[ufunc](dtype)
    if dtype.kind == "c" and ufunc in (np.maximum, np.minimum):
        return dtype, _larger if ufunc is np.maximum else _smaller, neutral
    return dtype, ufunc, neutral


def _reduce(row, ufunc, dtype, initial):
    inside, combine, neutral = _how(ufunc, dtype)

    def element(x, *masks):
        x = x.astype(dtype).astype(inside)
        return np.where(masks[0], x, neutral) if masks else x

    y = row.fold(element, combine, lambda d: (neutral,))
    return (y if initial is None else combine(y, initial)).astype(dtype)


def _running(ufunc, dtype):
    inside, combine, neutral = _how(ufunc, dtype)
    return Scan(lambda j, x: x.astype(dtype).astype(inside), combine, lambda d: (neutral,), lambda y: y.astype(dtype))


def _complex_sums():
    def combine(a, b):
        swap = (a.real < b.real) | np.isnan(a.real)
        large, small = np.where(swap, b, a), np.where(swap, a, b)
        same = np.isinf(large) & (large == small)  # the same infinity twice
        return np.where(same, large, large + np.log1p(np.exp(small - large)))

    return Scan(lambda j, x: x, combine, lambda dtype: (-np.inf,), lambda y: y)


def _steps():
    def combine(a, b, c, d):
        return c * a, c * b + d

    def element(j, a, b):
        return np.where(j == 0, 0, a), b

    return Scan(element, combine, lambda *dtypes: (1, 0), lambda a, b: b)


def _count(row):
    return row.sum(lambda x: x.astype(bool).astype(np.int64))


def _position(row, least):
    outside = highest if least else lowest

    def element(x):
        return (x.astype(np.int32) if x.dtype.kind == "b" else x), row.position()

    def combine(a, i, b, j):
        first = _before(b, a, least) | (~_before(a, b, least) & (j < i))
        return np.where(first, b, a), np.where(first, j, i)

    return row.fold(element, combine, lambda d, count: (outside(d), highest(count)))[1]


def _before(a, b, least):
    """Whether a is found rather than b, wherever they stand: NaN is, as in NumPy."""
    if a.dtype.kind in "iu":
        return a < b if least else a > b
    if a.dtype.kind == "f":
        return (a < b if least else a > b) | ((a != a) & (b == b))
    x, y, u, v = (a.real, a.imag, b.real, b.imag) if least else (b.real, b.imag, a.real, a.imag)
    return (x < u) | ((x == u) & (y < v)) | (np.isnan(a) & ~np.isnan(b))


def _larger(a, b):
    return np.where(_before(b, a, False), b, a)


def _smaller(a, b):
    return np.where(_before(b, a, True), b, a)


_OF_BITS = {
    np.logical_or: np.maximum, np.maximum: np.maximum, np.add: np.maximum, np.bitwise_or: np.maximum,
    np.logical_and: np.minimum, np.minimum: np.minimum, np.multiply: np.minimum, np.bitwise_and: np.minimum,
    np.logical_xor: np.bitwise_xor, np.bitwise_xor: np.bitwise_xor,
}  # fmt: skip
_IDENTITIES = {
    np.add: lambda dtype: 0, np.multiply: lambda dtype: 1, np.maximum: lowest, np.minimum: highest,
    np.logical_or: lambda dtype: 0, np.logical_and: lambda dtype: 1, np.logical_xor: lambda dtype: 0,
    np.bitwise_or: lambda dtype: 0, np.bitwise_xor: lambda dtype: 0, np.bitwise_and: lambda dtype: ~dtype.type(0),
    np.fmax: lambda dtype: np.nan if dtype.kind == "f" else lowest(dtype),
    np.fmin: lambda dtype: np.nan if dtype.kind == "f" else highest(dtype),
    np.logaddexp: lambda dtype: -np.inf, np.logaddexp2: lambda dtype: -np.inf, np.hypot: lambda dtype: 0,
}  # fmt: skip
