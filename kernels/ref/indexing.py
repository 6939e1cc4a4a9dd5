"""Indexing and sorting in NumPy."""

import math

import numpy as np

__all__ = [
    "add_along_axis", "add_at", "argsort", "combine_along_axis", "keep_last", "nonzero", "put", "put_along_axis",
    "sort", "take", "take_along_axis",
]  # fmt: skip


def take(x, index):
    """Read; one Ellipsis more makes a full index answer with a 0-d view instead of a scalar."""
    y = x[index]
    if isinstance(y, np.ndarray):
        return y
    return x[(*index, ...) if isinstance(index, tuple) else (index, ...)]


def put(x, v, index):
    """Write into a copy, repeated positions in the order of the index."""
    y = x.copy()
    y[_in_order(index)] = v
    return y


def add_at(shape, g, index):
    """Sum into zeros, in the order of g."""
    x = np.zeros(shape, np.float32 if g.dtype == np.float16 else g.dtype)
    if _repeats(index):
        # positions in the flat array: `add.at` has its fast loop for one index array
        table, flat = merged(shape, index)
        if len(table) > 1 or flat is None or flat.shape != g.shape:
            flat = np.arange(math.prod(shape)).reshape(shape)[index]
        g = g if g.shape == flat.shape else np.broadcast_to(g, flat.shape)
        np.add.at(x.reshape(-1), flat.reshape(-1), g.astype(x.dtype, copy=False).reshape(-1))
    else:
        x[index] = g
    return x.astype(g.dtype, copy=False)


def take_along_axis(x, index, axis):
    """Read along one axis."""
    return np.take_along_axis(x, index, axis)


def put_along_axis(x, v, index, axis):
    """Write along one axis into a copy."""
    return put(x, v, _around(x.shape, index, axis))


def add_along_axis(shape, g, index, axis):
    """Sum along one axis into zeros."""
    return add_at(shape, g, _around(shape, index, axis))


def combine_along_axis(x, v, index, axis, how):
    """Combine along one axis into a copy."""
    y = x.copy()
    getattr(np, how).at(y, _around(x.shape, index, axis), v)
    return y


def keep_last(v, index, n, axis):
    """Write the number of each element, and look who is left."""
    order = np.arange(v.size).reshape(v.shape)
    written = put_along_axis(np.zeros((*v.shape[:axis], n, *v.shape[axis + 1 :]), np.int64), order, index, axis)
    return np.where(take_along_axis(written, index, axis) == order, v, np.zeros((), v.dtype))


def sort(x, axis, descending):
    """Sort."""
    y = np.sort(x, axis, kind="stable")
    return np.flip(y, axis) if descending else y


def argsort(x, axis, descending):
    """Find the stable order; a descending one is the ascending one of the reversed array, read backwards."""
    if descending:
        return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
    return np.argsort(x, axis, kind="stable")


def nonzero(x):
    """Find what is not zero."""
    return np.nonzero(x)


def merged(shape, index):
    """`(shape, rows)`: the axes that integer arrays of one shape name made one; rows are None for other indices."""
    parts = index if isinstance(index, tuple) else (index,)
    parts = parts[:-1] if parts and parts[-1] is Ellipsis else parts
    k = len(parts)
    if not 0 < k <= len(shape) or not all(isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in parts):
        return shape, None
    rows = parts[0]
    if k == 1:
        return shape, rows
    if any(i.shape != rows.shape for i in parts):
        return shape, None
    rows = None
    for i, n in zip(parts, shape, strict=False):
        low, high = (i.min(), i.max()) if i.size else (0, -1)
        if low < -n or high >= n:
            return shape, None  # NumPy says where
        at = (i if low >= 0 else np.where(i < 0, i + n, i)).astype(np.int64, copy=False)
        rows = at if rows is None else rows * n + at
    return (math.prod(shape[:k]), *shape[k:]), rows


def _around(shape, index, axis):
    """The full index of positions along one axis."""
    around = [np.arange(n).reshape((-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)]
    around[axis] = index
    return tuple(around)


def _in_order(index):
    """The index with its integer arrays in C order: NumPy walks through others as they lie in memory."""
    if not _repeats(index):
        return index
    parts = [np.asarray(i) if isinstance(i, list) else i for i in (index if isinstance(index, tuple) else (index,))]
    shapes = {i.shape for i in parts if _is_integers(i)}
    shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    if not shapes and all(i.flags.c_contiguous for i in parts if _is_integers(i)):
        return tuple(parts)
    return tuple(np.ascontiguousarray(np.broadcast_to(i, shape)) if _is_integers(i) else i for i in parts)


def _is_integers(part):
    return isinstance(part, np.ndarray) and part.ndim > 0 and part.dtype.kind in "iu"


def _repeats(index):
    # only integer arrays (or lists) can name a position twice
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(i, list) or (isinstance(i, np.ndarray) and i.ndim and i.dtype.kind in "iu") for i in parts)
