"""Weighted sums along an axis in NumPy: all terms are written down, and added up row by row."""

import numpy as np

from .._scheme import table

__all__ = ["resample"]


def resample(x, axis, scheme, transposed):
    """Weigh and add up; float16 in float32."""
    start, at, weight = table(scheme, transposed)
    wide = np.float32 if x.dtype == np.float16 else x.dtype
    terms = np.take(x, at, axis).astype(wide, copy=False)
    if scheme.kind.startswith("nearest"):  # integers have no other
        weight = np.ones_like(weight)
    terms = terms * weight.astype(terms.real.dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    y = np.zeros((*x.shape[:axis], len(start) - 1, *x.shape[axis + 1 :]), wide)
    filled = np.flatnonzero(np.diff(start))
    if y.size and len(filled):
        y[(*(slice(None),) * axis, filled)] = np.add.reduceat(terms, start[filled], axis)
    return y.astype(x.dtype, copy=False)
