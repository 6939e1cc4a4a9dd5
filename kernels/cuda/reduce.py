"""Reductions on the device: formulas of rows, in one kernel or two."""

import numpy as np

from ._array import DeviceArray
from ._fold import fold
from ._row import highest, lowest

__all__ = ["all", "any", "argmax", "argmin", "count_nonzero", "max", "min", "prod", "sum"]


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


def reduce(ufunc, x, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True) -> DeviceArray:
    """`ufunc.reduce`, of a ufunc whose order does not matter."""
    if ufunc not in _IDENTITIES:
        raise NotImplementedError(f"[{ufunc.__name__}.reduce] has no CUDA kernel: move the tensor to the CPU")
    dtype = np.dtype(dtype or _result(ufunc, x.dtype))
    if ufunc in _OF_BITS and ufunc.__name__.startswith("logical"):
        dtype = np.dtype(bool)
    masks = () if where is True else (where,)
    y = fold(_reduce, (x, *masks), axes=axis, settings=(ufunc, dtype, initial), keepdims=keepdims)
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


def _reduce(row, ufunc, dtype, initial):
    bits = dtype.kind == "b"  # shared memory has none
    inside, combine = (np.dtype(np.int32), _OF_BITS[ufunc]) if bits else (dtype, ufunc)
    if dtype.kind == "c" and combine in (np.maximum, np.minimum):
        combine = _larger if combine is np.maximum else _smaller
    neutral = int(combine is np.minimum) if bits else _IDENTITIES[ufunc](dtype)

    def element(x, *masks):
        x = x.astype(dtype).astype(inside)
        return np.where(masks[0], x, neutral) if masks else x

    y = row.fold(element, combine, lambda d: (neutral,))
    return (y if initial is None else combine(y, initial)).astype(dtype)


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
