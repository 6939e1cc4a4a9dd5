"""Pooling: every window becomes a number. Adaptive pooling is in `adaptive_pooling.py`."""

from typing import ClassVar

from ..ops.pool import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from ._sizes import sizes
from .module import Module


class _MaxPool(Module):
    _pool: ClassVar

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices: bool = False, ceil_mode: bool = False
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        how = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)
        return type(self)._pool(input, *how)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of every window of (N, C, L) or (C, L); everything as in `MaxPool2d`."""

    _pool = max_pool1d


class MaxPool2d(_MaxPool):
    """The largest element of every window.

        y[n,c,p,q] = max_{r,s} x[n, c, p·u + r·d - top, q·v + s·e - left]

    Parameters
    ----------
    kernel_size : int or (int, int)
        R and S.
    stride : int or (int, int), optional
        (u, v); the window's size if None.
    padding, dilation : int or (int, int)
        (top, left) and (d, e).
    return_indices : bool
        Return the winners' positions h·W + w as well.
    ceil_mode : bool
        Keep a last window that sticks out.
    """

    _pool = max_pool2d


class MaxPool3d(_MaxPool):
    """The largest element of every window of (N, C, D, H, W) or (C, D, H, W); everything as in `MaxPool2d`."""

    _pool = max_pool3d


class _MaxUnpool(Module):
    n: ClassVar[int]
    _pool: ClassVar

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        op = type(self).__name__
        self.kernel_size = sizes(op, "kernel_size", kernel_size, self.n)
        self.stride = self.kernel_size if stride is None else sizes(op, "stride", stride, self.n)
        self.padding = sizes(op, "padding", padding, self.n)

    def forward(self, input, indices, output_size=None):
        return type(self)._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The way back from `MaxPool1d`; everything as in `MaxUnpool2d`."""

    n, _pool = 1, max_unpool1d


class MaxUnpool2d(_MaxUnpool):
    """The way back from `MaxPool2d`: each element to the place where the winner was, zeros elsewhere.

    Parameters
    ----------
    kernel_size, stride, padding : int or (int, int)
        Those of the pooling; `stride` is the window's size if None.

    Notes
    -----
    ``layer(y, indices, output_size=None)``: several sizes may have pooled to that of `y`, and `output_size` says which
    it was.
    """

    n, _pool = 2, max_unpool2d


class MaxUnpool3d(_MaxUnpool):
    """The way back from `MaxPool3d`; everything as in `MaxUnpool2d`."""

    n, _pool = 3, max_unpool3d


class _AvgPool(Module):
    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of every window of (N, C, L) or (C, L); everything as in `AvgPool2d`, without the divisor."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True):
        super().__init__()
        self.kernel_size = sizes("AvgPool1d", "kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else sizes("AvgPool1d", "stride", stride, 1)
        self.padding = sizes("AvgPool1d", "padding", padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input):
        return avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPool):
    """The mean of every window.

        y[n,c,p,q] = 1/D Σ_{r,s} x[n, c, p·u + r - top, q·v + s - left],   x = 0 outside

    Parameters
    ----------
    kernel_size : int or (int, int)
        R and S.
    stride : int or (int, int), optional
        (u, v); the window's size if None.
    padding : int or (int, int)
        (top, left).
    ceil_mode : bool
        Keep a last window that sticks out.
    count_include_pad : bool
        D counts positions in the padding.
    divisor_override : int, optional
        D itself.
    """

    _pool: ClassVar = avg_pool2d

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input):
        how = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return type(self)._pool(input, *how, self.count_include_pad, self.divisor_override)


class AvgPool3d(AvgPool2d):
    """The mean of every window of (N, C, D, H, W) or (C, D, H, W); everything as in `AvgPool2d`."""

    _pool = avg_pool3d


class _LPPool(Module):
    _pool: ClassVar

    def __init__(self, norm_type: float, kernel_size, stride=None, ceil_mode: bool = False):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input):
        return type(self)._pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The p-norm of every window of (N, C, L) or (C, L); everything as in `LPPool2d`."""

    _pool = lp_pool1d


class LPPool2d(_LPPool):
    """The p-norm of every window: (Σ xᵖ)^(1/p), without absolute values.

    Parameters
    ----------
    norm_type : float
        p; 1 gives sums.
    kernel_size : int or (int, int)
    stride : int or (int, int), optional
        The window's size if None.
    ceil_mode : bool
        Keep a last window that sticks out.
    """

    _pool = lp_pool2d


class LPPool3d(_LPPool):
    """The p-norm of every window of (N, C, D, H, W) or (C, D, H, W); everything as in `LPPool2d`."""

    _pool = lp_pool3d
