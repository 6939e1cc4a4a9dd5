"""Axes: as arguments, checked and made non-negative; and as the steps of a walk through memory."""

from operator import index

from numpy.exceptions import AxisError


def normalize_axis(op, axis, ndim):
    """Return `axis` in 0 … ndim-1.

    Raises
    ------
    numpy.exceptions.AxisError
        (a ValueError and an IndexError) if there is no such axis.
    TypeError
        If `axis` is no integer.
    """
    try:
        axis = index(axis)
    except TypeError:
        raise TypeError(f"[{op}] `axis` (={axis!r}) must be an integer") from None
    if not -ndim <= axis < ndim:
        raise AxisError(f"[{op}] `axis` (={axis}) must lie in {-ndim} … {ndim - 1} for an array of {ndim} dimensions")
    return axis + ndim if axis < 0 else axis


def normalize_axes(op, axis, ndim):
    """Return `axis` (None, an int or several) as a tuple of distinct axes in 0 … ndim-1.

    A 0-d array has the virtual axes 0 and -1 for a reduction, as in NumPy and PyTorch.
    """
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    if ndim == 0 and axes in ((0,), (-1,)):
        return ()
    axes = tuple(normalize_axis(op, a, ndim) for a in axes)
    if len(set(axes)) < len(axes):
        raise ValueError(f"[{op}] `axis` (={axis}) must not name an axis twice")
    return axes


def are_apart(shape, strides):
    """Whether no two indices surely meet: each stride is longer than all that the smaller ones reach."""
    reach = 0
    for stride, n in sorted((abs(s), n) for s, n in zip(strides, shape, strict=True)):
        if n > 1 and stride <= reach:
            return False
        reach += stride * (n - 1)
    return True
