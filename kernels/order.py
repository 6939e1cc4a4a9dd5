"""What is found by sorting; `sort` and `argsort` are with `indexing`."""

from ._axes import normalize_axis
from ._backend import native, serve


def median(x, ignore_nan):
    """Find the middle of all elements, the lower of two.

    Parameters
    ----------
    x : array
    ignore_nan : bool
        Else the answer is NaN where there is one.

    Returns
    -------
    array, 0-d
        NaN of nothing.

    Raises
    ------
    ValueError
        If there is nothing and the dtype has no NaN.
    """
    x = native(x)
    if not x.size and x.dtype.kind != "f":
        raise ValueError(f"[median] `x` (shape {x.shape}, dtype {x.dtype}) must have elements")
    return serve("order", x).median(x, bool(ignore_nan))


def middle(x, axis, ignore_nan):
    """Find where the lower middle along an axis is, in the stable order.

    Parameters
    ----------
    x : array
        With elements along the axis.
    axis : int
    ignore_nan : bool
        Else the place of the first NaN, where there is one.

    Returns
    -------
    array, int64
        The axis has length 1.
    """
    x = native(x)
    return serve("order", x).middle(x, normalize_axis("middle", axis, x.ndim), bool(ignore_nan))


def mode(x, axis):
    """Find where the commonest value along an axis is: the smallest of several, and its last place.

    Parameters
    ----------
    x : array
        With elements along the axis.
    axis : int

    Returns
    -------
    array, int64
        The axis has length 1.
    """
    x = native(x)
    return serve("order", x).mode(x, normalize_axis("mode", axis, x.ndim))


def leading(x, axis, k, descending):
    """Find the first k places of the order along an axis: the beginning of `argsort`.

    Parameters
    ----------
    x : array
    axis : int
    k : int
        In 0 … the length of the axis.
    descending : bool

    Returns
    -------
    array, int64
        k long on the axis.

    Raises
    ------
    ValueError
        If there are fewer than k.
    """
    x, axis = native(x), normalize_axis("leading", axis, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"[leading] `k` (={k}) must lie in 0 … {x.shape[axis]}")
    return serve("order", x).leading(x, axis, k, bool(descending))


def searchsorted(sorted_sequence, values, right):
    """Find where values fit into sorted rows.

        s[i - 1] < v ≤ s[i],   with `right` s[i - 1] ≤ v < s[i]

    Parameters
    ----------
    sorted_sequence : array, (N,) or (…, N)
    values : array
        (…, M) for (…, N); any shape for (N,).
    right : bool

    Returns
    -------
    array, int64, values.shape
    """
    s, v = native(sorted_sequence), native(values)
    return serve("order", s, v).searchsorted(s, v, bool(right))


def last_extreme(x, axis, largest):
    """Find where the running maximum (or minimum) along an axis is: of equals the last; NaN, once met, stays.

    Parameters
    ----------
    x : array
    axis : int
    largest : bool

    Returns
    -------
    array, int64, x.shape
    """
    x = native(x)
    return serve("order", x).last_extreme(x, normalize_axis("last_extreme", axis, x.ndim), bool(largest))


def earlier(index, axis):
    """Count how often each number has stood before along an axis.

    Parameters
    ----------
    index : int64 array
    axis : int

    Returns
    -------
    array, int64, index.shape
    """
    index = native(index)
    return serve("order", index).earlier(index, normalize_axis("earlier", axis, index.ndim))


def unique_rows(x, consecutive):
    """Find the distinct rows of a matrix; NaN is distinct from everything.

    Parameters
    ----------
    x : array, (N, C)
    consecutive : bool
        Take rows for equal only where they follow each other; else distinct rows are found in ascending order.

    Returns
    -------
    first : array, int64, (U,)
        Where each distinct row stands first.
    inverse : array, int64, (N,)
        Which distinct row each row is.
    counts : array, int64, (U,)
    """
    x = native(x)
    return serve("order", x).unique_rows(x, bool(consecutive))
