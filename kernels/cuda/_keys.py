"""Words of 64 bits in whose order NumPy sorts, so that all that sorts and searches knows one dtype.

The bits of a float are a signed number in the order of the floats, if those of negative ones are flipped; both zeros
get one word, and every NaN the largest. A complex number is three words: whether it has a NaN, its real part and its
imaginary part.
"""

import numpy as np

from ._array import DeviceArray
from ._fuse import compute, run

_LARGEST = (1 << 63) - 1


def keys(x: DeviceArray, descending: bool = False) -> list[DeviceArray]:
    """The words of each element, those that count most first: int64, contiguous, of the shape of `x`.

    Parameters
    ----------
    x : DeviceArray
    descending : bool
        Words in the opposite order, in which NaN comes first.
    """
    kind, dtype = x.dtype.kind, x.dtype
    if kind == "c":
        isnan: DeviceArray = compute(np.isnan, x)
        return [keys(part, descending)[0] for part in (isnan, x.real, x.imag)]
    bits = 8 * dtype.itemsize
    if kind == "f":
        x = x.read_as(np.dtype(f"int{bits}"), x.shape, x.steps, x.offset)
        positive = (1 << bits - 1) - 1
        infinity = {16: 0x7C00, 32: 0x7F800000, 64: 0x7FF0000000000000}[bits]
        text = [
            "word = int64(x0_buffer[x0_at])",
            f"special = (word & int64({positive})) > int64({infinity})",
            f"word = word ^ ((word >> int64(63)) & int64({positive}))",
            "word = word + int64(1) if word < int64(0) else word",
            f"word = int64({_LARGEST}) if special else word",
        ]
    elif dtype == np.uint64:
        x = x.read_as(np.dtype(np.int64), x.shape, x.steps, x.offset)
        text = [f"word = x0_buffer[x0_at] ^ int64({-1 - _LARGEST})"]
    else:
        text = ["word = int64(x0_buffer[x0_at])"]
    if descending:
        text.append("word = ~word")
    y = DeviceArray.empty(x.shape, np.int64)
    run("\n".join([*text, "y0_buffer[y0_at] = word"]), (y,), (x,), (), x.shape)
    return [y]
