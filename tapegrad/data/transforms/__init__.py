"""Transforms of images, named as in `torchvision.transforms`.

An image is a Tensor or an array with the axes (…, C, H, W), or a PIL image; a transform returns what it was given. In
a `DataLoader` random transforms draw from the stream of the batch, so any number of workers gives the same batches.

>>> transforms = tg.data.transforms
>>> prepare = transforms.Compose([transforms.RandomCrop(28, padding=2), transforms.Normalize((0.5,), (0.5,))])
>>> digits = tg.data.Digits(transform=transforms.Compose([transforms.Resize(28), prepare]))
>>> digits[0][0].shape
(1, 28, 28)
"""

from ...ops.rearrange import one_hot
from .colour import ColorJitter
from .compose import Compose, Lambda
from .crop import CenterCrop, RandomCrop
from .flip import RandomHorizontalFlip, RandomVerticalFlip
from .normalize import Normalize, ToTensor
from .resize import InterpolationMode, Resize
from .rotate import RandomRotation

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToTensor",
    "one_hot",
]
