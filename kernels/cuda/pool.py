"""Pooling on the device.

Every kernel gathers: a thread owns one element of the result, so no two write to the same place and every sum has one
order, that of the reference. Neighbouring threads own neighbours of a row and read neighbours. Only the gradient of
max pooling does not know its windows; there, a block owns a plane (`adding`), or if planes are few and long, all
places are sorted (`add_at`).
"""

from functools import lru_cache
from math import prod

import numpy as np
from numba import types

from ._array import DeviceArray
from ._driver import BLOCKS, SIMULATED, cuda, kernel
from ._functions import NAMES
from ._fuse import compute
from ._streams import current_device
from .creation import arange, from_numpy, zeros
from .indexing import add_at

__all__ = [
    "adaptive_max_pool2d", "avg_pool2d", "avg_pool2d_grad", "max_pool2d", "put_plane", "take_plane",
]  # fmt: skip

CHUNK = 4 if SIMULATED else 256  # elements that a block adds to its plane at once
SLOTS = 4 * CHUNK  # what the winners of a chunk usually spread over: windows of 2 × 2, neighbours of each other
FEW, LONG = 32, 32 if SIMULATED else 1 << 16  # planes that leave most of a device idle, and elements that take long


class Winners(DeviceArray):
    """Positions found by a search: nobody needs to look whether they lie in a plane of `below` elements."""

    __slots__ = ("below",)


def max_pool2d(x, window):
    """Find the largest element of every window, and where it is."""
    x = packed(x)
    (top, _), (left, _) = window.pads
    y, winner = _found(x, window.out)
    numbers = (*window.image, *window.size, *window.out, *window.stride, *window.dilation, top, left)
    searching(_element(x.dtype)).over(y.size, y.size, numbers, x.buffer, x.offset, y.buffer, winner.buffer)
    return y, winner


def adaptive_max_pool2d(x, rows, columns):
    """Search windows that are given one by one."""
    x = packed(x)
    y, winner = _found(x, (len(rows), len(columns)))
    numbers, ranges = (*x.shape[-2:], *y.shape[-2:]), _ranges(rows, columns, current_device())
    searching_ranges(_element(x.dtype)).over(
        y.size, y.size, numbers, ranges.buffer, x.buffer, x.offset, y.buffer, winner.buffer
    )
    return y, winner


def take_plane(x, winner):
    """Read by flat position."""
    size, count = prod(x.shape[-2:]), prod(winner.shape[-2:])
    _check("take_plane", winner, size)
    x, winner, y = packed(x), packed(winner), DeviceArray.empty(winner.shape, x.dtype)
    reading(x.dtype.name).over(y.size, y.size, count, size, x.buffer, x.offset, winner.buffer, winner.offset, y.buffer)
    return y


def put_plane(g, winner, x_shape):
    """Add by flat position, in the order of g; float16 in float32."""
    planes, size, count = prod(x_shape[:-2]), prod(x_shape[-2:]), prod(winner.shape[-2:])
    _check("put_plane", winner, size)
    g, winner = packed(g), packed(winner)
    if planes < FEW and count > LONG:
        at = compute(_row, winner.reshape(planes, count), arange(0, planes, 1, np.int64)[:, None], np.int64(size))
        return add_at((planes * size,), g.reshape(-1), (at.reshape(-1),)).reshape(x_shape)
    x = zeros(x_shape, {"e": np.float32, "?": np.int32}.get(g.dtype.char, g.dtype))
    if g.size:
        adding(x.dtype.name)(
            min(planes, 64 * BLOCKS), CHUNK,
            planes, count, size, g.buffer, g.offset, winner.buffer, winner.offset, x.buffer,
        )  # fmt: skip
    return x.astype(g.dtype, copy=False)


def avg_pool2d(x, window, count_include_pad, divisor):
    """Average every window."""
    x = packed(x)
    y = DeviceArray.empty((*x.shape[:-2], *window.out), x.dtype)
    run, numbers, divisor = _averages(averaging, x.dtype, window, count_include_pad, divisor)
    run.over(y.size, y.size, numbers, divisor, x.buffer, x.offset, y.buffer)
    return y


def avg_pool2d_grad(g, x_shape, window, count_include_pad, divisor):
    """Give every element its shares of the windows that it is in."""
    g = packed(g)
    x = DeviceArray.empty(x_shape, g.dtype)
    run, numbers, divisor = _averages(sharing, g.dtype, window, count_include_pad, divisor)
    run.over(x.size, x.size, numbers, divisor, g.buffer, g.offset, x.buffer)
    return x


def packed(x):
    """The same array in C order."""
    return x if x.is_contiguous else x.copy()


def _found(x, out):
    shape = (*x.shape[:-2], *out)
    y, winner = DeviceArray.empty(shape, x.dtype), Winners.empty(shape, np.int64)
    winner.below = prod(x.shape[-2:])
    return y, winner


@lru_cache(64)
def _ranges(rows, columns, device):
    return from_numpy(np.array([*rows, *columns]).reshape(-1))


def _check(op, winner, size):
    """Raise if a position does not exist; reading the answer waits for the device, so it is asked if need be."""
    if getattr(winner, "below", None) == size or not winner.size:
        return
    beyond, winner = zeros((1,), np.int64), packed(winner)
    looking().over(winner.size, winner.size, size, winner.buffer, winner.offset, beyond.buffer)
    if beyond.item():
        raise IndexError(f"[{op}] `winner` must lie in 0 … {size - 1}")


def _row(at, plane, size):
    return at + plane * size


def _averages(make, dtype, window, count_include_pad, divisor):
    (top, _), (left, _) = window.pads
    element = _element(dtype)
    numbers = (*window.image, *window.size, *window.out, *window.stride, top, left, int(count_include_pad))
    return make(element, dtype.name), numbers, np.dtype(element).type(divisor or 0)


def _element(dtype):
    """The dtype to compute in."""
    return {"?": "uint8", "e": "float32"}.get(dtype.char, dtype.name)


# ------------------------------------------------------------------------------------ kernels


@cuda.jit(device=True)
def least(a, b):
    """The smaller number; Numba's own `min` of two does not compile for CUDA."""
    return a if a < b else b


@cuda.jit(device=True)
def most(a, b):
    """The larger number."""
    return a if a > b else b


@kernel
def searching(dtype: str):
    """The first of the largest elements of windows that slide, the last NaN if there is one."""
    element = NAMES[dtype]

    def run(n, numbers, x, x_offset, y, winner):
        H, W, R, S, P, Q, u, v, d, e, top, left = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            above, q = k // Q, k % Q
            start, h, w = x_offset + above // P * H * W, above % P * u - top, q * v - left
            best, at = element(0), -1
            for i in range(h, h + R * d, d):
                if 0 <= i < H:
                    for j in range(w, w + S * e, e):
                        if 0 <= j < W:
                            value = element(x[start + i * W + j])
                            if at < 0 or value > best or value != value:
                                best, at = value, i * W + j
            y[k] = best
            winner[k] = at

    return run


@kernel
def searching_ranges(dtype: str):
    """The same in windows between two rows and two columns each; those of the rows come first in `ranges`."""
    element = NAMES[dtype]

    def run(n, numbers, ranges, x, x_offset, y, winner):
        H, W, P, Q = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            above, q = k // Q, k % Q
            start, p = x_offset + above // P * H * W, above % P
            best, at = element(0), -1
            for i in range(ranges[2 * p], ranges[2 * p + 1]):
                for j in range(ranges[2 * (P + q)], ranges[2 * (P + q) + 1]):
                    value = element(x[start + i * W + j])
                    if at < 0 or value > best or value != value:
                        best, at = value, i * W + j
            y[k] = best
            winner[k] = at

    return run


@kernel
def looking():
    """Whether any position lies beyond its plane. Threads that write, write the same."""

    def run(n, size, winner, winner_offset, beyond):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            if not 0 <= winner[winner_offset + k] < size:
                beyond[0] = 1

    return run


@kernel
def reading(dtype: str):
    """The elements at positions; nothing is read beyond a plane, whatever became of the positions."""

    def run(n, count, size, x, x_offset, winner, winner_offset, y):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            at = winner[winner_offset + k]
            if 0 <= at < size:
                y[k] = x[x_offset + k // count * size + at]

    return run


@kernel
def adding(dtype: str):
    """The sums of elements by position, in their order: a block owns a plane, and adds a chunk at once.

    Every thread leaves its number in the slot of its position. If all find themselves there, no position comes twice,
    and each adds its element. Else the first thread of every position adds all that belong there.
    """
    element, flag = NAMES[dtype], NAMES["int32"]

    def run(planes, count, size, g, g_offset, winner, winner_offset, x):
        slots = cuda.shared.array(SLOTS, types.int32)
        places = cuda.shared.array(CHUNK, types.int64)
        t = cuda.threadIdx.x
        for plane in range(cuda.blockIdx.x, planes, cuda.gridDim.x):
            for start in range(plane * count, (plane + 1) * count, CHUNK):
                many = least(CHUNK, (plane + 1) * count - start)
                place = winner[winner_offset + start + t] if t < many else -1
                mine = 0 <= place < size
                places[t] = place
                if mine:
                    slots[place % SLOTS] = t
                cuda.syncthreads()
                if cuda.syncthreads_or(flag(mine and slots[place % SLOTS] != t)):
                    k = 0
                    while places[k] != place:
                        k += 1
                    if mine and k == t:  # the first of its position
                        total = x[plane * size + place]
                        for k in range(t, many):
                            if places[k] == place:
                                total += element(g[g_offset + start + k])
                        x[plane * size + place] = total
                elif mine:
                    x[plane * size + place] += element(g[g_offset + start + t])
                cuda.syncthreads()

    return run


@cuda.jit(device=True)
def counted(start, size, n, pad, include):
    """How many elements of a window along one axis count."""
    end = least(start + size, n + pad)
    return end - start if include else least(end, n) - most(start, 0)


@kernel
def averaging(dtype: str, stored: str):
    """The mean of every window, of what lies inside the image."""
    element, store = NAMES[dtype], NAMES[stored]

    def run(n, numbers, divisor, x, x_offset, y):
        H, W, R, S, P, Q, u, v, top, left, include = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            above, q = k // Q, k % Q
            start, h, w = x_offset + above // P * H * W, above % P * u - top, q * v - left
            total = element(0)
            for i in range(most(h, 0), least(h + R, H)):
                for j in range(most(w, 0), least(w + S, W)):
                    total += element(x[start + i * W + j])
            number = divisor
            if divisor == element(0):
                number = element(counted(h, R, H, top, include) * counted(w, S, W, left, include))
            y[k] = store(total / number)

    return run


@kernel
def sharing(dtype: str, stored: str):
    """What the windows that an element is in give it, the last window first: in the order of the reference's taps."""
    element, store = NAMES[dtype], NAMES[stored]

    def run(n, numbers, divisor, g, g_offset, x):
        H, W, R, S, P, Q, u, v, top, left, include = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            above = k // W
            start, h, w = g_offset + above // H * P * Q, above % H + top, k % W + left
            p_first, q_first = most(0, (h - R) // u + 1), most(0, (w - S) // v + 1)
            total = element(0)
            for p in range(least(h // u, P - 1), p_first - 1, -1):
                rows = counted(p * u - top, R, H, top, include)
                for q in range(least(w // v, Q - 1), q_first - 1, -1):
                    number = divisor
                    if divisor == element(0):
                        number = element(rows * counted(q * v - left, S, W, left, include))
                    total += element(g[start + p * Q + q]) / number
            x[k] = store(total)

    return run
