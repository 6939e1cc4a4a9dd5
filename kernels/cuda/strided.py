"""Strides and windows on the device: views; the transposes gather, so that no two threads write to one place."""

from math import prod

import numpy as np

from .._axes import are_apart
from ._array import DeviceArray
from ._columns import add_columns, columns
from ._fuse import assign, run
from ._trace import kernel_type
from .creation import zeros

__all__ = ["add_columns", "add_strided", "add_windows", "as_strided", "columns", "windows"]


def as_strided(x, shape, steps, offset):
    """Lay the shape over the elements in C order."""
    return _over(x.reshape(-1), shape, steps, offset)


def add_strided(shape, g, steps, offset):
    """Find the place of each element; where none comes twice, write there."""
    if are_apart(g.shape, steps):
        x = zeros(shape, g.dtype)
        assign(x.view(g.shape, steps, offset), g)
        return x
    from .indexing import add_at

    places = DeviceArray.empty(g.shape, np.int64)
    run(
        "y0_buffer[y0_at] = int64(x0_at)",
        (places,),
        (DeviceArray(g.buffer, g.shape, g.dtype, steps, offset),),
        (),
        g.shape,
    )
    return add_at((prod(shape),), g, places).reshape(shape)


def windows(x, axis, size, step):
    """Walk along the axis twice: from window to window, and within one."""
    shape, steps = list(x.shape), list(x.steps)
    shape[axis], steps[axis] = (x.shape[axis] - size) // step + 1, x.steps[axis] * step
    return _over(x, (*shape, size), (*steps, x.steps[axis]), 0)


def _over(x, shape, steps, offset):
    y = x.view(shape, steps, offset)
    y.flags.writeable = x.flags.writeable and are_apart(y.shape, y.steps)
    return y


def add_windows(shape, g, axis, step):
    """Add up, for each element, the windows it stands in: position i is the k-th of window (i - k) / step."""
    y = DeviceArray.empty(shape, g.dtype)
    along = tuple(int(a == axis) for a in range(len(shape)))
    position = DeviceArray(y.buffer, shape, y.dtype, along)  # its offsets are the positions i
    source = g.view(shape, [0 if a == axis else s for a, s in enumerate(g.steps[:-1])])
    kind = kernel_type(g.dtype)
    zero = "False" if g.dtype.kind == "b" else f"{kind}(0)"
    text = [
        f"total = {zero}",
        "at = int64(x1_at)",
        "for j in range(at % p0, p1, p0):",
        "    w = (at - j) // p0",
        "    if w >= 0 and w < p2:",
        f"        total += {kind}(x0_buffer[uint64(int64(x0_at) + w * p3 + j * p4)])",
        f"y0_buffer[y0_at] = {'float16(total)' if g.dtype == np.float16 else 'total'}",
    ]
    numbers = [np.int64(v) for v in (step, g.shape[-1], g.shape[axis], g.steps[axis], g.steps[-1])]
    run("\n".join(text), (y,), (source, position), numbers, tuple(shape))
    return y
