"""Reading and writing by index, and sorting, on the device.

Index arrays become offsets in memory (`_places`); then one kernel reads or writes each element at its offset. Where
a position repeats in a write, the threads first agree on the last one by an atomic maximum of their numbers, which is
the same whatever their order; in a sum the positions are sorted (`_segments`).
"""

from math import prod

import numpy as np

from ._array import DeviceArray, overlap
from ._driver import cuda, kernel
from ._fuse import assign, run, spread
from ._places import Places, beside, chosen, gather, offsets, parse, places_of, select
from ._scan import Scan, scan
from ._segments import combine
from ._sort import argsort as order_of
from ._sort import picked
from .creation import full, zeros

__all__ = [
    "add_along_axis", "add_at", "argsort", "combine_along_axis", "keep_last", "nonzero", "put", "put_along_axis",
    "sort", "take", "take_along_axis",
]  # fmt: skip


def take(x, index):
    """Read: a view where the index has no arrays."""
    index = parse(x.shape, index)
    view = select(x, index.basic)
    return gather(view, index) if index.arrays else view


def put(x, v, index):
    """Write into a copy."""
    y = x.copy()
    write(y, v, index)
    return y


def write(x, v, index):
    """Write in place, where a position repeats the last value; nothing is written if a position does not exist."""
    if not x.writeable:
        raise ValueError("assignment destination is read-only")
    index = parse(x.shape, index)
    view = select(x, index.basic)
    if not index.arrays:
        assign(view, _narrowed(v, view.ndim))
        return
    elements, at = chosen(view, index)
    stays = None
    if not index.distinct:
        sizes = [view.shape[a] for a in index.axes]
        cells = offsets(index.arrays, sizes, _cell_steps(sizes), index.names, checked=True)
        _, stays = beside(view, index.axes, index.lead, _last(cells, prod(sizes)))
    _scatter(elements, at, v, stays)


def _cell_steps(sizes):
    return [prod(sizes[k + 1 :]) for k in range(len(sizes))]


def _last(cells, count):
    """Which of the cells, in 0 … count - 1, no later one repeats."""
    owner = full((count,), -1, np.int64)
    run("cuda.atomic.max(y0_buffer, x0_buffer[x0_at], k)", (_anchor(owner, cells.shape),), (cells,), (), cells.shape)
    stays = DeviceArray.empty(cells.shape, bool)
    text = "y0_buffer[y0_at] = x1_buffer[x0_buffer[x0_at]] == k"
    run(text, (stays,), (cells, _anchor(owner, cells.shape)), (), cells.shape)
    return stays


def _anchor(x, shape):
    """The first element of an array, everywhere."""
    return x.view(shape, (0,) * len(shape))


def _narrowed(v, ndim):
    """`v` without what it has of length 1 in front of `ndim` axes, as NumPy assigns it."""
    shape = np.shape(v)
    extra = len(shape) - ndim
    return v.reshape(shape[extra:]) if extra > 0 and shape[:extra] == (1,) * extra else v


def _scatter(elements, at, v, stays):
    """Write `v`, broadcast, at the offsets; with `stays` where that is true."""
    v = _narrowed(v if isinstance(v, DeviceArray) else DeviceArray.from_host(np.asarray(v, elements.dtype)), at.ndim)
    if overlap(elements, v):
        v = v.copy()  # no thread may write what another one still reads
    try:
        v = spread(v.astype(elements.dtype, copy=False), np.broadcast_shapes(v.shape, at.shape))
    except ValueError:
        v = None
    if v is None or v.shape != at.shape:
        raise ValueError(f"[put] `v` must broadcast to the shape {at.shape} of what is indexed")
    text, xs = "y0_buffer[uint64(int64(y0_at) + x0_buffer[x0_at])] = x1_buffer[x1_at]", [at, v]
    if stays is not None:
        text, xs = f"if x2_buffer[x2_at]:\n    {text}", [*xs, stays]
    run(text, (elements,), xs, (), at.shape)


def nonzero(x):
    """Find what is not zero: its rank is how many there are up to it; how many in all is read from the device."""
    ranks = scan(_ranks, (x.reshape(-1),), 0)
    count = ranks[-1].item() if x.size else 0
    found = DeviceArray.empty((x.ndim, count), np.int64)
    compact(x.ndim).over(x.size if count else 0, x.size, x.shape, count, found.buffer, ranks.buffer)
    return tuple(found[axis] for axis in range(x.ndim))


def _ranks():
    return Scan(lambda j, x: (x != 0).astype(np.int64), np.add, lambda dtype: (0,), lambda rank: rank)


@kernel
def compact(ndim: int):
    """Write the coordinates of each element at which the rank rises."""

    def run(n, shape, count, found, ranks):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            before = ranks[k - 1] if k > 0 else 0
            if ranks[k] > before:
                rest = k
                for j in range(ndim):
                    axis = ndim - 1 - j
                    found[axis * count + before] = rest % shape[axis]
                    rest //= shape[axis]

    return run


def take_along_axis(x, index, axis):
    """Read along one axis."""
    places = Places((index,), (x.shape[axis],), (x.steps[axis],), (axis,))
    elements, at = _beside_axis(x, index, axis)
    y = DeviceArray.empty(at.shape, x.dtype)
    places.run("y0_buffer[y0_at] = x1_buffer[uint64(int64(x1_at) + at)]", y, (at,), (elements,))
    return y


def put_along_axis(x, v, index, axis):
    """Write along one axis into a copy."""
    y = x.copy()
    elements, at = _along(y, index, axis)
    _scatter(elements, at, v, _last_along(y.shape, at, axis))
    return y


def _along(x, index, axis):
    """`(elements, at)` of positions along one axis; the other axes broadcast."""
    return _beside_axis(x, offsets((index,), (x.shape[axis],), (x.steps[axis],), (axis,)), axis)


def _beside_axis(x, at, axis):
    others = tuple(1 if a == axis else n for a, n in enumerate(x.shape))
    shape = np.broadcast_shapes(others, at.shape)
    steps = tuple(0 if a == axis else s for a, s in enumerate(x.steps))
    return spread(x.view(others, steps), shape), spread(at, shape)


def _last_along(shape, at, axis):
    """Which of the offsets in a contiguous array of a shape no later one repeats."""
    owner = full(shape, -1, np.int64)
    steps = tuple(0 if a == axis or n == 1 else s for a, (n, s) in enumerate(zip(shape, owner.steps, strict=True)))
    cells = owner.view(at.shape, steps)
    run("cuda.atomic.max(y0_buffer, int64(y0_at) + x0_buffer[x0_at], k)", (cells,), (at,), (), at.shape)
    stays = DeviceArray.empty(at.shape, bool)
    run(
        "y0_buffer[y0_at] = x1_buffer[uint64(int64(x1_at) + x0_buffer[x0_at])] == k",
        (stays,),
        (at, cells),
        (),
        at.shape,
    )
    return stays


def add_at(shape, g, index):
    """Sum into zeros."""
    index = parse(shape, index)
    x = zeros(shape, _wide(g.dtype))
    view = select(x, index.basic)
    if not index.arrays:
        assign(view, g)
    elif index.distinct:
        _scatter(*chosen(view, index), g.astype(x.dtype, copy=False), None)
    else:
        at = places_of(view, index).offsets()
        elements, _ = beside(view, index.axes, index.lead, at)
        g = spread(g, elements.shape)
        theirs = range(index.lead, index.lead + at.ndim)  # axes of g
        others = [a for a in range(g.ndim) if a not in theirs]
        rest = [a for a in range(view.ndim) if a not in index.axes]
        columns = view.view([view.shape[a] for a in rest], [view.steps[a] for a in rest])
        combine(columns, at.reshape(-1), g.transpose((*theirs, *others)).reshape((at.size, *columns.shape)))
    return x.astype(g.dtype, copy=False)


def _wide(dtype):
    """The dtype in which sums of another are added up."""
    return {"e": np.dtype(np.float32), "?": np.dtype(np.int64)}.get(dtype.char, dtype)


def add_along_axis(shape, g, index, axis):
    """Sum along one axis into zeros."""
    x = zeros(shape, _wide(g.dtype))
    _combine_along(x, g, index, axis, "add")
    return x.astype(g.dtype, copy=False)


def combine_along_axis(x, v, index, axis, how):
    """Combine along one axis into a copy."""
    y = x.astype(_wide(x.dtype) if x.dtype.kind == "f" else x.dtype)
    _combine_along(y, v.astype(x.dtype, copy=False), index, axis, how)
    return y.astype(x.dtype, copy=False)


def _combine_along(x, g, index, axis, how):
    """Combine into `x`; axes along which the positions do not change are those of columns."""
    elements, at = _along(x, index, axis)
    g = spread(g, at.shape)
    free = [a for a in range(x.ndim) if a != axis and at.shape[a] == x.shape[a] and index.steps[a] == 0]
    free += [a for a in range(x.ndim) if a != axis and a not in free and index.shape[a] == 1]
    bound = [a for a in range(x.ndim) if a not in free]
    shape = [at.shape[a] for a in bound]
    places = DeviceArray.empty(shape, np.int64)
    here = [a.view(shape, [a.steps[k] for k in bound]) for a in (at, elements)]
    run("y0_buffer[y0_at] = int64(x1_at) + x0_buffer[x0_at]", (places,), here, (), places.shape)
    columns = x.view([at.shape[a] for a in free], [elements.steps[a] for a in free])
    combine(columns, places.reshape(-1), g.transpose((*bound, *free)).reshape((places.size, *columns.shape)), how)


def keep_last(v, index, n, axis):
    """Clear what is overwritten."""
    shape = (*v.shape[:axis], n, *v.shape[axis + 1 :])
    step = prod(shape[axis + 1 :])
    stays = _last_along(shape, offsets((index,), (n,), (step,), (axis,)), axis)
    y = zeros(v.shape, v.dtype)
    run("if x1_buffer[x1_at]:\n    y0_buffer[y0_at] = x0_buffer[x0_at]", (y,), (v, stays), (), y.shape)
    return y


def sort(x, axis, descending):
    """Sort."""
    rows = _rows_last(x, axis)
    return _back(picked(rows, order_of(rows, descending)), axis)


def argsort(x, axis, descending):
    """Find the stable order."""
    return _back(order_of(_rows_last(x, axis), descending), axis)


def _rows_last(x, axis):
    return x.transpose((*range(axis), *range(axis + 1, x.ndim), axis))


def _back(y, axis):
    """The last axis where it was, in C order."""
    y = y.transpose((*range(axis), y.ndim - 1, *range(axis, y.ndim - 1)))
    return y if y.is_contiguous else y.copy()
