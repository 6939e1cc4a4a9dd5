"""What is found by sorting: NumPy's loops are the fast ones, but where they do more than was asked for."""

import numpy as np

from ..ref import order as _ref
from ..ref.order import *  # noqa: F403 — what is not overridden below
from ._keys import NAN, has_keys, keys, places
from .indexing import argsort

_SHORT = 16  # places: more are found by sorting, whatever the order of the numbers
_FEW = 512  # elements: NumPy's passes cost less than the call


def last_extreme(x, axis, largest):
    """Mark where the running extreme is met."""
    if x.size < _FEW or x.dtype not in (np.float32, np.float64):
        return _ref.last_extreme(x, axis, largest)
    from . import _scan  # loads Numba

    y = _scan.last_extreme(x, axis, _scan.MAXIMUM if largest else _scan.MINIMUM)
    return _ref.last_extreme(x, axis, largest) if y is None else y


def leading(x, axis, k, descending):
    """Keep the best so far, in order."""
    if x.size >= _FEW and 0 < k <= _SHORT and x.dtype in (np.float32, np.float64):
        from ._leading import leading  # loads Numba

        y = leading(x, axis, k, descending)
        if y is not None:
            return y
    return argsort(x, axis, descending)[(*(slice(None),) * axis, slice(k))]


def mode(x, axis):
    """Sort, and count along the runs of equals."""
    if x.size < _FEW or not has_keys(x, axis):
        return _ref.mode(x, axis)
    from ._leading import COMPILED, commonest  # loads Numba

    if not COMPILED:
        return _ref.mode(x, axis)
    words = keys(x, axis)
    words.sort(-1)
    return np.moveaxis(commonest(np.ascontiguousarray(words)), -1, axis)


def middle(x, axis, ignore_nan):
    """Sort, and look into the middle, where no row ends with NaN."""
    if x.size < _FEW or not has_keys(x, axis):
        return _ref.middle(x, axis, ignore_nan)
    words = keys(x, axis)
    words.sort(-1)
    if (words[..., -1] >> 32 == NAN).any():
        return _ref.middle(x, axis, ignore_nan)
    at = (x.shape[axis] - 1) // 2
    return places(words[..., at : at + 1], axis)
