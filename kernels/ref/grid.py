"""Images read at any points in NumPy: neighbour by neighbour, whole rows of channels."""

from functools import reduce
from itertools import product
from math import prod
from operator import mul

import numpy as np

from .._scheme import cubic_slopes, cubic_weights
from .indexing import add_at

__all__ = ["locate", "sample", "sample_grid_grad", "sample_input_grad"]


def locate(point, n, mode, padding, align):
    """Bring points, or with "bicubic" their neighbours, into the image."""
    if align:
        x, slope = (point + 1) * ((n - 1) / 2), np.full_like(point, (n - 1) / 2)
    else:
        x, slope = ((point + 1) * n - 1) * 0.5, np.full_like(point, n / 2)
    if mode != "bicubic":
        x, slope = _inside(x, slope, n, padding, align)
    low = np.rint(x) if mode == "nearest" else np.floor(x)
    at = low + np.array({"nearest": [0], "bilinear": [0, 1], "bicubic": [-1, 0, 1, 2]}[mode], x.dtype).reshape(
        (-1,) + (1,) * x.ndim
    )
    if mode == "bicubic":
        at, _ = _inside(at, at, n, padding, align)
    at = np.where(at != at, 0, np.where((at >= 0) & (at < n), at, -1))  # what is NaN stays so: its weights are
    return at.astype(np.int64), x - low, slope


def _inside(x, slope, n, padding, align):
    """Coordinates and their slopes; as they are where what is outside counts as zeros."""
    if padding == "zeros":
        return x, slope
    if padding == "reflection":
        low, span = (0.0, n - 1.0) if align else (-0.5, float(n))
        if span:
            distance = abs(x - low)
            flips = np.floor(distance / span)
            rest = distance - flips * span
            odd, slope = np.remainder(flips, 2) != 0, np.where(x < low, -slope, slope)
            x, slope = np.where(odd, span - rest, rest) + low, np.where(odd, -slope, slope)
        else:
            x = x * 0
    inside = (x > 0) & (x < n - 1)
    return np.where(inside, x, np.where(x > 0, n - 1, 0)).astype(x.dtype), np.where(inside, slope, 0)


def sample(x, grid, mode, padding, align):
    """Read the first neighbours of all points, then the second ones."""
    y = 0
    for at, exists, parts in _neighbours(grid, x.shape[2:], mode, padding, align):
        y = y + _read(x, at, exists) * reduce(mul, [weight for weight, _ in parts])[..., None]
    return _images(y, grid)


def sample_input_grad(g, grid, image, mode, padding, align):
    """Add shares up, in the same order."""
    N, C = g.shape[:2]
    rows = np.moveaxis(g, 1, -1).reshape(N, -1, C)
    x = np.zeros((N * prod(image), C), g.dtype)
    for at, exists, parts in _neighbours(grid, image, mode, padding, align):
        share = np.where(exists[..., None], rows * reduce(mul, [weight for weight, _ in parts])[..., None], 0)
        x = x + add_at(x.shape, share, (at,))
    return np.moveaxis(x.reshape(N, *image, C), -1, 1).astype(g.dtype)


def sample_grid_grad(g, x, grid, mode, padding, align):
    """Sum over the channels."""
    N, C = g.shape[:2]
    rows = np.moveaxis(g, 1, -1).reshape(N, -1, C)
    result = np.zeros((*rows.shape[:2], grid.shape[-1]), g.dtype)
    for at, exists, parts in _neighbours(grid, x.shape[2:], mode, padding, align):
        total = (rows * _read(x, at, exists)).sum(-1)
        for k in range(len(parts)):
            weights = [pair[1 if i == k else 0] for i, pair in enumerate(parts)]
            result[..., len(parts) - 1 - k] += total * reduce(mul, weights)
    return result.reshape(grid.shape)


def _neighbours(grid, image, mode, padding, align):
    """Yield, for one neighbour of all points (N, P) after the other: its row, whether it is one, weights and slopes."""
    N, d = len(grid), len(image)
    points, axes = grid.reshape(N, -1, d), []
    for k, n in enumerate(image):
        at, t, slope = locate(points[..., d - 1 - k], n, mode, padding, align)
        if mode == "nearest":
            pairs = [(t * 0 + 1, t * 0)]
        elif mode == "bilinear":
            pairs = [(1 - t, -slope), (t, slope)]
        else:
            pairs = [(weight, slope * s) for weight, s in zip(cubic_weights(t), cubic_slopes(t), strict=True)]
        axes.append([(a, np.where(a < 0, 0, pair)) for a, pair in zip(at, pairs, strict=True)])
    for choice in product(*axes):
        row, exists = np.arange(N)[:, None], True
        for (at, _), n in zip(choice, image, strict=True):
            row, exists = row * n + np.maximum(at, 0), exists & (at >= 0)
        yield row, exists, [pair for _, pair in choice]


def _read(x, at, exists):
    rows = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
    return np.where(exists[..., None], rows[at], 0)


def _images(y, grid):
    N, _, C = y.shape
    return np.ascontiguousarray(np.moveaxis(y.reshape(N, *grid.shape[1:-1], C), -1, 1))
