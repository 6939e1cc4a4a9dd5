"""`tapegrad.cuda`: what programs ask before they use a GPU, under PyTorch's names."""

from . import kernels
from ._random import manual_seed

__all__ = ["current_device", "device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]

manual_seed_all = manual_seed  # one generator serves all devices


def is_available() -> bool:
    """Whether tensors can be moved to ``cuda``: numba-cuda is installed and finds a device."""
    return kernels.cuda_is_available()


def device_count() -> int:
    """How many devices are used: one at most."""
    return int(is_available())


def current_device() -> int:
    """The number of the device in use: 0."""
    return 0


def empty_cache() -> None:
    """Do nothing: memory goes back as soon as no tensor holds it."""
