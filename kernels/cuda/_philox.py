"""Philox4x64-10 in a kernel: a thread makes the four words of one counter, and uses them at once.

The product of two words is one instruction for its lower and one for its upper half. Pairs of words for normal numbers
that begin in the middle of two (an odd offset) reach into the next counter: then a thread makes that one, too.
"""

import math

import numpy as np

from ._driver import SIMULATED, cuda, kernel
from ._functions import NAMES

_FIRST, _SECOND = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_GOLDEN, _ROOT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)

if SIMULATED:

    def upper(a, b):
        """The upper half of a product of words."""
        return np.uint64(int(a) * int(b) >> 64)

    def _half_turn(f, dtype):
        return lambda x: dtype(f(math.pi * float(x)))

    _HALF_TURNS = {"sinpi32": _half_turn(math.sin, np.float32), "cospi32": _half_turn(math.cos, np.float32)}
    _HALF_TURNS |= {"sinpi64": _half_turn(math.sin, np.float64), "cospi64": _half_turn(math.cos, np.float64)}
else:
    from numba.cuda import libdevice

    def upper(a, b):
        """The upper half of a product of words."""
        return np.uint64(libdevice.umul64hi(np.int64(a), np.int64(b)))

    _HALF_TURNS = {"sinpi32": libdevice.sinpif, "cospi32": libdevice.cospif}
    _HALF_TURNS |= {"sinpi64": libdevice.sinpi, "cospi64": libdevice.cospi}

upper = cuda.jit(device=True)(upper)


@cuda.jit(device=True)
def block(t, low, high, k0, k1):
    """The words of the counter t behind (low, high)."""
    a = low + np.uint64(t)
    b = high + np.uint64(1) if a < low else high
    c = d = np.uint64(0)
    for _ in range(10):
        upper_a, lower_a, upper_c, lower_c = upper(a, _FIRST), a * _FIRST, upper(c, _SECOND), c * _SECOND
        a, b, c, d = upper_c ^ b ^ k0, lower_c, upper_a ^ d ^ k1, lower_a
        k0, k1 = k0 + _GOLDEN, k1 + _ROOT
    return a, b, c, d


def place(seed: int, offset: int) -> tuple:
    """The first counter and the key, in halves, and the word of that counter at which to begin."""
    counter = offset // 4 + 1
    return tuple(np.uint64(v >> s & (1 << 64) - 1) for v in (counter, seed) for s in (0, 64)), offset % 4


def blocks(lane: int, words: int) -> int:
    """How many counters hold so many words, from a word of the first on."""
    return -(-(lane + words) // 4)


_UNIT = {  # a word to [0, 1)
    "float16": "float32(int32(w >> uint64(53))) * float32(2.0**-11)",
    "float32": "float32(int32(w >> uint64(40))) * float32(2.0**-24)",
    "float64": "float64(int64(w >> uint64(11))) * float64(2.0**-53)",
}
_POSITIVE = {  # a word to (0, 1]
    "float32": "float32(int64(w >> uint64(32)) + 1) * float32(2.0**-32)",
    "float64": "float64(int64(w >> uint64(11)) + 1) * float64(2.0**-53)",
}


@kernel
def words(dtype: str):
    """Words, or uniform numbers of a dtype, one for each."""
    value = {"uint64": "w", "float16": f"float16({_UNIT['float16']})"}.get(dtype) or _UNIT[dtype]
    lines = ["def run(count, n, lane, low, high, k0, k1, y):"]
    lines += [
        "    for t in range(cuda.grid(1), count, cuda.gridsize(1)):",
        "        four = block(t, low, high, k0, k1)",
    ]
    for j in range(4):
        lines += [f"        i, w = 4 * t + {j} - lane, four[{j}]", "        if i >= 0 and i < n:"]
        lines += [f"            y[i] = {value}"]
    return _made(lines)


@kernel
def normal(dtype: str, odd: bool):
    """Normal numbers, two for each pair of words."""
    wide = "float64" if dtype == "float64" else "float32"
    bits, rounded = wide[-2:], "float16({})" if dtype == "float16" else "{}"
    lines = ["def run(count, n, lane, low, high, k0, k1, y):"]
    lines += [
        "    for t in range(cuda.grid(1), count, cuda.gridsize(1)):",
        "        four = block(t, low, high, k0, k1)",
    ]
    if odd:
        lines += ["        after = block(t + 1, low, high, k0, k1)"]
    pairs = [(1, "four[1]", "four[2]"), (3, "four[3]", "after[0]")] if odd else [
        (0, "four[0]", "four[1]"), (2, "four[2]", "four[3]"),
    ]  # fmt: skip
    for first, u, v in pairs:
        lines += [f"        i, w = 4 * t + {first} - lane, {u}", "        if i >= 0 and i < n:"]
        body = [f"radius = sqrt{bits}({wide}(-2) * log{bits}({_POSITIVE[wide]}))", f"w = {v}"]
        body += [f"turn = {wide}(2) * ({_UNIT[wide]})", f"y[i] = {rounded.format(f'radius * cospi{bits}(turn)')}"]
        body += ["if i + 1 < n:", f"    y[i + 1] = {rounded.format(f'radius * sinpi{bits}(turn)')}"]
        lines += ["            " + line for line in body]
    return _made(lines)


@kernel
def dropping(dtype: str, ndim: int):
    """Clear elements at random: a half of a word for each."""
    kind = "float32" if dtype == "float16" else dtype
    lines = ["def run(count, n, lane, low, high, k0, k1, limit, scale, shape, y, x, offset, steps):"]
    lines += [
        "    for t in range(cuda.grid(1), count, cuda.gridsize(1)):",
        "        four = block(t, low, high, k0, k1)",
    ]
    for j in range(4):
        lines += [
            f"        w, first = four[{j}], 2 * (4 * t + {j} - lane)",
            "        for k in range(first, first + 2):",
        ]
        body = ["rest, at = k, offset"]
        for axis in reversed(range(ndim)):
            last = axis == 0
            body += [f"at += {'rest' if last else f'rest % shape[{axis}]'} * steps[{axis}]"]
            body += [] if last else [f"rest //= shape[{axis}]"]
        value = f"{kind}(x[at]) * (scale if (w & _LOWER) >= limit else {kind}(0))"
        body += [f"y[k] = {f'float16({value})' if dtype == 'float16' else value}"]
        lines += ["            if k >= 0 and k < n:", *("                " + line for line in body)]
        lines += ["            w = w >> _HALF"]
    return _made(lines)


@kernel
def spreading():
    """Words to integers: the upper half of a product."""

    def run(n, low, span, y, x, offset, step):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            w = x[offset + k * step]
            y[k] = np.int64(low + (upper(w, span) if span != np.uint64(0) else w))

    return run


def _made(lines):
    ours = {"block": block, "cuda": cuda, "_HALF": _HALF, "_LOWER": _LOWER, **_HALF_TURNS}
    space = {**NAMES, **ours}
    exec("\n".join(lines), space)
    return space["run"]
