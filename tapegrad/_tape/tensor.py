"""The bare Tensor: an array, its shape and dtype, and what it is to tapes. Operators are attached above.

`_node` decides everything: None (a constant) · a Tape (tracked there, at `_slot`; the fast path) · or one of the
nodes of `nodes.py`. Anything but None and the open tape answers `locate`, so leaves, views and foreign tapes
cost the hot path nothing.
"""

from operator import attrgetter

import numpy as np


class Tensor:
    """A multi-dimensional array whose operations are recorded while a tape is open."""

    # `_generation` and `_exposed` exist only on tensors that have views or whose memory NumPy can reach;
    # `_grad` only where a gradient was set.
    __slots__ = ("__weakref__", "_array", "_dtype", "_exposed", "_generation", "_grad", "_node", "_shape", "_slot")

    __hash__ = object.__hash__

    shape = property(attrgetter("_shape"), doc="The sizes of the axes, a tuple of ints.")
    dtype = property(attrgetter("_dtype"), doc="The element type, a `numpy.dtype`.")


new = object.__new__


def plain(array: np.ndarray) -> Tensor:
    """Wrap `array`, without a copy, as a constant."""
    t = new(Tensor)
    t._array = array
    t._shape = array.shape
    t._dtype = array.dtype
    t._node = None
    return t


def wrap(array, slot: int | None, tape) -> Tensor:
    """Wrap a saved array as the Tensor it was: that of `slot` on `tape`, or a constant."""
    t = plain(array)
    if slot is not None:
        t._node = tape
        t._slot = slot
    return t
