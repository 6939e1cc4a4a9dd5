"""Elements read at positions along the last axis, and written or added there: each row by itself, in order."""

import numpy as np

from ._numba import kernel, pointer
from ._ufunc import Function, quiet

PUT, ADD, MULTIPLY, MAXIMUM, MINIMUM = range(5)


@kernel
def _place(i, n):
    """Position i, or that counted from the end; -1 where there is none."""
    at = i + n if i < 0 else i
    return at if 0 <= at < n else -1


@kernel
def _is_across(row, along):
    """Whether rows lie closer than the elements of a row: then the loop over the rows is the inner one."""
    return abs(row) < abs(along)


@kernel
def _gather_one(args, steps, kind, r, j, n):
    at = _place(pointer(args, args[1] + r * steps[1] + j * steps[5])[0], n)
    if at < 0:
        pointer(args, args[3] + r * steps[3])[0] += 1
    else:
        x, y = args[0] + r * steps[0] + at * steps[4], args[2] + r * steps[2] + j * steps[6]
        pointer(kind, y)[0] = pointer(kind, x)[0]


def _gather(args, dims, steps, kind):
    n, k = dims[1], dims[2]
    for r in range(dims[0]):
        pointer(args, args[3] + r * steps[3])[0] = 0
    if _is_across(steps[2], steps[6]):
        for j in range(k):
            for r in range(dims[0]):
                _gather_one(args, steps, kind, r, j, n)
    else:
        for r in range(dims[0]):
            for j in range(k):
                _gather_one(args, steps, kind, r, j, n)


@kernel
def _combine_one(args, steps, kind, r, j, n, how):
    at = _place(pointer(args, args[1] + r * steps[1] + j * steps[7])[0], n)
    if at < 0:
        pointer(args, args[5] + r * steps[5])[0] += 1
        return
    new = pointer(kind, args[2] + r * steps[2] + j * steps[8])[0]
    place = pointer(kind, args[4] + r * steps[4] + at * steps[9])
    old = place[0]
    if how == ADD:
        place[0] = old + new
    elif how == MULTIPLY:
        place[0] = old * new
    elif how == MAXIMUM:
        place[0] = new if new > old or new != new else old
    elif how == MINIMUM:
        place[0] = new if new < old or new != new else old
    else:
        place[0] = new


def _combine(args, dims, steps, kind):
    n, k, how = dims[1], dims[2], pointer(args, args[3])[0]
    across = _is_across(steps[4], steps[9])
    for r in range(dims[0]):
        pointer(args, args[5] + r * steps[5])[0] = 0
    for o in range(n if across else dims[0]):
        for i in range(dims[0] if across else n):
            r, at = (i, o) if across else (o, i)
            x, y = args[0] + r * steps[0] + at * steps[6], args[4] + r * steps[4] + at * steps[9]
            pointer(kind, y)[0] = pointer(kind, x)[0]
    if across:
        for j in range(k):
            for r in range(dims[0]):
                _combine_one(args, steps, kind, r, j, n, how)
    else:
        for r in range(dims[0]):
            for j in range(k):
                _combine_one(args, steps, kind, r, j, n, how)
    quiet()  # comparisons with NaN


def _keep_last(args, dims, steps, kind):
    k = dims[1]
    for r in range(dims[0]):
        v, index = args[0] + r * steps[0], args[1] + r * steps[1]
        y, latest = args[2] + r * steps[2], args[3] + r * steps[3]
        for j in range(k):
            at = _place(pointer(args, index + j * steps[5])[0], dims[2])
            pointer(args, latest + at * steps[7])[0] = j
        for j in range(k):
            at = _place(pointer(args, index + j * steps[5])[0], dims[2])
            stays = pointer(args, latest + at * steps[7])[0] == j
            pointer(kind, y + j * steps[6])[0] = pointer(kind, v + j * steps[4])[0] if stays else 0


_GATHER = Function(_gather, "xl->xl", "(n),(k)->(k),()")
_COMBINE = Function(_combine, "xlxl->xl", "(n),(k),(k),()->(n),()")
_KEEP_LAST = Function(_keep_last, "xl->xl", "(k),(k)->(k),(n)")


def gather(x, index, axis):
    """x[…, index[…, j, …], …]; None where a position does not exist, or for other dtypes than floats."""
    compiled = _GATHER[x.dtype.char]
    if compiled is None:
        return None
    y = np.empty((*x.shape[:axis], index.shape[axis], *x.shape[axis + 1 :]), x.dtype)
    last = lambda a: a.swapaxes(axis, -1)  # noqa: E731
    wrong = compiled(last(x), last(index), out=(last(y), None))[1]
    return None if wrong.any() else y


def combine(x, v, index, axis, how):
    """`x` with v written, added … to it, one after the other; None as for `gather`."""
    compiled = _COMBINE[x.dtype.char]
    if compiled is None:
        return None
    y = np.empty(x.shape, x.dtype)
    v = np.broadcast_to(np.asarray(v, x.dtype), index.shape)
    last = lambda a: a.swapaxes(axis, -1)  # noqa: E731
    wrong = compiled(last(x), last(index), last(v), how, out=(last(y), None))[1]
    return None if wrong.any() else y


def keep_last(v, index, n, axis):
    """`v` where no later element has its position, else 0; None for other dtypes than floats. Positions are right."""
    compiled = _KEEP_LAST[v.dtype.char]
    if compiled is None:
        return None
    y = np.empty(v.shape, v.dtype)
    last = lambda a: a.swapaxes(axis, -1)  # noqa: E731
    latest = np.empty((*last(v).shape[:-1], n), np.int64)
    compiled(last(v), last(index), out=(last(y), latest))
    return y
