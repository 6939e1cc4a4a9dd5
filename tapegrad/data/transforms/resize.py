"""Images of another size."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from ...ops.resize import interpolate
from .._arguments import count
from .image import ImageTransform, floating, in_dtype


class InterpolationMode(StrEnum):
    """What lies between pixels; the strings themselves will do."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


class Resize(ImageTransform):
    """Resize an image.

    Parameters
    ----------
    size : int or (int, int)
        Height and width; one number is for the smaller of the two, and the other keeps the proportion.
    interpolation : {"nearest", "nearest-exact", "bilinear", "bicubic"}, default "bilinear"
    max_size : int, optional
        Of the greater of the two, where `size` is one number: it is then made smaller if need be.
    antialias : bool, default True
        Where an image shrinks, average over all pixels that one of the result covers.

    Raises
    ------
    ValueError
        If an argument is wrong.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: str = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool = True,
    ):
        sizes = tuple(size) if isinstance(size, (tuple, list)) else (size,)
        if len(sizes) not in (1, 2):
            raise ValueError(f"[Resize] `size` (={size}) must be one or two ints")
        self._sizes = [count("Resize", "size", n, 1) for n in sizes]
        self.size, self.max_size, self.antialias = size, max_size, bool(antialias)
        self.interpolation = mode_of("Resize", interpolation)
        if max_size is not None and (len(sizes) == 2 or count("Resize", "max_size", max_size, 1) <= self._sizes[0]):
            raise ValueError(f"[Resize] `max_size` (={max_size}) must be greater than `size` (={size}), one number")

    def apply(self, image):
        size = self._new_size(*image.shape[-2:])
        if size == image.shape[-2:]:
            return image
        smooth = self.interpolation in ("bilinear", "bicubic")
        x = floating(image).reshape(1, -1, *image.shape[-2:])
        y = interpolate(x, size, mode=str(self.interpolation), antialias=self.antialias and smooth)
        return in_dtype(np.asarray(y).reshape(*image.shape[:-2], *size), image.dtype)

    def _new_size(self, h: int, w: int) -> tuple[int, int]:
        if len(self._sizes) == 2:
            return self._sizes[0], self._sizes[1]
        (short,) = self._sizes
        long = int(short * max(h, w) / min(h, w))
        if self.max_size is not None and long > self.max_size:
            short, long = int(self.max_size * short / long), self.max_size
        return (short, long) if h <= w else (long, short)

    def extra_repr(self):
        settings = f"interpolation={self.interpolation}, max_size={self.max_size}, antialias={self.antialias}"
        return f"size={self.size}, {settings}"


def mode_of(op: str, interpolation, among=tuple(InterpolationMode)) -> InterpolationMode:
    """The mode of that name."""
    if interpolation not in among:
        names = ", ".join(repr(str(mode)) for mode in among)
        raise ValueError(f"[{op}] `interpolation` (={interpolation!r}) must be one of {names}")
    return InterpolationMode(interpolation)
