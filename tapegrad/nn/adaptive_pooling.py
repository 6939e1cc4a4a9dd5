"""Adaptive pooling: windows of whatever size gives the output size that is wanted."""

from typing import ClassVar

from ..ops.adaptive_pool import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from .module import Module


class _AdaptiveAvgPool(Module):
    _pool: ClassVar

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        return type(self)._pool(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of `output_size` windows that share out (N, C, L) or (C, L); see `AdaptiveAvgPool2d`."""

    _pool = adaptive_avg_pool1d


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of windows that share out the image.

    Window p covers the rows ⌊p H / P⌋ … ⌈(p + 1) H / P⌉ - 1. An `output_size` of 1 is global pooling.

    Parameters
    ----------
    output_size : int or (int, int)
        P and Q; None keeps the size of the input.
    """

    _pool = adaptive_avg_pool2d


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of windows that share out (N, C, D, H, W) or (C, D, H, W); see `AdaptiveAvgPool2d`."""

    _pool = adaptive_avg_pool3d


class _AdaptiveMaxPool(_AdaptiveAvgPool):
    def __init__(self, output_size, return_indices: bool = False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input):
        return type(self)._pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest elements of `output_size` windows that share out (N, C, L) or (C, L); see `AdaptiveMaxPool2d`."""

    _pool = adaptive_max_pool1d


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of windows that share out the image, as `AdaptiveAvgPool2d` does.

    Parameters
    ----------
    output_size : int or (int, int)
        P and Q; None keeps the size of the input.
    return_indices : bool
        Return the winners' positions h·W + w as well.
    """

    _pool = adaptive_max_pool2d


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest elements of windows that share out (N, C, D, H, W) or (C, D, H, W); see `AdaptiveMaxPool2d`."""

    _pool = adaptive_max_pool3d
