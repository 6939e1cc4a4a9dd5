"""Random numbers from counters, in NumPy."""

import math

import numpy as np

__all__ = ["dropout", "integers", "normal", "permutation", "philox", "uniform"]

_MANTISSA = {np.dtype(np.float16): 11, np.dtype(np.float32): 24, np.dtype(np.float64): 53}


def philox(seed, offset, n):
    """Words of a seed's stream."""
    block, lane = divmod(offset, 4)
    return np.random.Philox(key=seed, counter=block).random_raw(lane + n)[lane:]


def uniform(seed, offset, n, dtype):
    """Words to [0, 1)."""
    return unit(philox(seed, offset, n), dtype)


def normal(seed, offset, n, dtype):
    """Words to the normal distribution."""
    return box_muller(philox(seed, offset, n + n % 2), dtype)[:n]


def dropout(x, p, seed, offset):
    """Clear elements at random."""
    halves = philox(seed, offset, (x.size + 1) // 2).astype("<u8", copy=False).view("<u4")[: x.size].reshape(x.shape)
    return x * np.where(halves >= threshold(p), x.dtype.type(factor(p)), x.dtype.type(0))


def threshold(p):
    """The smallest half of a word that is kept."""
    return math.ceil(p * 2.0**32)


def factor(p):
    """What the kept ones are multiplied with."""
    return 1 / (1 - p) if p < 1 else 0


def unit(words, dtype):
    """Words to [0, 1)."""
    dtype = np.dtype(dtype)
    bits = _MANTISSA[dtype]
    return (words >> np.uint64(64 - bits)).astype(dtype) * dtype.type(0.5**bits)


def box_muller(words, dtype):
    """Pairs of words to normal numbers; u keeps 32 bits in float32, for the tails reach as far as u is small."""
    wide = np.dtype(np.float32 if dtype == np.float16 else dtype)
    bits = 32 if wide == np.float32 else 53
    u = ((words[::2] >> np.uint64(64 - bits)) + np.uint64(1)).astype(wide) * wide.type(0.5**bits)
    radius, angle = np.sqrt(-2 * np.log(u.astype(np.float64))), 2 * np.pi * unit(words[1::2], wide).astype(np.float64)
    y = np.empty(words.shape, dtype)
    y[::2], y[1::2] = radius * np.cos(angle), radius * np.sin(angle)
    return y


def integers(words, low, high):
    """Words to integers: the high half of a 128-bit product, from 32-bit limbs."""
    span = high - low
    if span == 1 << 64:
        return words.view(np.int64) ^ np.int64(-(1 << 63))
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    a, b, c, d = words >> half, words & mask, np.uint64(span >> 32), np.uint64(span & 0xFFFFFFFF)
    middle = a * d + (b * d >> half)
    middle_low = (middle & mask) + b * c
    product = a * c + (middle >> half) + (middle_low >> half)
    return (product + np.uint64(low % (1 << 64))).view(np.int64)


def permutation(words):
    """Order by words."""
    return np.argsort(words, kind="stable")
