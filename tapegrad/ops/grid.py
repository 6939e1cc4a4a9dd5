"""Images read at any points: `grid_sample`, and the grids of affine maps.

At a point between pixels the value is a weighted sum over its neighbours, along each axis two (linear), four (cubic)
or one (nearest). Weights are recorded functions of the point, neighbours are looked up as whole rows of channels.
"""

from functools import reduce
from itertools import product
from math import prod
from operator import mul

import numpy as np

from .. import kernels
from ..kernels._scheme import cubic_weights
from ._registry import public, whole
from .axes import mT, permute
from .indexing import getitem, take_at
from .matmul import matmul
from .rearrange import contiguous
from .region import array_of, constant
from .selection import where
from .shape import _view, reshape, unsqueeze

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Read images at the points of a grid.

        y[n, :, p, q] = input[n, :] at (grid[n, p, q, 1], grid[n, p, q, 0])

    Parameters
    ----------
    input : Tensor or array, (N, C, H, W) or (N, C, D, H, W)
    grid : Tensor or array, (N, P, Q, 2) or (N, O, P, Q, 3)
        Points (x, y) or (x, y, z): -1 and 1 are the edges of the image.
    mode : {"bilinear", "nearest", "bicubic"}
        "bilinear" is trilinear in volumes, for which there is no "bicubic".
    padding_mode : {"zeros", "border", "reflection"}
        What is outside: zeros, the nearest pixel of the edge, or the image mirrored.
    align_corners : bool, optional
        Edges are the centres of the outermost pixels; otherwise (None, False) their outer sides.

    Returns
    -------
    Tensor or array, (N, C, P, Q) or (N, C, O, P, Q)

    Raises
    ------
    ValueError
        For another mode or padding mode.
    RuntimeError
        If shapes or dtypes do not fit.

    Notes
    -----
    The slope in a coordinate is 0 where "border" or "reflection" moves it to the edge. "nearest" has no slope.
    """
    return _sampled("grid_sample", input, grid, mode, padding_mode, bool(align_corners))


@public(method=False)
def grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """`grid_sample` whose modes are numbers: 0 bilinear, 1 nearest, 2 bicubic; 0 zeros, 1 border, 2 reflection."""
    return _sampled("grid_sampler", input, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)


public("grid_sampler_2d", "grid_sampler_3d", method=False)(grid_sampler)


@whole
def _sampled(op: str, x, grid, mode: str, padding: str, align: bool):
    if mode not in _MODES:
        raise ValueError(f"[{op}] `mode` (={mode!r}) must be one of {', '.join(_MODES)}")
    if padding not in _PADDINGS:
        raise ValueError(f"[{op}] `padding_mode` (={padding!r}) must be one of {', '.join(_PADDINGS)}")
    d = len(x.shape) - 2
    if d not in (2, 3) or len(grid.shape) != d + 2 or grid.shape[0] != x.shape[0] or grid.shape[-1] != d:
        raise RuntimeError(
            f"[{op}] `grid` (shape {grid.shape}) must be (N, P, Q, 2) for an `input` (N, C, H, W), or (N, O, P, Q, 3) "
            f"for (N, C, D, H, W), which has shape {x.shape}"
        )
    if x.dtype != grid.dtype:
        raise RuntimeError(f"[{op}] `grid` (dtype {grid.dtype}) must have the dtype of `input` ({x.dtype})")
    if 0 in x.shape[2:]:
        raise RuntimeError(f"[{op}] `input` (shape {x.shape}) must not have empty images")
    if mode == "bicubic" and d == 3:
        raise RuntimeError(f"[{op}] `mode` (='bicubic') must not be used for volumes")
    N, C, *image = x.shape
    points = reshape(grid, (-1, d))
    taps = [_taps(getitem(points, (..., d - 1 - k)), n, mode, padding, align) for k, n in enumerate(image)]
    rows = reshape(permute(x, 0, *range(2, d + 2), 1), (-1, C))  # (N H W, C)
    count = prod(grid.shape[1:-1])
    like = array_of(x)
    first = kernels.repeat(kernels.arange(0, N, 1, np.dtype(np.int64), like=like), count, 0)
    y = 0
    for choice in product(*taps):
        at = first
        for (i, _), n in zip(choice, image, strict=True):
            at = at * n + i
        picked = take_at(rows, constant(x, at), index=(at.shape, ...))
        y = y + picked * unsqueeze(reduce(mul, (weight for _, weight in choice)), 1)
    return contiguous(permute(_view(y, shape=(N, *grid.shape[1:-1], C)), 0, d + 1, *range(1, d + 1)))


def _taps(point, n: int, mode: str, padding: str, align: bool) -> list:
    """The neighbours of each point along an axis of size n: pairs of positions (arrays) and weights."""
    x = (point + 1) * ((n - 1) / 2) if align else ((point + 1) * n - 1) * 0.5
    if mode != "bicubic":
        x = _inside(x, n, padding, align)
    array = array_of(x)
    low = kernels.rint(array) if mode == "nearest" else kernels.floor(array)
    t = x - constant(x, low)
    weights = cubic_weights(t) if mode == "bicubic" else [1 - t, t] if mode == "bilinear" else [t * 0 + 1]
    taps = []
    for k, weight in enumerate(weights, -1 if mode == "bicubic" else 0):
        at = low + k
        if mode == "bicubic":
            at = array_of(_inside(at, n, padding, align))
        exists = kernels.greater_equal(at, 0) & kernels.less(at, n)
        outside = kernels.logical_not(exists) & kernels.equal(at, at)  # what is NaN stays so
        position = kernels.where(exists, at, kernels.zeros((), at.dtype, like=at)).astype(np.int64)
        taps.append((position, where(constant(x, outside), 0, weight)))
    return taps


def _inside(x, n: int, padding: str, align: bool):
    """Coordinates brought into the image, unless what is outside counts as zeros."""
    if padding == "zeros":
        return x
    if padding == "reflection":
        low, span = (0.0, n - 1.0) if align else (-0.5, float(n))
        x = _reflected(x, low, span) if span else x * 0
    inside = (x > 0) & (x < n - 1)
    array = array_of(x)
    edge = kernels.where(array > 0, kernels.full((), n - 1, array.dtype, like=array), 0)
    return where(inside, x, constant(x, edge))


def _reflected(x, low: float, span: float):
    """A coordinate mirrored at `low` and `low + span` as often as it takes."""
    distance = abs(x - low)
    array = array_of(distance)
    flips = kernels.floor(array / span)
    rest = distance - constant(x, flips * span)
    odd = constant(x, kernels.not_equal(kernels.remainder(flips, 2), 0))
    return where(odd, span - rest, rest) + low


def affine_grid(theta, size, align_corners=None):
    """The grid that `grid_sample` needs to read images through an affine map.

        grid[n, p, q] = theta[n] (x[q], y[p], 1)

    Parameters
    ----------
    theta : Tensor or array, (N, 2, 3) or (N, 3, 4), floating
    size : tuple of ints, (N, C, H, W) or (N, C, D, H, W)
        Of the images to be made.
    align_corners : bool, optional
        As for `grid_sample`.

    Returns
    -------
    Tensor or array, (N, H, W, 2) or (N, D, H, W, 3)

    Raises
    ------
    ValueError
        If `theta` is not floating or does not fit `size`, or a size is not positive.
    """
    op, size = "affine_grid", tuple(size)
    if theta.dtype.kind != "f":
        raise ValueError(f"[{op}] `theta` (dtype {theta.dtype}) must be floating")
    d = len(size) - 2
    if d not in (2, 3) or theta.shape != (size[0], d, d + 1):
        raise ValueError(f"[{op}] `theta` (shape {theta.shape}) must be (N, 2, 3) or (N, 3, 4) for `size` {size}")
    if min(size) < 1:
        raise ValueError(f"[{op}] `size` (={size}) must be positive")
    axes = [_edge_to_edge(n, bool(align_corners)) for n in size[2:]]
    mesh = np.meshgrid(*axes, indexing="ij")[::-1]
    points = np.stack([*mesh, np.ones(size[2:])], -1).reshape(-1, d + 1).astype(theta.dtype)
    base = constant(theta, kernels.from_numpy(points, like=array_of(theta)))
    return _view(matmul(base, mT(theta)), shape=(size[0], *size[2:], d))


def _edge_to_edge(n: int, align: bool):
    if n == 1:
        return np.zeros(1)
    return np.linspace(-1, 1, n) * (1 if align else (n - 1) / n)
