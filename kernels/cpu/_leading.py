"""What stands first in an order, found without sorting the rest; and runs of equals in rows that are sorted."""

import numpy as np

from ._numba import COMPILED, kernel, pointer, run
from ._ufunc import Function, quiet


@kernel
def _comes_before(v, w, descending):
    """Whether v stands before w; NaN is the largest number."""
    if descending:
        return v > w or (v != v and w == w)
    return v < w or (w != w and v == v)


def _leading(args, dims, steps, kind):
    n, k, step, place = dims[1], dims[2], steps[3], steps[4]
    for r in range(dims[0]):
        x, descending, y = args[0] + r * steps[0], pointer(args, args[1] + r * steps[1])[0] != 0, args[2] + r * steps[2]
        last = pointer(kind, x)[0]
        for i in range(n):
            v, j = pointer(kind, x + i * step)[0], min(i, k - 1)
            if i >= k and not _comes_before(v, last, descending):
                continue
            while j > 0:  # after its equals
                before = pointer(args, y + (j - 1) * place)[0]
                if not _comes_before(v, pointer(kind, x + before * step)[0], descending):
                    break
                pointer(args, y + j * place)[0] = before
                j -= 1
            pointer(args, y + j * place)[0] = i
            last = pointer(kind, x + pointer(args, y + min(i, k - 1) * place)[0] * step)[0]
    quiet()  # comparisons with NaN


def _commonest(memory, numbers, t, threads):
    keys, y, rows, n = pointer(numbers, numbers[0]), pointer(numbers, numbers[1]), numbers[2], numbers[3]
    for row in range(rows * t // threads, rows * (t + 1) // threads):
        most, length, above = 0, 0, row * n
        for i in range(above, above + n):
            length = length + 1 if i > above and keys[i] >> 32 == keys[i - 1] >> 32 else 1
            if length > most:
                most, y[row] = length, keys[i] & 0x7FFFFFFF


__all__ = ["COMPILED", "commonest", "leading"]

_LEADING = Function(_leading, "xl->l", "(n),()->(k)")


def leading(x, axis, k, descending):
    """The first k places of the order along an axis; None for other dtypes than floats."""
    compiled = _LEADING[x.dtype.char]
    if compiled is None:
        return None
    y = np.empty((*x.shape[:axis], k, *x.shape[axis + 1 :]), np.int64)
    compiled(x.swapaxes(axis, -1), descending, out=y.swapaxes(axis, -1))
    return y


def commonest(keys):
    """The place of the last number of the longest run, in rows (…, n) of sorted keys (see `_keys`); (…, 1)."""
    y = np.empty((*keys.shape[:-1], 1), np.int64)
    run(_commonest, keys.size, np.dtype("d"), (keys, y), (y.size, keys.shape[-1]))
    return y
