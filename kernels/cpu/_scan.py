"""What runs along the last axis: sums, products, linear recurrences and extremes, each row by itself.

Sums and products run in float64.
"""

import numpy as np

from ._numba import pointer
from ._ufunc import Function, quiet

SUM, PRODUCT = 0, 1
MINIMUM, MAXIMUM = 0, 1


def _running(args, dims, steps, kind):
    for r in range(dims[0]):
        x, how, y = args[0] + r * steps[0], pointer(args, args[1] + r * steps[1])[0], args[2] + r * steps[2]
        if how == SUM:
            total = 0.0
            for i in range(dims[1]):
                total += np.float64(pointer(kind, x + i * steps[3])[0])
                pointer(kind, y + i * steps[4])[0] = total
        else:
            total = 1.0
            for i in range(dims[1]):
                total *= np.float64(pointer(kind, x + i * steps[3])[0])
                pointer(kind, y + i * steps[4])[0] = total


def _recurrence(args, dims, steps, kind):
    for r in range(dims[0]):
        a, b, y = args[0] + r * steps[0], args[1] + r * steps[1], args[2] + r * steps[2]
        if dims[1]:
            s = pointer(kind, b)[0]
            pointer(kind, y)[0] = s
            for i in range(1, dims[1]):
                s = pointer(kind, a + i * steps[3])[0] * s + pointer(kind, b + i * steps[4])[0]
                pointer(kind, y + i * steps[5])[0] = s


def _last_extreme(args, dims, steps, kind):
    for r in range(dims[0]):
        x, how, y = args[0] + r * steps[0], pointer(args, args[1] + r * steps[1])[0], args[2] + r * steps[2]
        at, best = 0, pointer(kind, x)[0]
        for i in range(dims[1]):
            v = pointer(kind, x + i * steps[3])[0]
            if v != v or (v >= best if how == MAXIMUM else v <= best):  # nothing but NaN follows NaN
                at, best = i, v
            pointer(args, y + i * steps[4])[0] = at
    quiet()


_RUNNING = Function(_running, "xl->x", "(n),()->(n)")
_RECURRENCE = Function(_recurrence, "xx->x", "(n),(n)->(n)")
_LAST_EXTREME = Function(_last_extreme, "xl->l", "(n),()->(n)")


def running(x, axis, how):
    """The running sum or product of float32 or float64 numbers; None for others."""
    compiled = _RUNNING[x.dtype.char]
    if compiled is None:
        return None
    y = np.empty(x.shape, x.dtype)
    compiled(x.swapaxes(axis, -1), how, out=y.swapaxes(axis, -1))
    return y


def recurrence(a, b):
    """Solve along the last axis; None for other dtypes."""
    compiled = _RECURRENCE[b.dtype.char]
    return None if compiled is None or a.dtype != b.dtype or a.shape != b.shape else compiled(a, b)


def last_extreme(x, axis, how):
    """Where the running extreme is; None for other dtypes."""
    compiled = _LAST_EXTREME[x.dtype.char]
    if compiled is None or not x.size:
        return None
    y = np.empty(x.shape, np.int64)
    compiled(x.swapaxes(axis, -1), how, out=y.swapaxes(axis, -1))
    return y
