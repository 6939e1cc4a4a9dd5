"""Random numbers on the CPU: words are made and used at once, in one pass."""

from functools import cache

import numpy as np

from ..ref import random as _ref
from ..ref.random import *  # noqa: F403 — what is not overridden below

_SMALL = 1 << 9  # numbers that the reference makes as fast; they are the same


def uniform(seed, offset, n, dtype):
    """Words to [0, 1)."""
    dtype = np.dtype(dtype)
    if n < _SMALL or dtype.char == "e":
        return _ref.uniform(seed, offset, n, dtype)
    return _philox().uniform(seed, offset, n, dtype)


def normal(seed, offset, n, dtype):
    """Words to the normal distribution: always compiled, for these numbers are the same but for their last digits."""
    dtype = np.dtype(dtype)
    return _philox().normal(seed, offset, n, np.dtype("f") if dtype.char == "e" else dtype).astype(dtype, copy=False)


def dropout(x, p, seed, offset):
    """Clear elements at random."""
    if x.size < _SMALL or x.dtype.char not in "fd":
        return _ref.dropout(x, p, seed, offset)
    return _philox().dropout(x, p, seed, offset)


@cache
def _philox():
    from . import _numba, _philox

    return _philox if _numba.COMPILED else _ref
