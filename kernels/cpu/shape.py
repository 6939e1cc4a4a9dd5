"""Shape on the CPU: NumPy's own loops are the fast ones, without the detours of some of its functions."""

from functools import lru_cache

import numpy as np

from ..ref import shape as ref
from ..ref.shape import *  # noqa: F403 — what is not overridden below
from .elementwise import where

_KEPT = 1 << 14  # elements: a matrix whose triangle is remembered, an array that is rolled axis by axis


def broadcast_to(x, shape):
    """Repeat, as a read-only view: strides 0 written down, twice as fast on small arrays."""
    if not x.flags.c_contiguous:
        return ref.broadcast_to(x, shape)
    steps = zip(x.strides, x.shape, shape[len(shape) - x.ndim :], strict=True)
    strides = (0,) * (len(shape) - x.ndim) + tuple([stride if n == m else 0 for stride, n, m in steps])
    y = np.ndarray(shape, x.dtype, x, 0, strides)
    y.flags.writeable = False
    return y


def roll(x, shifts, axes):
    """Shift cyclically: along an axis its two parts change places."""
    if (x.size > _KEPT and len(axes) > 1) or not axes:
        return ref.roll(x, shifts, axes)
    for shift, axis in zip(shifts, axes, strict=True):
        n = x.shape[axis]
        cut, along = -shift % n if n else 0, (slice(None),) * axis
        x = np.concatenate((x[(*along, slice(cut, None))], x[(*along, slice(cut))]), axis)
    return x


def tril(x, diagonal):
    """Lower triangle."""
    rows, columns = x.shape[-2:]
    if rows * columns > _KEPT:
        return ref.tril(x, diagonal)
    return where(_below(rows, columns, diagonal), x, np.zeros((), x.dtype))


def triu(x, diagonal):
    """Upper triangle."""
    rows, columns = x.shape[-2:]
    if rows * columns > _KEPT:
        return ref.triu(x, diagonal)
    return where(_below(rows, columns, diagonal - 1), np.zeros((), x.dtype), x)


@lru_cache(32)
def _below(rows, columns, diagonal):
    mask = np.tri(rows, columns, diagonal, bool)
    mask.flags.writeable = False
    return mask
