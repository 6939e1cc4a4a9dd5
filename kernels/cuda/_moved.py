"""Elements that come from elsewhere in the same array, each axis by a rule of its own, in one kernel.

Position i along an axis reads position s of the input, which has n there, by a rule with a number a:

    shift          s = i - a; what is not there is filled
    reflect        s = i - a, mirrored at the first and the last element
    replicate      s = i - a, held at the first and the last
    circular       s = (i - a) mod n, of -n ≤ i - a < 2n
    tile           s = i mod n
    repeat         s = ⌊i / a⌋
    lower, upper   s = i; rows of a triangle: what is right of (left of) the diagonal a is filled
"""

import numpy as np

from ._array import DeviceArray
from ._driver import cuda, kernel
from ._functions import NAMES

_RULES = {
    "shift": ["s = i - by[{a}]", "inside = inside and s >= 0 and s < n[{a}]"],
    "reflect": ["s = abs(i - by[{a}])", "s = 2 * n[{a}] - 2 - s if s >= n[{a}] else s"],
    "replicate": ["s = i - by[{a}] if i > by[{a}] else 0", "s = n[{a}] - 1 if s >= n[{a}] else s"],
    "circular": ["s = i - by[{a}]", "s = s + n[{a}] if s < 0 else s - n[{a}] if s >= n[{a}] else s"],
    "tile": ["s = int64(here % {number}(n[{a}]))"],
    "repeat": ["s = int64(here // {number}(by[{a}]))"],
    "lower": ["s = i", "inside = column - i <= by[{a}]"],
    "upper": ["s = i", "inside = column - i >= by[{a}]"],
}


@kernel
def moving(half: bool, short: bool, *rules: str):
    """The kernel of one rule for each axis.

    Parameters
    ----------
    half : bool
        It is for float16, which is filled in float32.
    short : bool
        Quotients are of 32 bits, which cost a fifth of those of 64.
    *rules : str
    """
    number = "uint32" if short else "int64"
    lines = ["def run(count, shape, by, n, fill, y, x, offset, steps):"]
    lines += ["    for k in range(cuda.grid(1), count, cuda.gridsize(1)):"]
    body = [f"rest = {number}(k)", "at = offset", "inside = True"]
    for axis in reversed(range(len(rules))):
        if axis:
            body += [f"length = {number}(shape[{axis}])", "here = rest % length", f"rest = {number}(rest // length)"]
        else:
            body += ["here = rest"]
        body += ["i = int64(here)", *(line.format(a=axis, number=number) for line in _RULES[rules[axis]])]
        body += [f"at += s * steps[{axis}]"]
        body += ["column = i"] if axis == len(rules) - 1 else []
    body += ["if inside:", "    y[k] = x[at]", "else:", f"    y[k] = {'float16(fill)' if half else 'fill'}"]
    space = {**NAMES, "cuda": cuda}
    exec("\n".join([*lines, *(" " * 8 + line for line in body)]), space)
    return space["run"]


def moved(x: DeviceArray, shape, rules, by, fill=0) -> DeviceArray:
    """A new array of a shape, by a rule and a number for each axis of `x`."""
    y = DeviceArray.empty(shape, x.dtype)
    half = x.dtype == np.float16
    filling = np.full((), fill, x.dtype).astype(np.float32 if half else x.dtype)[()]
    if y.size:
        sizes = (y.shape, tuple(by), x.shape)
        moving(half, y.size < 1 << 31, *rules).over(
            y.size, y.size, *sizes, filling, y.buffer, x.buffer, x.offset, x.steps
        )
    return y
