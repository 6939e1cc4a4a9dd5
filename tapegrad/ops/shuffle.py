"""Elements that change between channels and space: views, transposed and counted anew."""

from math import prod
from operator import index as integer

from ._registry import public
from .axes import permute, transpose
from .shape import _view


@public(method=False)
def pixel_shuffle(input, upscale_factor):
    """Make a larger image of r² times fewer channels.

        y[…, c, h r + i, w r + j] = x[…, c r² + i r + j, h, w]

    Parameters
    ----------
    input : Tensor or array, (…, C r², H, W)
    upscale_factor : int
        r.

    Returns
    -------
    Tensor or array, (…, C, H r, W r)

    Raises
    ------
    RuntimeError
        If r is not positive, r² does not divide the channels, or there are fewer than three axes.
    """
    r, (*batch, channels, H, W) = _factor("pixel_shuffle", input, "upscale_factor", upscale_factor)
    if channels % (r * r):
        raise RuntimeError(f"[pixel_shuffle] `upscale_factor` (={r}) squared must divide the {channels} channels")
    C, n = channels // (r * r), len(batch)
    x = permute(_view(input, shape=(*batch, C, r, r, H, W)), *range(n), *(n + k for k in (0, 3, 1, 4, 2)))
    return _view(x, shape=(*batch, C, H * r, W * r))


@public(method=False)
def pixel_unshuffle(input, downscale_factor):
    """Make a smaller image of r² times more channels: the inverse of `pixel_shuffle`.

    Parameters
    ----------
    input : Tensor or array, (…, C, H r, W r)
    downscale_factor : int
        r.

    Returns
    -------
    Tensor or array, (…, C r², H, W)

    Raises
    ------
    RuntimeError
        If r is not positive or does not divide both sides, or there are fewer than three axes.
    """
    r, (*batch, C, height, width) = _factor("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    if height % r or width % r:
        raise RuntimeError(f"[pixel_unshuffle] `downscale_factor` (={r}) must divide the image ({height}, {width})")
    H, W, n = height // r, width // r, len(batch)
    x = permute(_view(input, shape=(*batch, C, H, r, W, r)), *range(n), *(n + k for k in (0, 2, 4, 1, 3)))
    return _view(x, shape=(*batch, C * r * r, H, W))


@public(method=False)
def channel_shuffle(input, groups):
    """Deal channels out like cards: channel c of the result is channel (c mod groups) (C / groups) + c // groups.

    Parameters
    ----------
    input : Tensor or array, (N, C, …)
    groups : int
        Divides C.

    Raises
    ------
    RuntimeError
        If there are fewer than three axes, or `groups` does not divide the channels.
    """
    shape, g = input.shape, integer(groups)
    if len(shape) < 3:
        raise RuntimeError(f"[channel_shuffle] `input` (shape {shape}) must have at least three dimensions")
    if g < 1 or shape[1] % g:
        raise RuntimeError(f"[channel_shuffle] `groups` (={g}) must be positive and divide the {shape[1]} channels")
    x = _view(input, shape=(shape[0], g, shape[1] // g, prod(shape[2:])))
    return _view(transpose(x, 1, 2), shape=shape)


def _factor(op: str, x, name: str, r) -> tuple:
    """The factor and the shape, checked."""
    if len(x.shape) < 3:
        raise RuntimeError(f"[{op}] `input` (shape {x.shape}) must have at least three dimensions")
    r = integer(r)
    if r < 1:
        raise RuntimeError(f"[{op}] `{name}` (={r}) must be positive")
    return r, x.shape
