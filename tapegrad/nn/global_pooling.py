"""Global pooling: every channel becomes one number. The pooled axes stay, with length 1."""

from typing import ClassVar

from ..ops.global_pool import (
    global_avg_pool1d,
    global_avg_pool2d,
    global_avg_pool3d,
    global_max_pool1d,
    global_max_pool2d,
    global_max_pool3d,
)
from .module import Module


class _GlobalPool(Module):
    _pool: ClassVar

    def forward(self, input):
        return type(self)._pool(input)


class GlobalAvgPool1d(_GlobalPool):
    """The mean of every channel of (N, C, L) or (C, L); see `GlobalAvgPool2d`."""

    _pool = global_avg_pool1d


class GlobalAvgPool2d(_GlobalPool):
    """The mean of every channel.

        y[n,c,0,0] = 1 / (H W) Σ_{h,w} x[n,c,h,w]

    (N, C, H, W) becomes (N, C, 1, 1), and (C, H, W) becomes (C, 1, 1), as with ONNX's GlobalAveragePool; `Flatten`
    makes vectors of that. PyTorch has no such layer: its `AdaptiveAvgPool2d(1)` is the same, and is here, too.
    """

    _pool = global_avg_pool2d


class GlobalAvgPool3d(_GlobalPool):
    """The mean of every channel of (N, C, D, H, W) or (C, D, H, W); see `GlobalAvgPool2d`."""

    _pool = global_avg_pool3d


class GlobalMaxPool1d(_GlobalPool):
    """The largest element of every channel of (N, C, L) or (C, L); see `GlobalMaxPool2d`."""

    _pool = global_max_pool1d


class GlobalMaxPool2d(_GlobalPool):
    """The largest element of every channel, the first among equals: `AdaptiveMaxPool2d(1)`.

        y[n,c,0,0] = max_{h,w} x[n,c,h,w]

    (N, C, H, W) becomes (N, C, 1, 1), and (C, H, W) becomes (C, 1, 1), as with ONNX's GlobalMaxPool.
    """

    _pool = global_max_pool2d


class GlobalMaxPool3d(_GlobalPool):
    """The largest element of every channel of (N, C, D, H, W) or (C, D, H, W); see `GlobalMaxPool2d`."""

    _pool = global_max_pool3d
