"""Cut-outs of a given size."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._random import Generator
from .._arguments import count
from .image import ImageTransform, RandomTransform

PADDINGS = ("constant", "edge", "reflect", "symmetric")


class CenterCrop(ImageTransform):
    """Cut out the middle; what lies outside a smaller image is 0.

    Parameters
    ----------
    size : int or (int, int)
        Height and width.
    """

    def __init__(self, size: int | Sequence[int]):
        self.size = pair("CenterCrop", size)

    def apply(self, image):
        h, w = self.size
        image = padded(image, _missing(image.shape, (h, w)), "constant", 0)
        top, left = round((image.shape[-2] - h) / 2), round((image.shape[-1] - w) / 2)  # 0.5 goes to the even one
        return image[..., top : top + h, left : left + w]

    def extra_repr(self):
        return f"size={self.size}"


class RandomCrop(RandomTransform):
    """Cut out a random place.

    Parameters
    ----------
    size : int or (int, int)
        Height and width.
    padding : int, (left and right, top and bottom) or (left, top, right, bottom), optional
        Pixels to add before.
    pad_if_needed : bool, default False
        Add to images that are smaller than `size` even then.
    fill : float, default 0
        What "constant" padding consists of.
    padding_mode : {"constant", "edge", "reflect", "symmetric"}
        "edge" repeats the last pixel, "reflect" mirrors at it, "symmetric" after it.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If a size is wrong; at a call, if the image is smaller than `size`.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
        generator: Generator | None = None,
    ):
        super().__init__(generator)
        self.size, self.pad_if_needed, self.fill = pair("RandomCrop", size), bool(pad_if_needed), fill
        if padding_mode not in PADDINGS:
            raise ValueError(f"[RandomCrop] `padding_mode` (={padding_mode!r}) must be one of {PADDINGS}")
        self.padding, self.padding_mode = padding, padding_mode
        self._padding = None if padding is None else _edges("RandomCrop", padding)

    def apply(self, image):
        h, w = self.size
        if self._padding is not None:
            image = padded(image, self._padding, self.padding_mode, self.fill)
        if self.pad_if_needed:  # on both sides, as much as is missing
            down, right = max(0, h - image.shape[-2]), max(0, w - image.shape[-1])
            image = padded(image, (right, down, right, down), self.padding_mode, self.fill)
        rows, columns = image.shape[-2] - h, image.shape[-1] - w
        if rows < 0 or columns < 0:
            have = image.shape[-2:]
            raise ValueError(f"[RandomCrop] `size` (={self.size}) must not exceed the image's, {have}; or pad it")
        top, left = self.integers(rows + 1, columns + 1) if rows or columns else (0, 0)
        return image[..., top : top + h, left : left + w]

    def extra_repr(self):
        return f"size={self.size}, padding={self.padding}"


def pair(op: str, size) -> tuple[int, int]:
    """Height and width."""
    sizes = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if len(sizes) not in (1, 2):
        raise ValueError(f"[{op}] `size` (={size}) must be one or two ints")
    height, width = (count(op, "size", n, 1) for n in (sizes * 2)[:2])
    return height, width


def _edges(op: str, padding) -> tuple[int, int, int, int]:
    """Left, top, right and bottom."""
    numbers = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,)
    if len(numbers) not in (1, 2, 4):
        raise ValueError(f"[{op}] `padding` (={padding}) must be one, two or four ints")
    left, top, right, bottom = (count(op, "padding", n, 0) for n in (numbers * 4)[:4])
    return left, top, right, bottom


def _missing(shape: tuple, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """What a smaller image lacks on the left, top, right and bottom."""
    down, right = (max(0, wanted - n) for wanted, n in zip(size, shape[-2:], strict=True))
    return right // 2, down // 2, (right + 1) // 2, (down + 1) // 2


def padded(image: np.ndarray, edges: tuple[int, int, int, int], mode: str, fill: float) -> np.ndarray:
    """The image with pixels added on the left, top, right and bottom."""
    left, top, right, bottom = edges
    if not any(edges):
        return image
    if mode == "constant":  # np.pad takes ten times as long
        *leading, h, w = image.shape
        wide = np.full((*leading, top + h + bottom, left + w + right), fill, image.dtype)
        wide[..., top : top + h, left : left + w] = image
        return wide
    how: Any = {"mode": mode}
    return np.pad(image, [(0, 0)] * (image.ndim - 2) + [(top, bottom), (left, right)], **how)
