"""Images of another size.

Along one axis every new element is a weighted sum of a few old ones,

    y[i] = Σ_k weight[k, i] x[at[k, i]]        transpose: x[at[k, i]] += weight[k, i] g[i]

and axes are resized one after the other.
"""

from functools import lru_cache
from math import floor
from operator import index as integer

import numpy as np

from .. import kernels
from .._tape import declare
from ._registry import whole
from .adaptive_pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .indexing import take_at
from .region import array_of, constant

_CUBIC = -0.75  # the slope of the cubic kernel at distance 1


def _broadcast(weight, ndim: int, axis: int):
    return weight.reshape((-1,) + (1,) * (ndim - axis - 1))


def _blend_along(x, weight, at, *, axis):
    before = (slice(None),) * axis
    y = 0
    for k in range(at.shape[0]):
        y = y + kernels.take(x, (*before, at[k])) * _broadcast(weight[k], x.ndim, axis)
    return y


def _spread_along(v, weight, at, *, axis, n):
    v = v.transpose((axis, *range(axis), *range(axis + 1, v.ndim)))  # the axis in front, where whole rows are added
    terms = kernels.stack([v * _broadcast(weight[k], v.ndim, 0) for k in range(at.shape[0])], 0)
    x = kernels.add_at((n, *v.shape[1:]), terms.reshape((-1, *v.shape[1:])), at.reshape((-1,)))
    return x.transpose((*range(1, axis + 1), 0, *range(axis + 1, v.ndim)))


_blend = declare(
    "upsample",
    _blend_along,
    [lambda g, x_shape, weight, at, axis: _spread(g, weight, at, axis=axis, n=x_shape[axis]), None, None],
    [lambda t, weight, at, axis: _blend(t, weight, at, axis=axis), None, None],
)

_spread = declare(
    "upsample_backward",
    _spread_along,
    [lambda g, weight, at, axis: _blend(g, weight, at, axis=axis), None, None],
    [lambda t, weight, at, axis, n: _spread(t, weight, at, axis=axis, n=n), None, None],
)

# ---------------------------------------------------------------------------------------- where and how much


@lru_cache(256)
def _nearest(n: int, out: int, scale: float, exact: bool):
    """Positions of the nearest elements, in the float32 in which PyTorch computes them."""
    i = np.arange(out, dtype=np.float32) + np.float32(0.5 if exact else 0)
    return np.minimum((i * np.float32(scale)).astype(np.int64), n - 1)


@lru_cache(256)
def _neighbours(n: int, out: int, scale: float, cubic: bool, align: bool):
    """`(at, weight)`, both (K, out), of linear or cubic interpolation."""
    i = np.arange(out, dtype=np.float64)
    x = i * scale if align else (i + 0.5) * scale - 0.5
    if not cubic:
        x = np.maximum(x, 0)
        low = np.minimum(np.floor(x).astype(np.int64), n - 1)
        t = np.minimum(x - low, 1)
        return np.stack([low, np.minimum(low + 1, n - 1)]), np.stack([1 - t, t])
    low = np.floor(x).astype(np.int64)
    at = np.clip(low + np.arange(-1, 3)[:, None], 0, n - 1)
    return at, np.stack(cubic_weights(x - low))


@lru_cache(256)
def _windows(n: int, out: int, scale: float, cubic: bool):
    """`(at, weight)`, both (K, out), of averages over all that an output covers, if that is more than its neighbours.

    The kernel, a triangle or Keys' cubic with slope -1/2, is as wide as `scale` says.
    """
    stretch = max(scale, 1.0)
    reach = (2 if cubic else 1) * stretch
    center = scale * (np.arange(out) + 0.5)
    low = np.maximum((center - reach + 0.5).astype(np.int64), 0)
    high = np.minimum((center + reach + 0.5).astype(np.int64), n)
    at = low + np.arange((high - low).max())[:, None]
    d = np.abs((at - center + 0.5) / stretch)
    if cubic:
        weight = np.where(d < 1, (1.5 * d - 2.5) * d * d + 1, ((-0.5 * d + 2.5) * d - 4) * d + 2) * (d < 2)
    else:
        weight = np.maximum(1 - d, 0)
    weight = weight * (at < high)
    return np.minimum(at, n - 1), weight / weight.sum(0)


def cubic_weights(t) -> list:
    """Weights of four neighbours, the second of which is nearest below: Keys' cubic convolution."""
    a = _CUBIC

    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d):
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


# ---------------------------------------------------------------------------------------- public

_RANKS = {"linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
_MODES = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


@whole
def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resize images.

    Output i reads the input at (i + 1/2) scale - 1/2, scale being n / n_out, and with `align_corners` at i scale, scale
    being (n - 1) / (n_out - 1).

    Parameters
    ----------
    input : Tensor or array, (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    size : int or tuple of ints, optional
        The new size of the last axes.
    scale_factor : float or tuple of floats, optional
        In its place: the new size is ⌊n · scale_factor⌋, and scale is 1 / scale_factor.
    mode : str
        "nearest" (the element at ⌊i · scale⌋), "nearest-exact" (the really nearest), "linear", "bilinear",
        "trilinear" (of one, two and three axes), "bicubic" (of two), "area" (means of equal windows).
    align_corners : bool, optional
        Let the first and the last elements stay where they are; for linear and cubic modes.
    recompute_scale_factor : bool, optional
        Take scale from the sizes, even where `scale_factor` is given.
    antialias : bool
        Where an image shrinks, average over all pixels that one of the result covers, as Pillow does; for "bilinear"
        and "bicubic".

    Raises
    ------
    ValueError
        If the settings do not fit each other.
    RuntimeError
        If an axis is or becomes empty.
    NotImplementedError
        If there is no such mode for so many axes.
    """
    op, axes = "interpolate", len(input.shape) - 2
    if mode not in _MODES or axes not in _RANKS.get(mode, (1, 2, 3)):
        raise NotImplementedError(f"[{op}] `mode` (={mode!r}) must be one for `input` of shape {input.shape}: {_MODES}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"[{op}] `antialias` (={antialias}) must be False for mode {mode!r}")
    if align_corners is not None and mode not in (*_RANKS,):
        raise ValueError(f"[{op}] `align_corners` (={align_corners}) must be None for mode {mode!r}")
    sizes, factors = _sizes(op, input.shape[2:], size, scale_factor)
    if recompute_scale_factor:
        if factors is None:
            raise ValueError(f"[{op}] `recompute_scale_factor` (=True) must go with `scale_factor`")
        factors = None
    if 0 in input.shape[1:] or min(sizes) < 1:
        raise RuntimeError(f"[{op}] `input` (shape {input.shape}) and the new size {sizes} must not be empty")
    if mode == "area":
        return _AREA[axes](input, sizes)
    for d, (n, out) in enumerate(zip(input.shape[2:], sizes, strict=True)):
        scale = n / out if factors is None or not factors[d] > 0 else 1 / factors[d]
        if mode.startswith("nearest"):
            at = _constant(input, _nearest(n, out, scale, mode == "nearest-exact"))
            input = take_at(input, at, index=(*(slice(None),) * (d + 2), at.shape, ...))
            continue
        if align_corners:
            scale = (n - 1) / (out - 1) if out > 1 else 0.0
        cubic = mode == "bicubic"
        at, weight = (
            _windows(n, out, scale, cubic) if antialias else _neighbours(n, out, scale, cubic, bool(align_corners))
        )
        input = _blend(input, _constant(input, weight.astype(input.dtype)), _constant(input, at), axis=d + 2)
    return input


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Resize images: `interpolate` under an older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    """Resize images: `interpolate` in mode "nearest"."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    """Resize images: `interpolate` in mode "bilinear", corners staying where they are."""
    return interpolate(input, size, scale_factor, "bilinear", True)


def _sizes(op: str, old: tuple, size, factor) -> tuple:
    """The new sizes, and the factors if they are given."""
    if (size is None) == (factor is None):
        raise ValueError(f"[{op}] one of `size` (={size}) and `scale_factor` (={factor}) must be given, and not both")
    name, given = ("size", size) if factor is None else ("scale_factor", factor)
    values = tuple(given) if isinstance(given, (tuple, list)) else (given,) * len(old)
    if len(values) != len(old):
        raise ValueError(f"[{op}] `{name}` (={given}) must have one number for each of the {len(old)} axes {old}")
    if factor is None:
        return tuple(integer(v) for v in values), None
    return tuple(floor(n * float(v)) for n, v in zip(old, values, strict=True)), tuple(map(float, values))


def _constant(like, array):
    return constant(like, kernels.from_numpy(array, like=array_of(like)))
