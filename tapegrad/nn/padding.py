"""Layers that put a border around rows, images and volumes; a negative width takes one off."""

from typing import ClassVar

from ..ops.rearrange import pad
from ._sizes import sizes
from .module import Module


class _Pad(Module):
    """A border around the last `n` axes.

    Parameters
    ----------
    padding : int or tuple of ints
        One width for all sides, or two for each axis, last axis first: left, right, top, bottom, front, back.
    """

    n: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding):
        super().__init__()
        self.padding = sizes(type(self).__name__, "padding", padding, 2 * self.n)

    def forward(self, input):
        op, least = type(self).__name__, self.n + 1
        if len(input.shape) not in (least, least + 1):
            raise ValueError(f"[{op}] `input` (shape {input.shape}) must have {least} or {least + 1} dimensions")
        return pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_Pad):
    """A border of one value around the last axis.

    Parameters
    ----------
    padding : int or (int, int)
        One width for both sides, or two: left, right.
    value : float
    """

    n, mode = 1, "constant"

    def __init__(self, padding, value: float):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(ConstantPad1d):
    """A border of one value around images; `padding` is one width, or left, right, top, bottom."""

    n = 2


class ConstantPad3d(ConstantPad1d):
    """A border of one value around volumes; `padding` is one width, or left, right, top, bottom, front, back."""

    n = 3


class _ZeroPad(ConstantPad1d):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """A border of zeros around the last axis; `padding` is one width, or left, right."""

    n = 1


class ZeroPad2d(_ZeroPad):
    """A border of zeros around images; `padding` is one width, or left, right, top, bottom."""

    n = 2


class ZeroPad3d(_ZeroPad):
    """A border of zeros around volumes; `padding` is one width, or left, right, top, bottom, front, back."""

    n = 3


class ReflectionPad1d(_Pad):
    """A border that mirrors rows (N, C, L) or (C, L) at their ends, which are not repeated: c b | a b c | b a."""

    n, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """A border that mirrors images at their edges, which are not repeated; see `ReflectionPad1d`, `ZeroPad2d`."""

    n, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """A border that mirrors volumes at their faces, which are not repeated; see `ReflectionPad1d`, `ZeroPad3d`."""

    n, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """A border that repeats the ends of rows (N, C, L) or (C, L): a a | a b c | c c."""

    n, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """A border that repeats the edges of images; see `ReplicationPad1d`, `ZeroPad2d`."""

    n, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """A border that repeats the faces of volumes; see `ReplicationPad1d`, `ZeroPad3d`."""

    n, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """A border that goes round, of rows (N, C, L) or (C, L): b c | a b c | a b."""

    n, mode = 1, "circular"


class CircularPad2d(_Pad):
    """A border that goes round, of images; see `CircularPad1d`, `ZeroPad2d`."""

    n, mode = 2, "circular"


class CircularPad3d(_Pad):
    """A border that goes round, of volumes; see `CircularPad1d`, `ZeroPad3d`."""

    n, mode = 3, "circular"
