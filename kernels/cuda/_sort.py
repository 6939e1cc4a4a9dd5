"""The stable order of rows of words.

A block of threads sorts a tile of a row, or several short rows, in shared memory by a bitonic network: pairs of word
and place, of which no two are equal, so that every network is stable. Then runs of tiles are merged two by two: each
element goes to its place in its own run, moved on by how many of the other run come before it, which a bisection says.
"""

from math import prod

import numpy as np

from ._array import DeviceArray
from ._driver import SIMULATED, cuda, kernel
from ._functions import NAMES
from ._fuse import run
from ._keys import keys

TILE = 8 if SIMULATED else 1024  # elements of a block, two a thread


def order(words: DeviceArray) -> tuple[DeviceArray, DeviceArray]:
    """`(sorted, places)` of each row, in ascending order, equals as they stood.

    Parameters
    ----------
    words : DeviceArray, int64, contiguous, (rows, n)
    """
    rows, n = words.shape
    y, places = (DeviceArray.empty(words.shape, np.int64) for _ in range(2))
    if not words.size:
        return y, places
    size = min(1 << max(n - 1, 1).bit_length(), TILE)
    tiles = -(-n // size)
    arrays = (y.buffer, places.buffer, words.buffer, words.offset)
    tile(size)(-(-rows * tiles * size // TILE), TILE // 2, *arrays, rows, n, tiles)
    while size < n:
        z, moved = (DeviceArray.empty(words.shape, np.int64) for _ in range(2))
        merge(words.size < 1 << 31).over(
            words.size, words.size, n, size, z.buffer, moved.buffer, y.buffer, places.buffer
        )
        y, places, size = z, moved, 2 * size
    return y, places


@kernel
def tile(size: int):
    """Sort tiles of `size` elements, a power of two, as many of them as a block has room for."""

    def run(y, places, words, offset, rows, n, tiles):
        key = cuda.shared.array(TILE, np.int64)
        where = cuda.shared.array(TILE, np.int32)
        t = cuda.threadIdx.x
        for half in range(2):
            e = t + half * (TILE // 2)
            q = (cuda.blockIdx.x * TILE + e) // size
            i = q % tiles * size + e % size
            where[e] = np.int32(e % size)
            if q < rows * tiles and i < n:
                key[e] = words[offset + q // tiles * n + i]
            else:
                key[e] = 0x7FFFFFFFFFFFFFFF  # behind all others, as it stands behind them
        cuda.syncthreads()
        width = 2
        while width <= size:
            reach = width // 2
            while reach > 0:
                a = 2 * t - (t & (reach - 1))
                b = a + reach
                rises = (a % size) & width == 0
                after = key[a] > key[b] or (key[a] == key[b] and where[a] > where[b])
                if after == rises:
                    key[a], key[b] = key[b], key[a]
                    where[a], where[b] = where[b], where[a]
                cuda.syncthreads()
                reach //= 2
            width *= 2
        for half in range(2):
            e = t + half * (TILE // 2)
            q = (cuda.blockIdx.x * TILE + e) // size
            start = q % tiles * size
            i = start + e % size
            if q < rows * tiles and i < n:
                at = q // tiles * n + i
                y[at] = key[e]
                places[at] = start + where[e]

    return run


@kernel
def merge(short: bool):
    """Merge neighbouring runs; `short` says that quotients of 32 bits do."""
    number = NAMES["uint32" if short else "int64"]

    def run(count, n, size, z, moved, y, places):
        for k in range(cuda.grid(1), count, cuda.gridsize(1)):
            i = np.int64(number(k) % number(n))
            row = k - i
            pair = i & -2 * size  # of a power of two
            middle = pair + size
            is_left = i < middle
            low = middle if is_left else pair
            high = middle if not is_left else pair + 2 * size if pair + 2 * size < n else n
            low = low if low < n else n
            first, word = low, y[row + i]
            while low < high:
                half = (low + high) // 2
                other = y[row + half]
                if other < word or (not is_left and other == word):
                    low = half + 1
                else:
                    high = half
            at = row + (i if is_left else i - size) + low - first
            z[at] = word
            moved[at] = places[k]

    return run


def argsort(x: DeviceArray, descending: bool = False) -> DeviceArray:
    """The stable order along the last axis, int64: of complex numbers by one word after the other."""
    shape = (prod(x.shape[:-1]), x.shape[-1])
    *more, last = (words.reshape(shape) for words in keys(x, descending))
    found = order(last)[1]
    for words in reversed(more):
        found = picked(found, order(picked(words, found))[1])
    return found.reshape(x.shape)


def picked(x: DeviceArray, places: DeviceArray) -> DeviceArray:
    """The elements of each row at its places."""
    y = DeviceArray.empty(places.shape, x.dtype)
    text = "y0_buffer[y0_at] = x1_buffer[uint64(int64(x1_at) + x0_buffer[x0_at] * p0)]"
    rows = x.view(places.shape, (*x.steps[:-1], 0))
    run(text, (y,), (places, rows), (np.int64(x.steps[-1]),), y.shape)
    return y
