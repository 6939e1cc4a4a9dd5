"""Transposed convolutions: from the output of a convolution back to the shape of its input."""

import math
from typing import ClassVar

from ..ops.conv import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._sizes import sizes
from .conv import _Conv, _LazyConv


class _ConvTranspose(_Conv):
    transposed: ClassVar[bool] = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups: int = 1,
        bias: bool = True,
        dilation=1,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        op = type(self).__name__
        if padding_mode != "zeros":
            raise ValueError(f"[{op}] `padding_mode` (={padding_mode!r}) must be 'zeros'")
        padding, output_padding = (
            sizes(op, "padding", padding, self.n),
            sizes(op, "output_padding", output_padding, self.n),
        )
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )
        self.output_padding = output_padding

    def forward(self, input, output_size=None):
        more = self.output_padding if output_size is None else self._rows_more(input.shape, output_size)
        how = (self.stride, self.padding, more, self.groups, self.dilation)
        return type(self)._convolve(input, self.weight, self.bias, *how)

    def _rows_more(self, shape: tuple[int, ...], output_size) -> tuple[int, ...]:
        """The `output_padding` with which the output gets this size, given for `n` axes or for all."""
        n, op = self.n, type(self).__name__
        wanted = tuple(output_size)[-n:]
        if len(output_size) not in (n, len(shape)):
            raise ValueError(f"[{op}] `output_size` (={output_size}) must have {n} or {len(shape)} elements")
        axes = zip(shape[-n:], self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        least = [(p - 1) * u - 2 * border + d * (r - 1) + 1 for p, r, u, border, d in axes]
        most = [size + u - 1 for size, u in zip(least, self.stride, strict=True)]
        if not all(low <= size <= high for low, size, high in zip(least, wanted, most, strict=True)):
            raise ValueError(f"[{op}] `output_size` (={output_size}) must lie between {least} and {most}")
        return tuple(size - low for size, low in zip(wanted, least, strict=True))

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        axes = zip(y_shape[-self.n :], self.kernel_size, self.stride, self.padding, self.dilation, strict=True)
        x_size = math.prod((h + 2 * border - d * (r - 1) - 1) // u + 1 for h, r, u, border, d in axes)
        return math.prod(y_shape[: -self.n - 1]) * x_size * math.prod(self.weight.shape)


class ConvTranspose1d(_ConvTranspose):
    """A transposed convolution of rows (N, C, L) or (C, L); everything as in `ConvTranspose2d`."""

    n = 1
    _convolve = conv_transpose1d


class ConvTranspose2d(_ConvTranspose):
    """A transposed convolution of images with learned filters.

        y[n,k,h,w] = bias[k] + Σ x[n,c,p,q] · weight[c,k,r,s]   over h = p·u + r·d - top, w = q·v + s·e - left

    Parameters
    ----------
    in_channels, out_channels : int
        C and K.
    kernel_size : int or (int, int)
        R and S.
    stride, dilation : int or (int, int)
        (u, v) and (d, e).
    padding : int or (int, int)
        What is cut off at each side, (top, left).
    output_padding : int or (int, int)
        Rows and columns more at the end; less than the stride.
    groups : int
        Divides C and K.
    bias : bool
    padding_mode : "zeros"
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (C, K/groups, R, S)
        Uniform in ±1/√(K/groups·R·S).
    bias : Parameter, (K,), or None
        Uniform in the same interval.

    Raises
    ------
    ValueError
        If a setting is out of its range, or `forward` is asked for an `output_size` that is impossible.
    TypeError
        If a setting is no int.

    Examples
    --------
    >>> import tapegrad as tg
    >>> down, up = tg.nn.Conv2d(16, 16, 3, stride=2, padding=1), tg.nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)
    >>> x = tg.ones(1, 16, 12, 12)
    >>> up(down(x), output_size=x.shape).shape
    (1, 16, 12, 12)
    """

    n = 2
    _convolve = conv_transpose2d


class ConvTranspose3d(_ConvTranspose):
    """A transposed convolution of volumes (N, C, D, H, W) or (C, D, H, W); everything as in `ConvTranspose2d`."""

    n = 3
    _convolve = conv_transpose3d


class _LazyConvTranspose(_LazyConv, _ConvTranspose):
    """A transposed convolution that takes `in_channels` from its first input; no filters until then."""

    def __init__(
        self,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups: int = 1,
        bias: bool = True,
        dilation=1,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        how = (kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype)
        super(_LazyConv, self).__init__(0, 0, *how)
        self._wait_for_input(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose3d
