"""Rows combined into rows at positions that may repeat, without atomics: the result is the same in every run.

The positions are sorted, so that equal ones are neighbours, in the order they were given in. A thread goes through a
chunk of them for one column, and writes each run of equals that begins there. What a chunk begins with may belong to a
run of an earlier one: it is put aside, and the thread of the chunk where that run begins adds it in a second kernel.
How long chunks are depends on the number of positions alone.
"""

from math import isqrt

import numpy as np

from ._array import DeviceArray
from ._driver import SIMULATED
from ._functions import expression
from ._fuse import run, spread
from ._sort import order
from ._trace import kernel_type

CHUNK = 3 if SIMULATED else 32  # positions, at least

_FIRST = """
start = int64(x1_at)
stop = start + p0 if start + p0 < p1 else p1
target = x1_buffer[uint64(start)]
total = {kind}(x0_buffer[uint64(int64(x0_at) + x2_buffer[uint64(start)] * p2)])
aside = start > 0 and x1_buffer[uint64(start - 1 if start > 0 else start)] == target
for j in range(start + 1, stop):
    word = x1_buffer[uint64(j)]
    value = {kind}(x0_buffer[uint64(int64(x0_at) + x2_buffer[uint64(j)] * p2)])
    if word == target:
        total = {total_value}
    else:
        place = uint64(int64(y0_at) + target)
        if aside:
            y1_buffer[y1_at] = total
        else:
            before = y0_buffer[place]
            y0_buffer[place] = {before_total}
        aside = False
        target = word
        total = value
place = uint64(int64(y0_at) + target)
if aside:
    y1_buffer[y1_at] = total
else:
    before = y0_buffer[place]
    y0_buffer[place] = {before_total}
"""

_SECOND = """
start = int64(x1_at)
after = start + p0 if start + p0 < p1 else p1
target = x1_buffer[uint64(after - 1)]
begins = start == 0 or x1_buffer[x1_at] != target or x1_buffer[uint64(start - 1 if start > 0 else start)] != target
if begins and after < p1:
    place = uint64(int64(y0_at) + target)
    total = y0_buffer[place]
    at = int64(x0_at)
    while after < p1 and x1_buffer[uint64(after if after < p1 else start)] == target:
        at += p2
        value = x0_buffer[uint64(at)]
        total = {total_value}
        after += p0
    y0_buffer[place] = total
"""


def combine(y: DeviceArray, at: DeviceArray, g: DeviceArray, how: str = "add") -> None:
    """Combine rows of `g` into `y`, each column by itself.

        y[at[j] + column] = how(y[at[j] + column], g[j, column])   for one j after the other

    Parameters
    ----------
    y : DeviceArray
        Its axes are those of a column.
    at : DeviceArray, int64, (J,)
        Offsets in memory.
    g : DeviceArray, (J, *y.shape)
        Of a dtype that `y` holds.
    how : {"add", "maximum", "minimum"}
    """
    count = at.shape[0]
    if not g.size:
        return
    formula = expression(how, y.dtype) if y.dtype.kind != "c" or how == "add" else None
    if formula is None:
        raise NotImplementedError(f"[{how}] of {y.dtype} at positions has no CUDA kernel: move the tensors to the CPU")
    kind = kernel_type(y.dtype)

    def text(template):
        pairs = {"total_value": ("total", "value"), "before_total": ("before", "total")}
        filled = {name: formula.format(*pair, t=kind) for name, pair in pairs.items()}
        return template.format(kind=kind, **filled)

    words, places = order(at.reshape(1, count))
    length = max(CHUNK, isqrt(count))
    shape = (-(-count // length), *y.shape)
    aside = DeviceArray.empty(shape, y.dtype)
    columns, still = spread(y, shape), (0,) * y.ndim
    rows = g.view(shape, (0, *g.steps[1:]))
    starts, chosen = words.view(shape, (length, *still)), places.view(shape, (0, *still))
    numbers = (np.int64(length), np.int64(count))
    run(text(_FIRST), (columns, aside), (rows, starts, chosen), (*numbers, np.int64(g.steps[0])), shape)
    if shape[0] > 1:
        run(text(_SECOND), (columns,), (aside, starts), (*numbers, np.int64(aside.steps[0])), shape)
