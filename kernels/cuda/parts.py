"""Complex numbers and their parts on the device: views of the same memory, read as numbers of the other kind."""

import numpy as np

from ..ref.parts import imag, real
from ._array import DeviceArray
from ._fuse import compute

__all__ = ["imag", "join", "pairs", "real", "unpairs"]


def join(re, im):
    """Write both parts, in one kernel."""
    y = DeviceArray.empty(re.shape, np.result_type(re.dtype, np.complex64))
    compute(_both, re, im, out=(y.real, y.imag))
    return y


def _both(re, im):
    return re, im


def pairs(x):
    """Lay the last axis over the halves of each number."""
    return x.halves()


def unpairs(x):
    """Lay numbers over pairs of neighbours, if they are that."""
    dtype = np.result_type(x.dtype, np.complex64)
    if x.steps[-1] != 1 or any(s % 2 for s, n in zip(x.steps[:-1], x.shape[:-1], strict=True) if n > 1) or x.offset % 2:
        return join(x[..., 0], x[..., 1])
    return x.read_as(dtype, x.shape[:-1], [s // 2 for s in x.steps[:-1]], x.offset // 2)
