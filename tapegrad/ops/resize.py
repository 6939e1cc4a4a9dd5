"""Images of another size.

Along one axis every new element is a weighted sum of a few old ones,

    y[i] = Σ_k weight[i, k] x[at[i, k]]        transpose: x[at[i, k]] += weight[i, k] g[i]

and axes are resized one after the other. Which ones and how much is the kernels' (`kernels.Scheme`).
"""

from math import floor, prod
from operator import index as integer

from ..kernels import Scheme
from ._registry import whole
from .adaptive_pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, resample

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
    kind = mode if mode.startswith("nearest") else "cubic" if mode == "bicubic" else "linear"
    kind = f"wide-{kind}" if antialias else kind
    axes = range(axes)
    for d in axes if prod(sizes) < prod(input.shape[2:]) else reversed(axes):  # long loops along the last axis are slow
        n, out = input.shape[d + 2], sizes[d]
        scale = n / out if factors is None or not factors[d] > 0 else 1 / factors[d]
        if align_corners:
            scale = (n - 1) / (out - 1) if out > 1 else 0.0
        input = resample(input, axis=d + 2, scheme=Scheme(kind, n, out, scale, bool(align_corners)))
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
