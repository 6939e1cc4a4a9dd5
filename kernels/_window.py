"""Windows that slide over an image: the geometry shared by convolution and pooling.

Output position (p, q) and tap (r, s) read the input at

    h = p·u + r·d - top,    w = q·v + s·e - left
"""

from operator import index
from typing import NamedTuple


class Window(NamedTuple):
    """One sliding window, checked: a number for each axis, two of an image (along H, along W), three of a volume."""

    size: tuple[int, ...]  # R, S
    stride: tuple[int, ...]  # u, v
    pads: tuple[tuple[int, int], ...]  # (top, bottom), (left, right)
    dilation: tuple[int, ...]  # d, e
    image: tuple[int, ...]  # H, W
    out: tuple[int, ...]  # P, Q


def along(op, name, value, least, rank=2):
    """Return an int, or one for each axis, as a tuple of ints.

    Raises
    ------
    TypeError
        If `value` is neither.
    ValueError
        If one is below `least`.
    """
    several = "a pair of ints" if rank == 2 else f"{rank} ints"
    try:
        numbers = tuple(index(v) for v in value) if isinstance(value, (tuple, list)) else (index(value),) * rank
    except TypeError:
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be an int or {several}") from None
    if len(numbers) == 1:
        numbers *= rank
    if len(numbers) != rank:
        raise ValueError(f"[{op}] `{name}` (={value!r}) must be an int or {several}")
    if min(numbers) < least:
        raise ValueError(f"[{op}] `{name}` (={value!r}) must be at least {least}")
    return numbers


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


def volumes(window):
    """Return the window of images as one of volumes one frame deep."""
    if len(window.size) == 3:
        return window
    one, none = (1,), ((0, 0),)
    size, stride, pads, dilation, image, out = window
    return Window(one + size, one + stride, none + pads, one + dilation, one + image, one + out)
