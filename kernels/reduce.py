"""Reductions over axes.

All take `axis` as None (every axis), an int or a tuple of ints, and answer with an array, 0-d where nothing is left.
NaN propagates. Names follow NumPy; `mean` and `var` are sums divided by a count and live above the kernels.
"""

import builtins

from ._axes import normalize_axes, normalize_axis
from ._backend import serve


def sum(x, axis=None, keepdims=False):
    """Sum.

        y[i] = Σ_j x[i, j]

    Parameters
    ----------
    x : array
    axis : None, int or tuple of ints
        The axes j; None means all.
    keepdims : bool
        Keep the axes with length 1.

    Returns
    -------
    array
        Booleans and narrow integers are summed in int64 (uint64); float16 in float32. An empty sum is 0.

    Raises
    ------
    numpy.exceptions.AxisError
        If there is no such axis.
    """
    return serve("reduce", x).sum(x, _axes("sum", x, axis), keepdims)


def prod(x, axis=None, keepdims=False):
    """Product y[i] = Π_j x[i, j]; an empty product is 1. Parameters and dtypes as for `sum`."""
    return serve("reduce", x).prod(x, _axes("prod", x, axis), keepdims)


def max(x, axis=None, keepdims=False):
    """Maximum, or NaN where there is one.

        y[i] = max_j x[i, j]

    Parameters
    ----------
    x, axis, keepdims
        As for `sum`.

    Raises
    ------
    ValueError
        If a reduced axis is empty.
    """
    axes = _axes("max", x, axis)
    _not_empty("max", x, axes)
    return serve("reduce", x).max(x, axes, keepdims)


def min(x, axis=None, keepdims=False):
    """Minimum, or NaN where there is one; parameters and errors as for `max`."""
    axes = _axes("min", x, axis)
    _not_empty("min", x, axes)
    return serve("reduce", x).min(x, axes, keepdims)


def any(x, axis=None, keepdims=False):
    """Tell where some element is not zero (NaN is not); parameters as for `sum`."""
    return serve("reduce", x).any(x, _axes("any", x, axis), keepdims)


def all(x, axis=None, keepdims=False):
    """Tell where no element is zero; parameters as for `sum`."""
    return serve("reduce", x).all(x, _axes("all", x, axis), keepdims)


def argmax(x, axis=None, keepdims=False):
    """Position of the maximum, the first among equals; the first NaN wins.

    Parameters
    ----------
    x : array
    axis : None or int
        None: the position in the flattened array.
    keepdims : bool

    Returns
    -------
    array, int64

    Raises
    ------
    ValueError
        If the axis is empty.
    """
    axis = _one_axis("argmax", x, axis)
    return serve("reduce", x).argmax(x, axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    """Position of the minimum, the first among equals; parameters and errors as for `argmax`."""
    axis = _one_axis("argmin", x, axis)
    return serve("reduce", x).argmin(x, axis, keepdims)


def count_nonzero(x, axis=None, keepdims=False):
    """Count the elements that are not zero, in int64; parameters as for `sum`."""
    return serve("reduce", x).count_nonzero(x, _axes("count_nonzero", x, axis), keepdims)


def cumsum(x, axis):
    """Cumulative sum.

        y[i] = Σ_{j ≤ i} x[j]

    Parameters
    ----------
    x : array
    axis : int

    Returns
    -------
    array, x.shape
        Narrow integers are summed in int64 (uint64).
    """
    return _along("cumsum", x, axis)


def cumprod(x, axis):
    """Cumulative product y[i] = Π_{j ≤ i} x[j]; parameters as for `cumsum`."""
    return _along("cumprod", x, axis)


def logcumsumexp(x, axis):
    """Cumulative y[i] = log Σ_{j ≤ i} e^x[j] of floats or complex numbers, safely; parameters as for `cumsum`."""
    return _along("logcumsumexp", x, axis)


def recurrence(a, b):
    """Solve a linear recurrence along the last axis.

        s[i] = a[i] s[i-1] + b[i],   s[-1] = 0

    Parameters
    ----------
    a, b : arrays, (…, N)
        Of floats, alike in shape and dtype.

    Returns
    -------
    array, (…, N)
    """
    return serve("reduce", a, b).recurrence(a, b)


def _axes(op, x, axis):
    # the two commonest cases first: they cost as much as the kernel on a small array
    if axis is None:
        return None
    if type(axis) is int and 0 <= axis < x.ndim:
        return axis
    return normalize_axes(op, axis, x.ndim)


def _one_axis(op, x, axis):
    if axis is None or (x.ndim == 0 and axis in (0, -1)):
        axis = None
    else:
        axis = normalize_axis(op, axis, x.ndim)
    _not_empty(op, x, axis)
    return axis


def _along(op, x, axis):
    if x.ndim == 0 and axis in (0, -1):
        return getattr(serve("reduce", x), op)(x.reshape((1,)), 0).reshape(())
    return getattr(serve("reduce", x), op)(x, normalize_axis(op, axis, x.ndim))


def _not_empty(op, x, axes):
    if x.size == 0:
        reduced = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
        if builtins.any(x.shape[a] == 0 for a in reduced):
            raise ValueError(f"[{op}] `x` (shape {x.shape}) must not be empty along the reduced axes: no identity")
