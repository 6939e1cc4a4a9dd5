"""Images read at any points on the device.

A thread owns a point and some of the channels: it finds the point's neighbours once, and reads them in every plane.
Neighbouring threads own neighbouring points. The transpose in the images sorts the neighbours by their places
(`add_at`), so nothing depends on which thread comes first. Where a neighbour is, and what it weighs, is said by a
formula (`_axis`), whose text every kernel begins with.
"""

from itertools import product
from math import prod

import numpy as np

from .._scheme import cubic_slopes, cubic_weights
from ._array import DeviceArray
from ._driver import kernel
from ._functions import NAMES
from ._fuse import compute
from ._trace import Program, Value
from .creation import zeros
from .indexing import add_at
from .pool import packed

__all__ = ["locate", "sample", "sample_grid_grad", "sample_input_grad"]

CHANNELS = 16  # that a thread reads one after the other
_FIRST = {"nearest": (0,), "bilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}  # neighbours, counted from the one before


def locate(point, n, mode, padding, align):
    """Bring points, or with "bicubic" their neighbours, into the image."""
    at = DeviceArray.empty((len(_FIRST[mode]), *point.shape), np.int64)
    t, slope = (DeviceArray.empty(point.shape, point.dtype) for _ in range(2))
    out = (*(at[k] for k in range(at.shape[0])), t, slope)
    compute(_located, point, point.dtype.type(n), mode, padding, align, out=out)
    return at, t, slope


def _located(point, n, mode, padding, align):
    at, t, slope = _axis(point, n, mode, padding, align)
    return (*at, t, slope)


def sample(x, grid, mode, padding, align):
    """Read the neighbours of each point in a fixed order."""
    x, grid = _alike(x, grid)
    y = DeviceArray.empty((*x.shape[:2], *grid.shape[1:-1]), x.dtype)
    if not y.size:
        return y
    (N, C, *image), points = x.shape, prod(grid.shape[1:-1])
    n = N * -(-C // CHANNELS) * points
    reading(mode, padding, align, len(image), x.dtype.name).over(
        n, n, C, points, tuple(image), x.buffer, x.offset, grid.buffer, grid.offset, y.buffer
    )
    return y


def sample_input_grad(g, grid, image, mode, padding, align):
    """Add the shares of all neighbours up."""
    g, grid = _alike(g, grid)
    (N, C), points, many = g.shape[:2], prod(grid.shape[1:-1]), len(_FIRST[mode]) ** len(image)
    row = DeviceArray.empty((N, many, points, 1), np.int64)
    weight = DeviceArray.empty(row.shape, np.float32 if g.dtype == np.float16 else g.dtype)
    if not g.size:
        return zeros((N, C, *image), g.dtype)
    listing(mode, padding, align, len(image), g.dtype.name).over(
        N * points, N * points, points, image, grid.buffer, grid.offset, row.buffer, weight.buffer
    )
    share = compute(_share, g.reshape(N, 1, C, points).transpose(0, 1, 3, 2), row, weight)
    at = compute(_place, row)
    x = add_at((N * prod(image), C), share.reshape(-1, C), (at.reshape(-1),))
    return x.reshape(N, prod(image), C).transpose(0, 2, 1).astype(g.dtype).reshape(N, C, *image)


def sample_grid_grad(g, x, grid, mode, padding, align):
    """Sum over the channels."""
    g, x, grid = _alike(g, x, grid)
    result = DeviceArray.empty(grid.shape, g.dtype)
    (_, C, *image), points = x.shape, prod(grid.shape[1:-1])
    n = prod(grid.shape[:-1])
    pulling(mode, padding, align, len(image), x.dtype.name).over(
        n, n, C, points, tuple(image), x.buffer, x.offset, grid.buffer, grid.offset, g.buffer, g.offset, result.buffer
    )
    return result


def _alike(*arrays):
    """The arrays in C order, of their common dtype."""
    dtype = np.result_type(*(a.dtype for a in arrays))
    return [packed(a.astype(dtype, copy=False)) for a in arrays]


def _share(g, row, weight):
    return np.where(row < 0, 0, g * weight)


def _place(row):
    return np.maximum(row, 0)


# ------------------------------------------------------------------------------------ formulas


def _axis(point, n, mode, padding, align):
    """Where the neighbours along an axis are, -1 for those that count as zeros; `t` and its slope. See `ref.grid`."""
    x, slope = ((point + 1) * ((n - 1) * 0.5), (n - 1) * 0.5) if align else (((point + 1) * n - 1) * 0.5, n * 0.5)
    if mode != "bicubic":
        x, slope = _inside(x, slope, n, padding, align)
    low = np.rint(x) if mode == "nearest" else np.floor(x)
    at = [low + k for k in _FIRST[mode]]
    if mode == "bicubic":
        at = [_inside(a, a, n, padding, align)[0] for a in at]
    at = [np.where(a != a, 0, np.where((a >= 0) & (a < n), a, -1)).astype(np.int64) for a in at]
    return at, x - low, slope


def _inside(x, slope, n, padding, align):
    """Coordinates and their slopes, mirrored or moved to the edge."""
    if padding == "zeros":
        return x, slope
    if padding == "reflection":
        low, span = (0.0, n - 1) if align else (-0.5, n)
        distance = np.abs(x - low)
        flips = np.floor(distance / span)
        rest = distance - flips * span
        odd = flips - 2 * np.floor(flips * 0.5) != 0
        slope = np.where((x < low) != odd, -slope, slope)
        x = np.where(odd, span - rest, rest) + low
    inside = (x > 0) & (x < n - 1)
    return np.where(inside, x, np.where(x > 0, n - 1, 0)), np.where(inside, slope, 0)


def _neighbours(mode, padding, align, d, real):
    """The text that finds place{i} and weight{i} of the neighbours of a point, and its slopes weight{i}_{axis}."""
    program, axes = Program(), []
    for k in range(d):
        point, n = Value(program, f"point{k}", real), Value(program, f"n{k}", real)
        at, t, slope = _axis(point, n, mode, padding, align)
        if mode == "nearest":
            pairs = [(t * 0 + 1, t * 0)]
        elif mode == "bilinear":
            pairs = [(1 - t, -slope), (t, slope)]
        else:
            pairs = [(w, slope * s) for w, s in zip(cubic_weights(t), cubic_slopes(t), strict=True)]
        axes.append([(a, *pair) for a, pair in zip(at, pairs, strict=True)])
    for i, choice in enumerate(product(*axes)):
        places = [at.name for at, _, _ in choice]
        place = places[0]
        for k in range(1, d):
            place = f"({place}) * image[{k}] + {places[k]}"
        exists = " and ".join(f"{p} >= 0" for p in places)
        program.write(f"place{i} = {place} if {exists} else -1")
        program.write(f"weight{i} = {' * '.join(w.name for _, w, _ in choice)}")
        for k in range(d):
            factors = [(s if j == k else w).name for j, (_, w, s) in enumerate(choice)]
            program.write(f"weight{i}_{k} = {' * '.join(factors)}")
    return program.lines, i + 1


# ------------------------------------------------------------------------------------ kernels


def _made(args, per_point, body, mode, padding, align, d, dtype):
    """The kernel of a text for each point; `per_point` says how many threads' numbers a point has."""
    real = "float64" if dtype == "float64" else "float32"
    found, many = _neighbours(mode, padding, align, d, np.dtype(real))
    size = " * ".join(f"image[{k}]" for k in range(d))
    lines = [f"def run({args}):"]
    lines += [f"    n{k} = {real}(image[{k}])" for k in range(d)]
    lines += [f"    size = {size}", "    for k in range(cuda.grid(1), n, cuda.gridsize(1)):", "        p = k % points"]
    lines += [f"        {line}" for line in per_point]
    lines += [
        f"        point{k} = {real}(grid[grid_offset + (sample * points + p) * {d} + {d - 1 - k}])" for k in range(d)
    ]
    lines += [f"        {line}" for line in [*found, *body(many, real)]]
    space = dict(NAMES)
    exec("\n".join(lines), space)
    return space["run"]


@kernel
def reading(mode: str, padding: str, align: bool, d: int, dtype: str):
    """The weighted sums of neighbours: a thread owns a point and `CHANNELS` channels."""

    def body(many, real):
        lines = ["last = first + CHANNELS if first + CHANNELS < C else C", "for c in range(first, last):"]
        lines += ["    base = x_offset + (sample * C + c) * size", f"    total = {real}(0)"]
        for i in range(many):
            lines += [f"    if place{i} >= 0:", f"        total += {real}(x[base + place{i}]) * weight{i}"]
        lines += [f"    y[(sample * C + c) * points + p] = {dtype}(total)"]
        return [line.replace("CHANNELS", str(CHANNELS)) for line in lines]

    parts = f"(C + {CHANNELS - 1}) // {CHANNELS}"
    per_point = [f"first = k // points % ({parts}) * {CHANNELS}", f"sample = k // points // ({parts})"]
    args = "n, C, points, image, x, x_offset, grid, grid_offset, y"
    return _made(args, per_point, body, mode, padding, align, d, dtype)


@kernel
def listing(mode: str, padding: str, align: bool, d: int, dtype: str):
    """The row of each neighbour among those of all images, -1 for none, and its weight."""

    def body(many, real):
        lines = []
        for i in range(many):
            lines += [f"at = (sample * {many} + {i}) * points + p", f"weight[at] = weight{i}"]
            lines += [f"row[at] = sample * size + place{i} if place{i} >= 0 else -1"]
        return lines

    args = "n, points, image, grid, grid_offset, row, weight"
    return _made(args, ["sample = k // points"], body, mode, padding, align, d, dtype)


@kernel
def pulling(mode: str, padding: str, align: bool, d: int, dtype: str):
    """The cotangents of points: a thread owns a point and sums over its channels."""

    def body(many, real):
        lines = [f"sum{i} = {real}(0)" for i in range(many)]
        lines += ["for c in range(C):", "    base = x_offset + (sample * C + c) * size"]
        lines += [f"    share = {real}(g[g_offset + (sample * C + c) * points + p])"]
        for i in range(many):
            lines += [f"    if place{i} >= 0:", f"        sum{i} += share * {real}(x[base + place{i}])"]
        for k in range(d):
            lines += [f"total = {real}(0)"]
            for i in range(many):
                lines += [f"if place{i} >= 0:", f"    total += sum{i} * weight{i}_{k}"]
            lines += [f"result[k * {d} + {d - 1 - k}] = {dtype}(total)"]
        return lines

    args = "n, C, points, image, x, x_offset, grid, grid_offset, g, g_offset, result"
    return _made(args, ["sample = k // points"], body, mode, padding, align, d, dtype)
