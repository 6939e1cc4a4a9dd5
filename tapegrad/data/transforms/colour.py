"""Colours, changed at random."""

from collections.abc import Sequence

import numpy as np

from ..._random import Generator
from .._arguments import real
from .image import RandomTransform, floating

GREY = (0.2989, 0.587, 0.114)  # how bright red, green and blue are


class ColorJitter(RandomTransform):
    """Change brightness, contrast, saturation and hue, in random order and by random factors.

    Parameters
    ----------
    brightness, contrast, saturation : float or (float, float), default 0
        The factor lies between them; one number is for max(0, 1 - number) … 1 + number. 0 is black, grey, without
        colour; 1 changes nothing.
    hue : float or (float, float), default 0
        Part of a turn of the circle of colours, in -0.5 … 0.5; one number is for -hue … hue.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If a factor is negative, a hue beyond half a turn, or an image has neither one channel nor three.

    Notes
    -----
    Grey images (C = 1) have brightness and contrast alone. Floating images lie in [0, 1].
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        hue: float | Sequence[float] = 0,
        generator: Generator | None = None,
    ):
        super().__init__(generator)
        self.brightness = _range("brightness", brightness, 1, 0, 1e6)
        self.contrast = _range("contrast", contrast, 1, 0, 1e6)
        self.saturation = _range("saturation", saturation, 1, 0, 1e6)
        self.hue = _range("hue", hue, 0, -0.5, 0.5)

    def apply(self, image):
        if image.ndim < 3 or image.shape[-3] not in (1, 3):
            raise ValueError(f"[ColorJitter] `img` (of shape {image.shape}) must have 1 or 3 channels, (…, C, H, W)")
        ranges = (self.brightness, self.contrast, self.saturation, self.hue)
        draws = self.uniform(8)
        for k in np.argsort(draws[4:], kind="stable"):
            span = ranges[k]
            if span is not None:
                low, high = span
                image = ADJUST[k](image, low + (high - low) * draws[k])
        return image

    def extra_repr(self):
        names = ("brightness", "contrast", "saturation", "hue")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


def _range(name: str, value, center: float, low: float, high: float) -> tuple[float, float] | None:
    """The least and the greatest; None where nothing changes."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2 or value[0] > value[1]:
            raise ValueError(f"[ColorJitter] `{name}` (={value}) must be one number, or two in ascending order")
        span = real("ColorJitter", name, value[0], low, high), real("ColorJitter", name, value[1], low, high)
    else:
        width = real("ColorJitter", name, value, 0, high)
        span = max(center - width, low), center + width
    return None if span == (center, center) else span


def adjust_brightness(image: np.ndarray, factor: float) -> np.ndarray:
    """Mix with black."""
    return _mixed(image, np.zeros((), image.dtype), factor)


def adjust_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Mix with the mean grey."""
    grey = _grey(image) if image.shape[-3] == 3 else image
    return _mixed(image, floating(grey).mean((-3, -2, -1), keepdims=True), factor)


def adjust_saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Mix with the grey image."""
    return image if image.shape[-3] == 1 else _mixed(image, _grey(image), factor)


def adjust_hue(image: np.ndarray, turn: float) -> np.ndarray:
    """Turn the circle of colours."""
    if image.shape[-3] == 1:
        return image
    bytes_ = image.dtype.kind in "iu"
    x = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max) if bytes_ else floating(image)
    red, green, blue = np.moveaxis(x, -3, 0)
    value, least = x.max(-3), x.min(-3)
    chroma = value - least
    some = np.where(chroma == 0, 1, chroma)  # grey has no hue, and gets 0
    hue = np.select(
        [value == red, value == green], [(green - blue) / some, 2 + (blue - red) / some], 4 + (red - green) / some
    )
    sixths = (hue / 6 + turn) % 1 * 6
    # a channel falls from `value` to `least` as its own colour is left behind by more than a sixth of the circle
    away = [(n + sixths) % 6 for n in (5, 3, 1)]
    turned = np.stack([value - chroma * np.clip(np.minimum(k, 4 - k), 0, 1) for k in away], -3)
    if bytes_:
        turned = turned * (np.iinfo(image.dtype).max + 1 - 1e-3)
    return turned.astype(image.dtype)


def _mixed(image: np.ndarray, other: np.ndarray, factor: float) -> np.ndarray:
    most = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 1
    x = floating(image)
    mixed = x * x.dtype.type(factor) + other.astype(x.dtype) * x.dtype.type(1 - factor)
    return np.clip(mixed, 0, most).astype(image.dtype)


def _grey(image: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(floating(image), -3, 0)
    return (GREY[0] * red + GREY[1] * green + GREY[2] * blue)[..., None, :, :].astype(image.dtype)


ADJUST = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)
