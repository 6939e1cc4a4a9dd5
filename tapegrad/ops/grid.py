"""Images read at any points: `grid_sample`, and the grids of affine maps.

At a point between pixels the value is a weighted sum over its neighbours, the weights being functions of the point:

    sample    y[p] = Σ_k w_k(grid[p]) x[at_k]        its transpose in x: `spread`
    pull      Σ_c g[p] Σ_k w_k'(grid[p]) x[at_k]     the cotangent of the points

A plain sweep pulls in one pass of a kernel. A recorded sweep, and forward mode, take neighbours one by one, in recorded
operations, so that derivatives of any order follow.
"""

from functools import reduce
from itertools import product
from math import prod
from operator import add, mul

import numpy as np

from .. import kernels
from .._tape import Tensor, declare
from ..kernels._scheme import cubic_slopes, cubic_weights
from ..kernels.grid import MODES, PADDINGS
from ._registry import public, whole
from .axes import mT, permute
from .indexing import add_at, getitem, take_at
from .join import stack
from .matmul import matmul
from .reduce import sum_over
from .region import array_of, constant, zeros
from .selection import where
from .shape import _view, reshape, unsqueeze

_sample = declare(
    "grid_sampler",
    lambda x, grid, *, how: kernels.sample(x, grid, *how),
    [
        lambda g, grid, x_shape, how: _spread(g, grid, image=x_shape[2:], how=how),
        lambda g, x, grid, how: _pull(g, x, grid, how),
    ],
    [lambda t, grid, how: _sample(t, grid, how=how), lambda t, x, grid, how: _turn(t, x, grid, how)],
)

_spread = declare(
    "grid_sampler_backward",
    lambda v, grid, *, image, how: kernels.sample_input_grad(v, grid, image, *how),
    [lambda g, grid, how: _sample(g, grid, how=how), lambda g, v, grid, how: _pull(v, g, grid, how)],
    [
        lambda t, grid, image, how: _spread(t, grid, image=image, how=how),
        lambda t, v, grid, image, how: _spread_turned(t, v, grid, image, how),
    ],
)


def _pull(g, x, grid, how):
    """The cotangent of the points."""
    if how[0] == "nearest":
        return zeros(grid, grid.shape)
    if not isinstance(grid, Tensor):
        return kernels.sample_grid_grad(g, x, grid, *how)
    rows, weights, d = _rows(x), _rows(g), grid.shape[-1]
    result = [zeros(grid, weights.shape[:1])] * d
    for at, parts in _neighbours(grid, x.shape[2:], how):
        total = sum_over(weights * take_at(rows, at, index=(at.shape, ...)), dim=1)
        result = [r + total * s for r, s in zip(result, _slopes(parts), strict=True)]
    return reshape(stack(result[::-1], -1), grid.shape)


def _turn(t, x, grid, how):
    """The tangent of what is read, of that of the points."""
    rows, y = _rows(x), zeros(grid, (prod(grid.shape[:-1]), x.shape[1]))
    for at, parts in _neighbours(grid, x.shape[2:], how):
        y = y + take_at(rows, at, index=(at.shape, ...)) * _directed(t, parts)
    return _images(y, grid.shape[:-1])


def _spread_turned(t, v, grid, image, how):
    """The same of what is spread."""
    shape = (grid.shape[0] * prod(image), v.shape[1])
    rows, x = _rows(v), zeros(grid, shape)
    for at, parts in _neighbours(grid, image, how):
        x = x + add_at(rows * _directed(t, parts), at, shape=shape, index=(at.shape, ...))
    return _images(x, (grid.shape[0], *image))


def _neighbours(grid, image, how):
    """Yield, for one neighbour of all points after the other, its row of channels, and its weights and their slopes."""
    d, first = len(image), array_of(grid)
    points = reshape(grid, (-1, d))
    axes = [_along(getitem(points, (..., d - 1 - k)), n, how) for k, n in enumerate(image)]
    images = kernels.arange(0, grid.shape[0], 1, np.dtype(np.int64), like=first)
    images = kernels.repeat(images, prod(grid.shape[1:-1]), 0)
    for choice in product(*axes):
        row = images
        for (at, _), n in zip(choice, image, strict=True):
            row = row * n + at
        yield constant(grid, row), [pair for _, pair in choice]


def _along(point, n: int, how) -> list:
    """The neighbours of each point along an axis: places (arrays), weights and slopes."""
    array = array_of(point)
    at, t, slope = kernels.locate(array, n, *how)
    slope = constant(point, slope)
    t = constant(point, t) + (point - constant(point, array)) * slope  # the number it is, as a function of the point
    if how[0] == "bilinear":
        weights = [(1 - t, -slope), (t, slope)]
    elif how[0] == "bicubic":
        weights = [(w, s * slope) for w, s in zip(cubic_weights(t), cubic_slopes(t), strict=True)]
    else:
        weights = [(t * 0 + 1, t * 0)]
    found = []
    for k, pair in enumerate(weights):
        outside = kernels.less(at[k], 0)
        place = kernels.where(outside, 0, at[k])
        found.append((place, [where(constant(point, outside), 0, v) for v in pair]))
    return found


def _slopes(parts):
    """Slopes of a product of weights, along one axis after the other."""
    return [reduce(mul, [p[1 if i == k else 0] for i, p in enumerate(parts)]) for k in range(len(parts))]


def _directed(t, parts):
    """The tangent of a product of weights, (N P, 1)."""
    d = len(parts)
    t = reshape(t, (-1, d))
    along = [getitem(t, (..., d - 1 - k)) * s for k, s in enumerate(_slopes(parts))]
    return unsqueeze(reduce(add, along), 1)


def _rows(x):
    """Channels as rows, (N P, C)."""
    return reshape(permute(x, 0, *range(2, len(x.shape)), 1), (-1, x.shape[1]))


def _images(rows, shape):
    """Rows as channels again; `shape` is (N, P, …)."""
    d = len(shape)
    return permute(reshape(rows, (*shape, rows.shape[-1])), 0, d, *range(1, d))


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
    return _sampled("grid_sampler", input, grid, MODES[interpolation_mode], PADDINGS[padding_mode], align_corners)


public("grid_sampler_2d", "grid_sampler_3d", method=False)(grid_sampler)


@whole
def _sampled(op: str, x, grid, mode: str, padding: str, align: bool):
    if mode not in MODES:
        raise ValueError(f"[{op}] `mode` (={mode!r}) must be one of {', '.join(MODES)}")
    if padding not in PADDINGS:
        raise ValueError(f"[{op}] `padding_mode` (={padding!r}) must be one of {', '.join(PADDINGS)}")
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
    return _sample(x, grid, how=(mode, padding, align))


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
