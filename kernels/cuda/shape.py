"""Rearranging on the device: views where NumPy has views, else one kernel that reads each element where it is."""

from math import prod

import numpy as np

from ._array import DeviceArray
from ._driver import cuda, kernel
from ._functions import NAMES
from ._fuse import assign, spread
from ._moved import moved
from ._trace import kernel_type
from .creation import zeros

__all__ = [
    "broadcast_to", "concatenate", "diagonal", "flip", "from_diagonal", "pad", "repeat", "roll", "stack", "tile",
    "tril", "triu", "unpad",
]  # fmt: skip


def broadcast_to(x, shape):
    """Repeat, as a read-only view."""
    y = spread(x, tuple(shape))
    y.flags.writeable = False
    return y


def concatenate(arrays, axis):
    """Join along an axis: each array is copied to its place."""
    first = arrays[0]
    shape = list(first.shape)
    shape[axis] = sum(a.shape[axis] for a in arrays)
    y = DeviceArray.empty(shape, np.result_type(*(a.dtype for a in arrays)))
    start = 0
    for a in arrays:
        if a.size:
            assign(y.view(a.shape, y.steps, start * y.steps[axis]), a)
        start += a.shape[axis]
    return y


def stack(arrays, axis):
    """Join along a new axis."""
    shape = arrays[0].shape
    wide = (*shape[:axis], 1, *shape[axis:])
    return concatenate([a.view(wide, (*a.steps[:axis], 0, *a.steps[axis:])) for a in arrays], axis)


def pad(x, widths, mode, value):
    """Extend at the edges; a negative width crops."""
    shape = [n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)]
    if not shape:
        return x.copy()
    rule = "shift" if mode == "constant" else mode
    rules = [rule if pair != (0, 0) else "shift" for pair in widths]
    return moved(x, shape, rules, [before for before, _ in widths], value)


def unpad(g, widths, mode):
    """Fold the edges back, the last axis first."""
    for axis, (before, after) in reversed([*enumerate(widths)]):
        if before or after:
            n = g.shape[axis] - before - after
            source = g if g.is_contiguous else g.copy()
            y = DeviceArray.empty((*g.shape[:axis], n, *g.shape[axis + 1 :]), g.dtype)
            inner = prod(g.shape[axis + 1 :])
            run = folding(mode, kernel_type(g.dtype), g.dtype == np.float16)
            run.over(y.size, y.size, n, inner, before, after, y.buffer, source.buffer, source.offset)
            g = y
    return g


@kernel
def folding(mode: str, kind: str, half: bool):
    """Add to each element what was made of it: so many places of the padded axis from `start` on, on either side."""
    sides = {  # (start, count)
        "replicate": (("0", "before if i == 0 else 0"), ("before + n", "after if i == n - 1 else 0")),
        "circular": (
            ("before + i - n", "1 if before + i >= n else 0"),
            ("before + n + i", "1 if i < after else 0"),
        ),
        "reflect": (
            ("before - i", "1 if 0 < i and i <= before else 0"),
            ("before + 2 * n - 2 - i", "1 if n - 2 - after < i and i < n - 1 else 0"),
        ),
    }[mode]
    space = {**NAMES, "cuda": cuda}
    lines = ["def run(size, n, inner, before, after, y, g, offset):"]
    lines += ["    for k in range(cuda.grid(1), size, cuda.gridsize(1)):"]
    lines += ["        column, i = k % inner, k // inner % n"]
    lines += ["        base = offset + k // inner // n * (n + before + after) * inner + column"]
    lines += [f"        total = {kind}(g[base + (before + i) * inner])"]
    for start, count in sides:
        lines += [f"        start, count = {start}, {count}", "        for j in range(start, start + count):"]
        lines += [f"            total += {kind}(g[base + j * inner])"]
    lines += [f"        y[k] = {'float16(total)' if half else 'total'}"]
    exec("\n".join(lines), space)
    return space["run"]


def flip(x, axes):
    """Reverse, as a view."""
    start = sum((x.shape[a] - 1) * x.steps[a] for a in axes) if x.size else 0
    return x.view(x.shape, [-s if a in axes else s for a, s in enumerate(x.steps)], start)


def roll(x, shifts, axes):
    """Shift cyclically."""
    by = [0] * x.ndim
    for shift, axis in zip(shifts, axes, strict=True):
        by[axis] += shift
    if not x.size:
        return x.copy()
    by = [b % n for b, n in zip(by, x.shape, strict=True)]
    return moved(x, x.shape, ["circular" if b else "shift" for b in by], by)


def tril(x, diagonal):
    """Lower triangle."""
    return moved(x, x.shape, ["shift"] * (x.ndim - 2) + ["lower", "shift"], [0] * (x.ndim - 2) + [diagonal, 0])


def triu(x, diagonal):
    """Upper triangle."""
    return moved(x, x.shape, ["shift"] * (x.ndim - 2) + ["upper", "shift"], [0] * (x.ndim - 2) + [diagonal, 0])


def diagonal(x, offset, axis1, axis2):
    """Diagonal, as a view."""
    rows, columns = x.shape[axis1] + min(offset, 0), x.shape[axis2] - max(offset, 0)
    n = max(min(rows, columns), 0)
    start = (max(-offset, 0) * x.steps[axis1] + max(offset, 0) * x.steps[axis2]) if n else 0
    rest = [a for a in range(x.ndim) if a not in (axis1, axis2)]
    steps = [*(x.steps[a] for a in rest), x.steps[axis1] + x.steps[axis2]]
    return x.view([*(x.shape[a] for a in rest), n], steps, start)


def from_diagonal(y, shape, offset, axis1, axis2):
    """Zeros with this diagonal."""
    x = zeros(shape, y.dtype)
    assign(diagonal(x, offset, axis1, axis2), y)
    return x


def repeat(x, repeats, axis):
    """Repeat elements; repeats of their own are counts, and their running sum says whose turn it is."""
    counts = repeats if isinstance(repeats, DeviceArray) else np.asarray(repeats)
    if counts.size == 1:
        times = int(counts.item())
        if times < 0:
            raise ValueError("repeats may not contain negative values.")
        shape = [n * times if a == axis else n for a, n in enumerate(x.shape)]
        rules = ["repeat" if a == axis else "shift" for a in range(x.ndim)]
        return moved(x, shape, rules, [times if a == axis else 0 for a in range(x.ndim)])
    if counts.shape != (x.shape[axis],):
        raise ValueError(f"operands could not be broadcast together with shape {(x.shape[axis],)} {counts.shape}")
    if isinstance(counts, DeviceArray):
        counts = counts.to_host()  # the shape of the result depends on them
    places = DeviceArray.from_host(np.repeat(np.arange(x.shape[axis]), counts))
    return x[(*(slice(None),) * axis, places)]


def tile(x, repeats):
    """Repeat the whole."""
    lead = len(repeats) - x.ndim
    repeats = (1,) * -lead + tuple(repeats)
    x = x.view((1,) * lead + x.shape, (0,) * lead + x.steps)
    shape = [n * r for n, r in zip(x.shape, repeats, strict=True)]
    return moved(x, shape, ["tile" if r > 1 else "shift" for r in repeats], [0] * x.ndim) if shape else x.copy()
