"""Mirrored images."""

from ..._random import Generator
from .._arguments import real
from .image import RandomTransform


class _RandomFlip(RandomTransform):
    axis: int

    def __init__(self, p: float = 0.5, generator: Generator | None = None):
        super().__init__(generator)
        self.p = real(type(self).__name__, "p", p, 0, 1)

    def apply(self, image):
        if self.uniform(1)[0] >= self.p:
            return image
        return image[..., ::-1] if self.axis == -1 else image[..., ::-1, :]

    def extra_repr(self):
        return f"p={self.p}"


class RandomHorizontalFlip(_RandomFlip):
    """Exchange left and right, with probability `p`.

    Parameters
    ----------
    p : float, default 0.5
    generator : Generator, optional
    """

    axis = -1


class RandomVerticalFlip(_RandomFlip):
    """Exchange top and bottom, with probability `p`.

    Parameters
    ----------
    p : float, default 0.5
    generator : Generator, optional
    """

    axis = -2
