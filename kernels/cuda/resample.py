"""Weighted sums along an axis on the device: a thread owns an element of the result, and adds its terms in their order.

Neighbouring threads own neighbours behind the axis, or along it if nothing is behind: what they read lies together.
"""

from functools import lru_cache
from math import prod

import numpy as np

from .._scheme import table
from ._array import DeviceArray
from ._driver import cuda, kernel
from ._functions import NAMES
from ._streams import current_device
from .creation import from_numpy
from .pool import packed

__all__ = ["resample"]


def resample(x, axis, scheme, transposed):
    """Weigh and add up; float16 in float32."""
    x = packed(x)
    y = DeviceArray.empty((*x.shape[:axis], scheme.n if transposed else scheme.out, *x.shape[axis + 1 :]), x.dtype)
    element = {"?": "uint8", "e": "float32"}.get(x.dtype.char, x.dtype.name)
    start, at, weight = _terms(scheme, transposed, np.dtype(element).type(0).real.dtype, current_device())
    weighing(element, x.dtype.name if x.dtype.kind != "b" else "boolean").over(
        y.size, y.size, x.shape[axis], y.shape[axis], prod(x.shape[axis + 1 :]),
        start.buffer, at.buffer, weight.buffer, x.buffer, x.offset, y.buffer,
    )  # fmt: skip
    return y


@lru_cache(64)
def _terms(scheme, transposed, dtype, device):
    start, at, weight = table(scheme, transposed)
    if scheme.kind.startswith("nearest"):  # integers have no other
        weight = np.ones_like(weight)
    return tuple(map(from_numpy, (start, at, weight.astype(dtype))))


@kernel
def weighing(dtype: str, stored: str):
    """The weighted sums of terms that are given row by row."""
    element, store = NAMES[dtype], NAMES[stored]

    def run(n, length, out, inner, start, at, weight, x, x_offset, y):
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            row, j = k // inner, k % inner
            i, above = row % out, x_offset + row // out * length * inner + j
            total = element(0)
            for t in range(start[i], start[i + 1]):
                total += element(x[above + at[t] * inner]) * weight[t]
            y[k] = store(total)

    return run
