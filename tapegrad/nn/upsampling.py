"""Layers that make images larger, by interpolation."""

from ..ops.resize import interpolate
from .module import Module


class Upsample(Module):
    """Resamples rows, images or volumes on a finer (or coarser) grid.

    Parameters
    ----------
    size : int or tuple of ints, optional
        Of the output.
    scale_factor : float or tuple of floats, optional
        Output over input; give one of the two.
    mode : "nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact" or "area"
    align_corners : bool, optional
        The centres of the corner pixels stay where they are (not for "nearest").
    recompute_scale_factor : bool, optional
        Interpolate by the ratio of the rounded sizes instead of by `scale_factor`.
    """

    def __init__(
        self,
        size=None,
        scale_factor=None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ):
        super().__init__()
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode, self.align_corners, self.recompute_scale_factor = mode, align_corners, recompute_scale_factor

    def forward(self, input):
        how = (self.mode, self.align_corners, self.recompute_scale_factor)
        return interpolate(input, self.size, self.scale_factor, *how)

    def extra_repr(self) -> str:
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Enlarges images; every new pixel is its nearest old one."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Enlarges images bilinearly; the corner pixels stay where they are."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
