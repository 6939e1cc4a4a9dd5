"""Transforms of transforms, and of functions."""

from collections.abc import Callable, Sequence
from typing import Any


class Compose:
    """Apply transforms one after the other.

    Parameters
    ----------
    transforms : sequence of functions

    Raises
    ------
    TypeError
        If one of them is no function.
    """

    def __init__(self, transforms: Sequence[Callable]):
        self.transforms = list(transforms)
        for transform in self.transforms:
            if not callable(transform):
                raise TypeError(f"[Compose] `transforms` (with {transform!r}) must be functions")

    def __call__(self, img) -> Any:
        """The image, after all of them."""
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return "\n    ".join(["Compose(", *map(repr, self.transforms)]) + "\n)"


class Lambda:
    """Apply a function.

    Parameters
    ----------
    lambd : function of an image

    Raises
    ------
    TypeError
        If it is no function.
    """

    def __init__(self, lambd: Callable):
        if not callable(lambd):
            raise TypeError(f"[Lambda] `lambd` (={lambd!r}) must be a function")
        self.lambd = lambd

    def __call__(self, img) -> Any:
        """What the function returns."""
        return self.lambd(img)

    def __repr__(self):
        return "Lambda()"
