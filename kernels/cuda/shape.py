"""Views on the device."""

from ._fuse import spread

__all__ = ["broadcast_to"]


def broadcast_to(x, shape):
    """Repeat, as a view."""
    return spread(x, tuple(shape))
