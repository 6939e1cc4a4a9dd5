"""From images to the numbers that a model wants."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._creation import finish
from ..._tape import Tensor
from .image import is_pil, opened


class ToTensor:
    """Make a Tensor (C, H, W) of a PIL image, or of an array (H, W) or (H, W, C).

    Bytes become float32 in [0, 1]; images of other dtypes keep their values. A Tensor comes back as it is: the datasets
    of `tapegrad.data` serve such ones already.

    Raises
    ------
    TypeError
        If it is no image.
    ValueError
        If an array has another number of axes.
    """

    def __call__(self, pic) -> Tensor:
        """The image as a Tensor."""
        if isinstance(pic, Tensor):
            return pic
        if not is_pil(pic) and not isinstance(pic, np.ndarray):
            raise TypeError(f"[ToTensor] `pic` (a {type(pic).__name__}) must be a PIL image, an array or a Tensor")
        array = np.array(pic)
        if array.ndim not in (2, 3):
            raise ValueError(f"[ToTensor] `pic` (of shape {array.shape}) must be (H, W) or (H, W, C)")
        array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
        if array.dtype == np.uint8:
            array = array.astype(np.float32) / np.float32(255)
        elif array.dtype == bool:
            array = array.astype(np.float32)
        return finish(np.ascontiguousarray(array))

    def __repr__(self):
        return "ToTensor()"


class Normalize:
    """Move every channel to mean 0 and standard deviation 1, if it had those given.

        y[…, c, h, w] = (x[…, c, h, w] - mean[c]) / std[c]

    Parameters
    ----------
    mean, std : sequence of float, (C,) or (1,)
    inplace : bool, default False
        Write the result into the Tensor or array that was given.

    Raises
    ------
    TypeError
        If an image is not of a floating dtype: `ToTensor` comes first.
    ValueError
        If a `std` is 0, or their number does not fit the channels.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False):
        self.mean, self.std, self.inplace = mean, std, bool(inplace)
        self._mean, self._std = (np.asarray(values, np.float64).reshape(-1, 1, 1) for values in (mean, std))
        if not (np.isfinite(self._mean).all() and np.isfinite(self._std).all() and self._std.all()):
            raise ValueError(f"[Normalize] `std` (={std}) must not be 0, and `mean` (={mean}) and it must be finite")

    def __call__(self, tensor) -> Any:
        """The image, normalised."""
        if not isinstance(tensor, (Tensor, np.ndarray)) and is_pil(tensor):
            raise TypeError("[Normalize] `tensor` (a PIL image) must be a Tensor or an array: `ToTensor` comes first")
        x, back = opened("Normalize", tensor)
        if x.dtype.kind != "f":
            raise TypeError(f"[Normalize] `tensor` (of dtype {x.dtype}) must be floating: `ToTensor` comes first")
        if x.ndim < 3 or any(len(values) not in (1, x.shape[-3]) for values in (self._mean, self._std)):
            counts = f"{len(self._mean)} means and {len(self._std)} standard deviations"
            raise ValueError(f"[Normalize] `tensor` (of shape {x.shape}) must have the axes (…, C, H, W), for {counts}")
        y = x - self._mean.astype(x.dtype)
        y /= self._std.astype(x.dtype)
        if not self.inplace:
            return back(y)
        tensor[...] = back(y)
        return tensor

    def __repr__(self):
        return f"Normalize(mean={self.mean}, std={self.std})"
