"""Pooling."""

from ..ops.pool import avg_pool2d, max_pool2d
from .module import Module


class MaxPool2d(Module):
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

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices: bool = False, ceil_mode: bool = False
    ):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        how = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)
        return max_pool2d(input, *how)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
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
        return avg_pool2d(input, *how, self.count_include_pad, self.divisor_override)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
