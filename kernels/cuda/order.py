"""What is found by sorting, on the device: rows of words in their order (`_sort`), and one kernel that walks them."""

from math import prod

import numpy as np

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel
from ._fuse import run
from ._keys import keys
from ._row import highest, lowest
from ._scan import Scan, scan
from ._sort import argsort, order, picked
from .creation import full
from .reduce import count_nonzero

__all__ = ["earlier", "last_extreme", "leading", "median", "middle", "mode", "searchsorted", "unique_rows"]

THREADS = 4 if SIMULATED else 128  # of a block
EACH = 2 if SIMULATED else 8  # elements of a row that are worth a thread


def median(x, ignore_nan):
    """Find the middle of all elements."""
    if not x.size:
        return full((), np.nan, x.dtype)
    flat = x.reshape(1, -1)
    return picked(flat, middle(flat, 1, ignore_nan)).reshape(())


def middle(x, axis, ignore_nan):
    """Sort; NaN stand behind the numbers."""
    rows = _rows(x, axis)
    n = rows.shape[-1]
    places = argsort(rows)
    nans = count_nonzero(np.not_equal(rows, rows), -1, True)
    y = DeviceArray.empty(nans.shape, np.int64)
    text = ["valid = p0 - x0_buffer[x0_at]", "at = (valid - 1) // 2 if valid > 0 else int64(0)"]
    text += [] if ignore_nan else ["at = valid if valid < p0 else at"]
    text += ["y0_buffer[y0_at] = x1_buffer[x1_at + uint64(at)]"]
    run("\n".join(text), (y,), (nans, places.view(y.shape, places.steps)), (np.int64(n),), y.shape)
    return _back(y, axis)


def leading(x, axis, k, descending):
    """Sort, and cut."""
    return _back(argsort(_rows(x, axis), descending)[..., :k], axis)


def _rows(x, axis):
    """A view with an axis as the last one."""
    return x.transpose((*range(axis), *range(axis + 1, x.ndim), axis))


def _back(y, axis):
    """The last axis where it was, in C order."""
    y = y.transpose((*range(axis), y.ndim - 1, *range(axis, y.ndim - 1)))
    return y if y.is_contiguous else y.copy()


def _sorted(x):
    """`(words, places)` of each row: words that rise, those of equals equal; NaN are equal here."""
    shape = (prod(x.shape[:-1]), x.shape[-1])
    words = keys(x)
    if len(words) == 1:
        return order(words[0].reshape(shape))
    places = argsort(x).reshape(shape)
    values, new = picked(x.reshape(shape), places), DeviceArray.empty(shape, np.int64)
    text = [
        "new = int64(0)",
        "if int64(x1_at) > 0:",
        "    here = x0_buffer[x0_at]",
        "    before = x0_buffer[x0_at - uint64(1)]",
        "    new = int64(1) if here != before and (here == here or before == before) else int64(0)",
        "y0_buffer[y0_at] = new",
    ]
    run("\n".join(text), (new,), (values, _column(new)), (), shape)
    return scan(_total, (new,), 1), places


def _total():
    return Scan(lambda j, x: x, np.add, lambda dtype: (0,), lambda x: x)


def _column(like):
    """An array whose place is the position on the last axis: a kernel reads the place alone."""
    return DeviceArray(like.buffer, like.shape, like.dtype, (*(0,) * (like.ndim - 1), 1))


def mode(x, axis):
    """Sort, and count along the runs of equals."""
    rows = _rows(x, axis)
    n = rows.shape[-1]
    words, places = _sorted(rows)
    y = DeviceArray.empty((*rows.shape[:-1], 1), np.int64)
    if y.size:
        lanes = min(1 << (n // EACH).bit_length(), THREADS)
        longest(lanes)(-(-y.size * lanes // THREADS), THREADS, y.size, n, y.buffer, words.buffer, places.buffer)
    return _back(y, axis)


@kernel
def longest(lanes: int):
    """Find the end of the first longest run of each row: `lanes` threads of a block take a part of it each."""

    def run(rows, n, y, words, places):
        length = cuda.shared.array(THREADS, np.int64)
        end = cuda.shared.array(THREADS, np.int64)
        t = cuda.threadIdx.x
        row, lane = (cuda.blockIdx.x * THREADS + t) // lanes, t % lanes
        best, where = 0, n
        low, high = lane * n // lanes, (lane + 1) * n // lanes
        if row < rows and low < high:
            base = row * n
            start, stop = 0, low  # where the run of the first element begins
            while start < stop:
                half = (start + stop) // 2
                if words[base + half] < words[base + low]:
                    start = half + 1
                else:
                    stop = half
            for i in range(low, high):
                if words[base + i] != words[base + start]:
                    start = i
                if i - start + 1 > best:
                    best, where = i - start + 1, i
        length[t], end[t] = best, where
        cuda.syncthreads()
        reach = lanes // 2
        while reach > 0:
            if lane < reach:
                n_there, n_here = length[t + reach], length[t]
                if n_there > n_here or (n_there == n_here and end[t + reach] < end[t]):
                    length[t], end[t] = n_there, end[t + reach]
            cuda.syncthreads()
            reach //= 2
        if row < rows and lane == 0:
            y[row] = places[row * n + end[t]]

    return run


def searchsorted(sorted_sequence, values, right):
    """Search by bisection, a thread for each value."""
    dtype = np.result_type(sorted_sequence.dtype, values.dtype)
    wanted, known = (keys(a.astype(dtype, copy=False)) for a in (values, sorted_sequence))
    y, n, count = DeviceArray.empty(values.shape, np.int64), sorted_sequence.shape[-1], len(wanted)
    lead = known[0].steps[:-1] if sorted_sequence.ndim > 1 else (0,) * max(values.ndim - 1, 0)
    rows = [s.view(values.shape, (*lead, 0)[: values.ndim]) for s in known]
    comes = f"s{count - 1} {'<=' if right else '<'} v{count - 1}"
    for k in reversed(range(count - 1)):
        comes = f"(s{k} < v{k} or (s{k} == v{k} and {comes}))"
    text = [f"v{k} = x{k}_buffer[x{k}_at]" for k in range(count)]
    text += ["low, high = int64(0), p0", "while low < high:", "    half = (low + high) // 2"]
    text += [f"    s{k} = x{count + k}_buffer[x{count + k}_at + uint64(half)]" for k in range(count)]
    text += [f"    if {comes}:", "        low = half + 1", "    else:", "        high = half", "y0_buffer[y0_at] = low"]
    run("\n".join(text), (y,), (*wanted, *rows), (np.int64(n),), y.shape)
    return y


def last_extreme(x, axis, largest):
    """Run on with the extreme and its place."""
    return scan(_extreme, (x,), axis, (largest,))


def _extreme(largest):
    """The place of the extreme so far, the later of two equals; NaN is none that is less than another."""

    def combine(a, i, b, j):
        stays = (a > b if largest else a < b) | ((a != a) & (b == b)) | (j < 0)
        return np.where(stays, a, b), np.where(stays, i, j)

    def element(j, x):
        return (x.astype(np.int32) if x.dtype.kind == "b" else x), j

    outside = lowest if largest else highest
    return Scan(element, combine, lambda dtype, place: (outside(dtype), -1), lambda x, place: place)


def earlier(index, axis):
    """Sort; in a run of equals the places count up from where it begins, which is found by bisection."""
    rows = _rows(index, axis)
    words, places = _sorted(rows)
    y = DeviceArray.empty(words.shape, index.dtype)
    text = [
        "word, place = x0_buffer[x0_at], int64(x3_at)",
        "low, high = int64(0), place",
        "while low < high:",
        "    half = (low + high) // 2",
        "    if x1_buffer[x1_at + uint64(half)] < word:",
        "        low = half + 1",
        "    else:",
        "        high = half",
        "y0_buffer[y0_at + uint64(x2_buffer[x2_at])] = place - low",
    ]
    starts = (words.steps[0], 0)
    xs = (words, words.view(words.shape, starts), places, _column(words))
    run("\n".join(text), (y.view(y.shape, starts),), xs, (), y.shape)
    return _back(y.reshape(rows.shape), axis)


def unique_rows(x, consecutive):
    """Sort, the first column counting most, and cut where a row differs from the one before."""
    n, width = x.shape
    found = DeviceArray.empty((1, n), np.int64)
    run("y0_buffer[y0_at] = k", (found,), (), (), found.shape)
    for column in reversed(range(0 if consecutive else width)):
        for words in reversed(keys(x[:, column])):
            found = picked(found, order(picked(words.reshape(1, n), found))[1])
    new, inverse = (DeviceArray.empty((n,), np.int64) for _ in range(2))
    text = [
        "new = int64(1) if k == 0 else int64(0)",
        "before = x1_buffer[x1_at - uint64(1 if k > 0 else 0)]",
        "for j in range(p0):",
        "    here = x0_buffer[uint64(int64(x0_at) + x1_buffer[x1_at] * p1 + j * p2)]",
        "    if here != x0_buffer[uint64(int64(x0_at) + before * p1 + j * p2)] and k > 0:",
        "        new = int64(1)",
        "y0_buffer[y0_at] = new",
    ]
    anchor, places = x.view((n,), (0,)), found.reshape(n)
    run("\n".join(text), (new,), (anchor, places), tuple(map(np.int64, (width, *x.steps))), (n,))
    ranks = scan(_total, (new,), 0)
    count = ranks[-1].item() if n else 0
    first, starts, counts = (DeviceArray.empty((count,), np.int64) for _ in range(3))
    text = [
        "rank = uint64(x0_buffer[x0_at] - 1)",
        "y2_buffer[uint64(x1_buffer[x1_at])] = int64(rank)",
        "if x2_buffer[x2_at] != 0:",
        "    y0_buffer[rank] = x1_buffer[x1_at]",
        "    y1_buffer[rank] = k",
    ]
    still = [DeviceArray(a.buffer, (n,), a.dtype, (0,)) for a in (first, starts, inverse)]
    run("\n".join(text), still, (ranks, places, new), (), (n,))
    text = "y0_buffer[y0_at] = (x0_buffer[x0_at + uint64(1)] if k + 1 < p0 else p1) - x0_buffer[x0_at]"
    run(text, (counts,), (starts,), (np.int64(count), np.int64(n)), (count,))
    return first, inverse, counts
