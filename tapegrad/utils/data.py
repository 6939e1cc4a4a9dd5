"""`tapegrad.data` by PyTorch's name: ``from tapegrad.utils.data import DataLoader``."""

from ..data import *  # noqa: F403 — all of it
from ..data import __all__ as __all__
