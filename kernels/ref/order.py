"""What is found by sorting, in NumPy."""

import numpy as np

from .indexing import argsort

__all__ = ["earlier", "last_extreme", "leading", "median", "middle", "mode", "searchsorted", "unique_rows"]


def median(x, ignore_nan):
    """Find the middle by partition."""
    flat = x.reshape(-1)
    nan = flat != flat
    if (nan.any() and not ignore_nan) or nan.all():
        return np.full((), np.nan, x.dtype)
    flat = flat[~nan]
    middle = (flat.size - 1) // 2
    return np.asarray(np.partition(flat, middle)[middle])


def middle(x, axis, ignore_nan):
    """Sort; NaN stand behind the numbers."""
    n = x.shape[axis]
    nans = np.count_nonzero(x != x, axis, keepdims=True)
    lower = (n - nans - 1) // 2
    place = np.maximum(lower, 0) if ignore_nan else np.where(nans, n - nans, lower)
    return np.take_along_axis(argsort(x, axis, False), place, axis)


def mode(x, axis):
    """Sort, and count along the runs of equals; NaN are equal here."""
    order = np.moveaxis(np.argsort(x, axis, kind="stable"), axis, -1)
    rows = np.take_along_axis(np.moveaxis(x, axis, -1), order, -1)
    n = rows.shape[-1]
    places = np.arange(n)
    here, before = rows[..., 1:], rows[..., :-1]
    new = np.ones(rows.shape, bool)
    new[..., 1:] = (here != before) & ((here == here) | (before == before))
    length = places - np.maximum.accumulate(np.where(new, places, 0), -1) + 1  # of the run, up to each place
    last = np.argmax(length, -1)[..., None]
    return np.moveaxis(np.take_along_axis(order, last, -1), -1, axis)


def leading(x, axis, k, descending):
    """Sort, and cut."""
    return argsort(x, axis, descending)[(*(slice(None),) * axis, slice(k))]


def searchsorted(sorted_sequence, values, right):
    """Search by bisection, row by row."""
    side = "right" if right else "left"
    if sorted_sequence.ndim == 1:
        return np.asarray(np.searchsorted(sorted_sequence, values, side)).astype(np.int64)
    found = np.empty(values.shape, np.int64)
    for row in np.ndindex(values.shape[:-1]):
        found[row] = np.searchsorted(sorted_sequence[row], values[row], side)
    return found


def last_extreme(x, axis, largest):
    """Mark where the running extreme is met, and run on with the places."""
    running = (np.maximum if largest else np.minimum).accumulate(x, axis)
    places = np.arange(x.shape[axis]).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    return np.maximum.accumulate(np.where((x == running) | (x != x), places, 0), axis)


def earlier(index, axis):
    """Sort; within a run of equals the places count up."""
    order = np.argsort(index, axis, kind="stable")
    rows = np.moveaxis(np.take_along_axis(index, order, axis), axis, -1)
    places = np.broadcast_to(np.arange(rows.shape[-1]), rows.shape)
    new = np.ones(rows.shape, bool)
    new[..., 1:] = rows[..., 1:] != rows[..., :-1]
    count = places - np.maximum.accumulate(np.where(new, places, 0), -1)
    result = np.empty_like(index)
    np.put_along_axis(result, order, np.moveaxis(count, -1, axis), axis)
    return result


def unique_rows(x, consecutive):
    """Sort, the first column counting most, and cut where a row differs from the one before."""
    n = x.shape[0]
    order = np.arange(n) if consecutive or not x.shape[1] else np.lexsort(x.T[::-1])
    rows = x[order]
    new = np.ones(n, bool)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(new)
    inverse = np.empty(n, np.int64)
    inverse[order] = np.cumsum(new) - 1
    return order[starts], inverse, np.diff(np.append(starts, n))
