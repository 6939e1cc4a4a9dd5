"""Random numbers from counters, on the device: the stream of the CPU, made where it is used."""

import numpy as np

from ..ref.random import factor, threshold
from . import _philox
from ._array import DeviceArray
from ._fuse import collapsed

__all__ = ["dropout", "integers", "normal", "permutation", "philox", "uniform"]


def philox(seed, offset, n):
    """Words of a seed's stream."""
    return _drawn(_philox.words("uint64"), seed, offset, n, np.uint64)


def uniform(seed, offset, n, dtype):
    """Words to [0, 1)."""
    return _drawn(_philox.words(np.dtype(dtype).name), seed, offset, n, dtype)


def normal(seed, offset, n, dtype):
    """Pairs of words to the normal distribution."""
    return _drawn(_philox.normal(np.dtype(dtype).name, bool(offset % 2)), seed, offset, n, dtype)


def _drawn(kernel, seed, offset, n, dtype):
    place, lane = _philox.place(seed, offset)
    y = DeviceArray.empty((n,), dtype)
    if n:
        count = _philox.blocks(lane, n)
        kernel.over(count, count, n, lane, *place, y.buffer)
    return y


def dropout(x, p, seed, offset):
    """Clear elements at random."""
    place, lane = _philox.place(seed, offset)
    y = DeviceArray.empty(x.shape, x.dtype)
    if y.size:
        shape, (steps,) = collapsed(x.shape, [x.steps])
        scale = x.dtype.type(factor(p))
        numbers = np.uint64(threshold(p)), np.float32(scale) if x.dtype == np.float16 else scale
        count = _philox.blocks(lane, (x.size + 1) // 2)
        run = _philox.dropping(x.dtype.name, len(shape))
        run.over(count, count, x.size, lane, *place, *numbers, shape, y.buffer, x.buffer, x.offset, steps)
    return y


def integers(words, low, high):
    """Words to integers."""
    words = words if words.ndim == 1 else words.reshape(-1)
    y = DeviceArray.empty(words.shape, np.int64)
    low, span = np.uint64(low % (1 << 64)), np.uint64((high - low) % (1 << 64))
    run = _philox.spreading()
    run.over(y.size, y.size, low, span, y.buffer, words.buffer, words.offset, words.steps[0])
    return y


def permutation(words):
    """Order by words."""
    from .indexing import argsort

    return argsort(words, 0, False)
