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
def _gather_line(args, kind, n, count, x, x_step, x_place, index, index_step, y, y_step):
    """Read `count` elements, each from its own row or all from one; return how many do not exist."""
    wrong = 0
    for c in range(count):
        at = _place(pointer(args, index + c * index_step)[0], n)
        if at < 0:
            wrong += 1
        else:
            pointer(kind, y + c * y_step)[0] = pointer(kind, x + c * x_step + at * x_place)[0]
    return wrong


def _gather(args, dims, steps, kind):
    rows, n, k = dims[0], dims[1], dims[2]
    x, index, y, wrong = args[0], args[1], args[2], args[3]
    x_row, i_row, y_row, x_place, i_step, y_step = steps[0], steps[1], steps[2], steps[4], steps[5], steps[6]
    across = _is_across(y_row, y_step)
    for r in range(rows):
        pointer(args, wrong + r * steps[3])[0] = 0
    for o in range(k if across else rows):
        if across:
            bad = _gather_line(args, kind, n, rows, x, x_row, x_place, index + o * i_step, i_row, y + o * y_step, y_row)
        else:
            bad = _gather_line(
                args, kind, n, k, x + o * x_row, 0, x_place, index + o * i_row, i_step, y + o * y_row, y_step
            )
        pointer(args, wrong)[0] += bad


@kernel
def _combine_line(args, kind, n, count, index, index_step, v, v_step, y, y_step, y_place, how):
    """Combine `count` elements one after the other with what stands at their places."""
    wrong = 0
    for c in range(count):
        at = _place(pointer(args, index + c * index_step)[0], n)
        if at < 0:
            wrong += 1
            continue
        new, place = pointer(kind, v + c * v_step)[0], pointer(kind, y + c * y_step + at * y_place)
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
    return wrong


def _combine(args, dims, steps, kind):
    rows, n, k = dims[0], dims[1], dims[2]
    x, index, v, how, y, wrong = args[0], args[1], args[2], pointer(args, args[3])[0], args[4], args[5]
    x_row, i_row, v_row, y_row = steps[0], steps[1], steps[2], steps[4]
    x_step, i_step, v_step, y_step = steps[6], steps[7], steps[8], steps[9]
    across = _is_across(y_row, y_step)
    for r in range(rows):
        pointer(args, wrong + r * steps[5])[0] = 0
    for o in range(n if across else rows):
        a, b = (o * x_step, o * y_step) if across else (o * x_row, o * y_row)
        for i in range(rows if across else n):
            c, d = (i * x_row, i * y_row) if across else (i * x_step, i * y_step)
            pointer(kind, y + b + d)[0] = pointer(kind, x + a + c)[0]
    for o in range(k if across else rows):
        if across:
            at, of = index + o * i_step, v + o * v_step
            bad = _combine_line(args, kind, n, rows, at, i_row, of, v_row, y, y_row, y_step, how)
        else:
            at, of = index + o * i_row, v + o * v_row
            bad = _combine_line(args, kind, n, k, at, i_step, of, v_step, y + o * y_row, 0, y_step, how)
        pointer(args, wrong)[0] += bad
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
    rows, places, out = _last(axis, x, index, y)
    wrong = compiled(rows, places, out=(out, None))[1]
    return None if wrong.any() else y


def combine(x, v, index, axis, how):
    """`x` with v written, added … to it, one after the other; None as for `gather`."""
    compiled = _COMBINE[x.dtype.char]
    if compiled is None:
        return None
    y = np.empty(x.shape, x.dtype)
    v = np.broadcast_to(np.asarray(v, x.dtype), index.shape)
    rows, places, given, out = _last(axis, x, index, v, y)
    wrong = compiled(rows, places, given, how, out=(out, None))[1]
    return None if wrong.any() else y


def keep_last(v, index, n, axis):
    """`v` where no later element has its position, else 0; None for other dtypes than floats. Positions are right."""
    compiled = _KEEP_LAST[v.dtype.char]
    if compiled is None:
        return None
    y = np.empty(v.shape, v.dtype)
    given, places, out = _last(axis, v, index, y)
    compiled(given, places, out=(out, np.empty((*given.shape[:-1], n), np.int64)))
    return y


def _last(axis, *arrays):
    """Views with the axis as the last one."""
    return [a.swapaxes(axis, -1) for a in arrays]
