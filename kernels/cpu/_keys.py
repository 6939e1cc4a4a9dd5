"""Words of a number and its place: NumPy sorts these in SIMD, and equals keep their order."""

import numpy as np

NAN = np.int32(0x7FFFFFFF)  # the word of all of them


def has_keys(x, axis):
    """Whether a number and its place along the axis fit into one word."""
    return x.dtype == np.float32 and 1 < x.shape[axis] < 1 << 31


def keys(x, axis, descending=False):
    """Words of float32 numbers, which have their order, NaN the largest, above those of their places; the axis last."""
    numbers = np.moveaxis(x, axis, -1) + np.float32(0)  # of both zeros one
    words = numbers.view(np.int32)
    words ^= (words >> 31) & np.int32(0x7FFFFFFF)  # in the order of the numbers
    np.copyto(words, NAN, where=np.moveaxis(x != x, axis, -1))
    keys = (~words if descending else words).astype(np.int64)
    keys <<= 32
    keys |= np.arange(x.shape[axis])
    return keys


def places(keys, axis):
    """The places in words, the axis where it was."""
    return np.moveaxis(keys & 0x7FFFFFFF, -1, axis)
