"""What is found by sorting: NumPy's loops are the fast ones, but where they go over the numbers again and again."""

import numpy as np

from ..ref import order as _ref
from ..ref.order import *  # noqa: F403 — what is not overridden below

_FEW = 512  # elements: NumPy's passes cost less than the call


def last_extreme(x, axis, largest):
    """Mark where the running extreme is met."""
    if x.size < _FEW or x.dtype not in (np.float32, np.float64):
        return _ref.last_extreme(x, axis, largest)
    from . import _scan  # loads Numba

    y = _scan.last_extreme(x, axis, _scan.MAXIMUM if largest else _scan.MINIMUM)
    return _ref.last_extreme(x, axis, largest) if y is None else y
