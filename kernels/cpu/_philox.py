"""Random numbers from counters, made some hundreds at a time and used while they are in the first-level cache.

One block of Philox4x64-10 is twenty products of 64-bit words, each of four 32-bit ones, of which LLVM makes as many
side by side as there are lanes. A chunk of words starts anywhere in a block; which thread makes it does not show.
"""

import numpy as np

from ..ref.random import factor, threshold
from ._functions import log_unit, sine_cosine
from ._lanes import is_narrow, load, sqrt, stack, store, width
from ._numba import canonical, kernel, pointer, run

_CHUNK = 512  # words
_BUFFER, _HALF = _CHUNK + 4, _CHUNK // 2
_WORK = 10  # multiply-adds that a word is worth, about


def uniform(seed, offset, n, dtype):
    """Words to [0, 1)."""
    y = np.empty(n, dtype)
    run(_uniform, n * _WORK, y.dtype, (y,), (n, *_place(seed, offset)))
    return y


def normal(seed, offset, n, dtype):
    """Pairs of words to normal numbers."""
    y = np.empty(n, dtype)
    run(_normal, n * _WORK, y.dtype, (y,), (n, *_place(seed, offset)))
    return y


def dropout(x, p, seed, offset):
    """Clear elements at random."""
    x = canonical(x)
    y = np.empty(x.shape, x.dtype)
    scale = np.array([factor(p)], x.dtype)
    run(_dropout, x.size * _WORK, x.dtype, (x, y, scale), (x.size, *_place(seed, offset), threshold(p)))
    return y


def _place(seed, offset):
    """The key, the first block's counter, and the word within it, in signed 64-bit numbers."""
    counter = offset // 4 + 1
    halves = [v >> s & (1 << 64) - 1 for v in (seed, counter) for s in (0, 64)]
    return *(h - (h >> 63 << 64) for h in halves), offset % 4


@kernel
def _product(a, high, low):
    """Upper and lower half of the product of a word with one given in halves, of which vectors have 32-bit ones."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    b, c = a & mask, a >> half
    last = b * low
    middle = c * low + (last >> half)
    other = b * high + (middle & mask)
    return c * high + (middle >> half) + (other >> half), (other << half) | (last & mask)


@kernel
def _words(numbers, at, chunk, buffer):
    """Fill the buffer with the blocks that hold a chunk's words; return where its first word is."""
    key0, key1, low, high = numbers[at], numbers[at + 1], np.uint64(numbers[at + 2]), np.uint64(numbers[at + 3])
    first = np.uint64(chunk * (_CHUNK // 4))
    for i in range(_BUFFER // 4):
        a = low + first + np.uint64(i)
        b = high + np.uint64(1) if a < low else high
        c, d = np.uint64(0), np.uint64(0)
        k0, k1 = np.uint64(key0), np.uint64(key1)
        for _ in range(10):
            upper, lower = _product(a, np.uint64(0xD2E7470E), np.uint64(0xE14C6C93))
            high_c, low_c = _product(c, np.uint64(0xCA5A8263), np.uint64(0x95121157))
            a, b, c, d = high_c ^ b ^ k0, low_c, upper ^ d ^ k1, lower
            k0, k1 = k0 + np.uint64(0x9E3779B97F4A7C15), k1 + np.uint64(0xBB67AE8584CAA73B)
        buffer[4 * i], buffer[4 * i + 1], buffer[4 * i + 2], buffer[4 * i + 3] = a, b, c, d
    return numbers[at + 4]


@kernel
def _share(n, t, threads):
    chunks = (n + _CHUNK - 1) // _CHUNK
    return chunks * t // threads, chunks * (t + 1) // threads


def _uniform(memory, numbers, t, threads):
    y, n, words = pointer(memory, numbers[0]), numbers[1], stack(numbers, _BUFFER)
    first, last = _share(n, t, threads)
    for chunk in range(first, last):
        at, lane = chunk * _CHUNK, _words(numbers, 2, chunk, words)
        for i in range(min(_CHUNK, n - at)):
            y[at + i] = _unit(memory, words[lane + i])


@kernel
def _unit(kind, word):
    if is_narrow(kind):
        return np.float32(np.int32(np.uint64(word) >> np.uint64(40))) * np.float32(2.0**-24)
    return np.float64(np.int64(np.uint64(word) >> np.uint64(11))) * 2.0**-53


def _normal(memory, numbers, t, threads):
    y, n, words = pointer(memory, numbers[0]), numbers[1], stack(numbers, _BUFFER)
    u, v = stack(memory, _HALF), stack(memory, _HALF)
    first, last = _share(n, t, threads)
    for chunk in range(first, last):
        at, lane = chunk * _CHUNK, _words(numbers, 2, chunk, words)
        for i in range(_HALF):
            u[i] = _positive_unit(memory, words[lane + 2 * i])
            v[i] = _unit(memory, words[lane + 2 * i + 1])
        for i in range(0, _HALF, width(memory)):
            sine, cosine = sine_cosine(load(v, i, _HALF, 0.0))
            radius = sqrt(log_unit(load(u, i, _HALF, 1.0)) * -2.0)
            store(radius * cosine, u, i, _HALF)
            store(radius * sine, v, i, _HALF)
        for i in range(min(_HALF, (n - at) // 2)):
            y[at + 2 * i], y[at + 2 * i + 1] = u[i], v[i]
        if n - at < _CHUNK and n % 2 == 1:
            y[n - 1] = u[(n - at) // 2]


@kernel
def _positive_unit(kind, word):
    if is_narrow(kind):
        return np.float32(np.int64(np.uint64(word) >> np.uint64(32)) + 1) * np.float32(2.0**-32)
    return np.float64(np.int64(np.uint64(word) >> np.uint64(11)) + 1) * 2.0**-53


def _dropout(memory, numbers, t, threads):
    x, y, scale = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])[0]
    n, limit, words = numbers[3], np.uint64(numbers[9]), stack(numbers, _BUFFER)
    first, last = _share((n + 1) // 2, t, threads)
    for chunk in range(first, last):
        at, lane = chunk * _CHUNK * 2, _words(numbers, 4, chunk, words)
        pairs = min(_CHUNK, (n - at) // 2)
        for i in range(pairs):
            word, j = np.uint64(words[lane + i]), at + 2 * i
            y[j] = x[j] * (scale if word & np.uint64(0xFFFFFFFF) >= limit else scale * 0)
            y[j + 1] = x[j + 1] * (scale if word >> np.uint64(32) >= limit else scale * 0)
        if pairs < _CHUNK and n % 2 == 1:
            word = np.uint64(words[lane + pairs])
            y[n - 1] = x[n - 1] * (scale if word & np.uint64(0xFFFFFFFF) >= limit else scale * 0)
