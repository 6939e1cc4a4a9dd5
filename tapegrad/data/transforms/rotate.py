"""Turned images."""

from collections.abc import Sequence
from math import ceil, cos, floor, radians, sin, trunc

import numpy as np

from ..._random import Generator
from ...ops.grid import grid_sample
from .._arguments import real
from .image import RandomTransform, floating, in_dtype
from .resize import InterpolationMode, mode_of

GRAIN = 1e-4  # of a pixel: less does not make an image larger


class RandomRotation(RandomTransform):
    """Turn an image counter-clockwise by a random angle.

    Parameters
    ----------
    degrees : float or (float, float)
        The angle lies between them; one number is for -degrees … degrees.
    interpolation : {"nearest", "bilinear"}, default "nearest"
    expand : bool, default False
        Make the result so large that the whole image is in it.
    center : (float, float), optional
        What stays where it is, as x and y of pixels from the upper left corner (default: the middle).
    fill : float or sequence of float, (C,), default 0
        What lies outside.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If an argument is wrong.

    Notes
    -----
    At the edges "bilinear" mixes the image and `fill` once, where torchvision darkens the image before it mixes.
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: str = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: float | Sequence[float] = 0,
        generator: Generator | None = None,
    ):
        super().__init__(generator)
        self.degrees = angles(degrees)
        self.interpolation = mode_of("RandomRotation", interpolation, ("nearest", "bilinear"))
        self.expand, self.fill = bool(expand), fill
        if center is not None and len(center) != 2:
            raise ValueError(f"[RandomRotation] `center` (={center}) must be x and y")
        self.center = center

    def apply(self, image):
        low, high = self.degrees
        return rotated(image, low + (high - low) * self.uniform(1)[0], self)

    def extra_repr(self):
        settings = f"interpolation={self.interpolation}, expand={self.expand}, fill={self.fill}"
        return f"degrees={list(self.degrees)}, {settings}"


def angles(degrees) -> tuple[float, float]:
    """The least and the greatest."""
    if not isinstance(degrees, (tuple, list)):
        most = real("RandomRotation", "degrees", degrees, 0, 1e6)
        return -most, most
    if len(degrees) != 2 or degrees[0] > degrees[1]:
        raise ValueError(f"[RandomRotation] `degrees` (={degrees}) must be one number, or two in ascending order")
    low, high = (real("RandomRotation", "degrees", angle, -1e6, 1e6) for angle in degrees)
    return low, high


def rotated(image: np.ndarray, angle: float, how: RandomRotation) -> np.ndarray:
    """The image, turned by `angle` degrees: pixel (x, y) of the result is read at M · (x, y, 1), from the middle."""
    h, w = image.shape[-2:]
    if angle % 90 == 0 and how.center is None and (how.expand or h == w):  # pixels fall on pixels
        return np.rot90(image, int(angle // 90), (-2, -1))
    x0, y0 = (0.0, 0.0) if how.center is None else (how.center[0] - w / 2, how.center[1] - h / 2)
    c, s = cos(radians(angle)), sin(radians(angle))
    matrix = np.array([[c, -s, x0 - c * x0 + s * y0], [s, c, y0 - s * x0 - c * y0]])
    rows, columns = _whole(matrix, h, w) if how.expand else (h, w)
    x, y = (np.arange(n) - (n - 1) / 2 for n in (columns, rows))
    matrix /= [[w / 2], [h / 2]]
    pixels = floating(image).reshape(-1, h, w)
    grid = np.empty((1, rows, columns, 2), pixels.dtype)
    for axis, (of_x, of_y, shift) in enumerate(matrix):
        grid[0, ..., axis] = np.add.outer(of_y * y + shift, of_x * x)
    inside = np.ones((1, h, w), pixels.dtype)
    sampled = np.asarray(
        grid_sample(np.concatenate([pixels, inside])[None], grid, str(how.interpolation), "zeros", False)
    )
    result, share = sampled[0, :-1].reshape(*image.shape[:-2], rows, columns), sampled[0, -1]
    fill = np.asarray(how.fill, pixels.dtype).reshape(-1, 1, 1)
    if len(fill) not in (1, *image.shape[-3:-2]):
        raise ValueError(f"[RandomRotation] `fill` (={how.fill}) must be one number or one for each channel")
    if fill.any():
        result = result + (1 - share) * (fill if image.ndim > 2 else fill[0])
    return in_dtype(result, image.dtype)


def _whole(matrix: np.ndarray, h: int, w: int) -> tuple[int, int]:
    """Height and width of what has the whole image in it."""
    corners = np.array([[x, y, 1] for x in (-w / 2, w / 2) for y in (-h / 2, h / 2)]) @ matrix.T + (w / 2, h / 2)
    width, height = (
        ceil(trunc(high / GRAIN) * GRAIN) - floor(trunc(low / GRAIN) * GRAIN)
        for low, high in zip(corners.min(0), corners.max(0), strict=True)
    )
    return height, width
