"""What a transform may be given, as an array, and back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._creation import finish
from ..._random import Generator, generator_of
from ..._tape import Tensor
from ..stream import uniform

MODES = ("L", "LA", "RGB", "RGBA")  # of PIL images: bytes, whose channels mean what they say


class ImageTransform:
    """A function of images: a subclass defines ``apply``, on an array (…, C, H, W)."""

    def __call__(self, img):
        """The image, changed; of the kind that was given."""
        array, back = opened(type(self).__name__, img)
        return back(self.apply(array))

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The changed image; `image` itself stays as it is."""
        raise NotImplementedError

    def __repr__(self):
        return f"{type(self).__name__}({self.extra_repr()})"

    def extra_repr(self) -> str:
        """The arguments."""
        return ""


class RandomTransform(ImageTransform):
    """A transform that draws what it does for each image."""

    def __init__(self, generator: Generator | None):
        generator_of(generator)
        self.generator = generator

    def uniform(self, n: int) -> list[float]:
        """`n` numbers in [0, 1)."""
        return uniform(self.generator, n)

    def integers(self, *counts: int) -> list[int]:
        """For each of `counts`, one of 0 … count-1."""
        return [int(u * n) for u, n in zip(self.uniform(len(counts)), counts, strict=True)]


def is_pil(img) -> bool:
    """Whether this is an image of Pillow, which is not imported for the question."""
    return any(cls.__module__.startswith("PIL.") for cls in type(img).__mro__)


def opened(op: str, img) -> tuple[np.ndarray, Callable[[np.ndarray], Any]]:
    """The image as an array (…, C, H, W), and what makes such an array an image of the same kind.

    Raises
    ------
    TypeError
        If it is no image, or requires gradients.
    ValueError
        If it has less than two axes, or is a PIL image in a mode whose bytes are no colours.
    """
    if not isinstance(img, (Tensor, np.ndarray)) and is_pil(img):
        if img.mode not in MODES:
            modes = ", ".join(MODES)
            raise ValueError(f"[{op}] `img` (a PIL image of mode {img.mode}) must be one of {modes}: `.convert` it")
        array = np.asarray(img)
        return (array[None] if array.ndim == 2 else array.transpose(2, 0, 1)), _to_pil
    if isinstance(img, Tensor):
        if img.requires_grad:
            raise TypeError(f"[{op}] `img` must not require gradients: transforms are not recorded. `.detach()` it")
    elif not isinstance(img, np.ndarray):
        raise TypeError(f"[{op}] `img` (a {type(img).__name__}) must be a Tensor, an array or a PIL image")
    if img.ndim < 2:
        raise ValueError(f"[{op}] `img` (of shape {img.shape}) must have the axes (…, C, H, W)")
    return (img._array, finish) if isinstance(img, Tensor) else (img, np.asarray)


def _to_pil(array: np.ndarray):
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0)))


def in_dtype(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`values` in the dtype of an image: integers are rounded, and stay in range."""
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = np.clip(np.rint(values), info.min, info.max)
    return values.astype(dtype, copy=False)


def floating(image: np.ndarray) -> np.ndarray:
    """The image in a dtype to calculate in."""
    return image if image.dtype in (np.float32, np.float64) else image.astype(np.float32)
