"""Windows that slide over an image: the geometry shared by convolution and pooling.

Output position (p, q) and tap (r, s) read the input at

    h = p·u + r·d - top,    w = q·v + s·e - left
"""

from operator import index
from typing import NamedTuple


class Window(NamedTuple):
    """One sliding window, checked: pairs are (along H, along W)."""

    size: tuple[int, int]  # R, S
    stride: tuple[int, int]  # u, v
    pads: tuple[tuple[int, int], tuple[int, int]]  # (top, bottom), (left, right)
    dilation: tuple[int, int]  # d, e
    image: tuple[int, int]  # H, W
    out: tuple[int, int]  # P, Q


def pair(op, name, value, least):
    """Return an int, or two, as a pair of ints.

    Raises
    ------
    TypeError
        If `value` is neither.
    ValueError
        If one is below `least`.
    """
    try:
        both = tuple(index(v) for v in value) if isinstance(value, (tuple, list)) else (index(value),) * 2
    except TypeError:
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be an int or a pair of ints") from None
    if len(both) == 1:
        both *= 2
    if len(both) != 2:
        raise ValueError(f"[{op}] `{name}` (={value!r}) must be an int or a pair of ints")
    if min(both) < least:
        raise ValueError(f"[{op}] `{name}` (={value!r}) must be at least {least}")
    return both


def extent(n, dilation):
    """Return the length that `n` taps cover."""
    return (n - 1) * dilation + 1


def fit(op, image, size, stride, pads, dilation):
    """Return the window with its output size ⌊(H + top + bottom - extent) / u⌋ + 1.

    Raises
    ------
    RuntimeError
        If the window does not fit into the padded image.
    """
    out = []
    for n, k, u, (before, after), d in zip(image, size, stride, pads, dilation, strict=True):
        room = n + before + after - extent(k, d)
        if room < 0:
            padded = tuple(m + a + b for m, (a, b) in zip(image, pads, strict=True))
            raise RuntimeError(
                f"[{op}] kernel (size {size}, dilation {dilation}) must not be larger than the padded input {padded}"
            )
        out.append(room // u + 1)
    return Window(size, stride, pads, dilation, image, tuple(out))
