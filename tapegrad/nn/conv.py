"""Convolutions. What their layers share is in `_Conv`; the transposed ones are in `conv_transpose.py`."""

import math
from typing import Any, ClassVar

from .._creation import empty
from ..ops.conv import conv1d, conv2d, conv3d
from ..ops.rearrange import pad
from . import init
from ._sizes import sizes
from ._uninitialized import UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module
from .parameter import Parameter

PADDING_MODES = {"zeros", "reflect", "replicate", "circular"}


class _Conv(Module):
    """Settings, parameters and the border of a convolution over `n` axes."""

    n: ClassVar[int]
    transposed: ClassVar[bool] = False
    _convolve: ClassVar
    padding: Any  # ints, "same" or "valid"

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        super().__init__()
        op, n = type(self).__name__, self.n
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if not hasattr(channels, "__index__"):
                raise TypeError(f"[{op}] `{name}` (={channels!r}) must be an int")
            if groups <= 0 or channels % groups:
                raise ValueError(f"[{op}] `groups` (={groups}) must be positive and divide `{name}` (={channels})")
        if padding_mode not in PADDING_MODES:
            raise ValueError(f"[{op}] `padding_mode` (={padding_mode!r}) must be one of {sorted(PADDING_MODES)}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = (
            sizes(op, name, value, n)
            for name, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation))
        )
        self.padding_mode = padding_mode
        self.output_padding: tuple[int, ...] = (0,) * n
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"[{op}] `padding` (={padding!r}) must be ints, 'same' or 'valid'")
            if padding == "same" and self.stride != (1,) * n:
                raise ValueError(f"[{op}] `padding` 'same' must go with `stride` 1, not {self.stride}")
            self.padding = padding
        else:
            self.padding = sizes(op, "padding", padding, n)
        self.weight = Parameter(empty(self._weight_shape(), device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return (first, second // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        if 0 in self.weight.shape:
            return
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._border(), mode=self.padding_mode), 0
        return type(self)._convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _border(self) -> tuple[int, ...]:
        """Widths for `pad`, last axis first. "same" puts the odd one at the end."""
        if self.padding == "same":
            whole = [d * (r - 1) for d, r in zip(self.dilation, self.kernel_size, strict=True)]
            return tuple(side for n in reversed(whole) for side in (n // 2, n - n // 2))
        widths = (0,) * self.n if isinstance(self.padding, str) else self.padding
        return tuple(side for n in reversed(widths) for side in (n, n))

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        zeros, ones = (0,) * self.n, (1,) * self.n
        for name, usual in (("padding", zeros), ("dilation", ones), ("output_padding", zeros), ("groups", 1)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        if self.bias is None:
            text += ", bias=False"
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return math.prod(y_shape) * math.prod(self.weight.shape[1:])


class Conv1d(_Conv):
    """A convolution (cross-correlation) of rows (N, C, L) or (C, L) with learned filters (K, C/groups, R).

    Everything as in `Conv2d`, with one int, or a tuple of one, for each setting.
    """

    n = 1
    _convolve = conv1d


class Conv2d(_Conv):
    """A convolution (cross-correlation) of images with learned filters.

        y[n,k,p,q] = bias[k] + Σ_{c,r,s} x[n, c, p·u + r·d - top, q·v + s·e - left] · weight[k,c,r,s]

    Parameters
    ----------
    in_channels, out_channels : int
        C and K.
    kernel_size : int or (int, int)
        R and S.
    stride, dilation : int or (int, int)
        (u, v) and (d, e).
    padding : int, (int, int), "same" or "valid"
        Width of the border, (top, left); "same" keeps H and W, with stride 1.
    groups : int
        Divides C and K: filter k sees the channels of its group alone.
    bias : bool
    padding_mode : "zeros", "reflect", "replicate" or "circular"
        What the border holds.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (K, C/groups, R, S)
        Uniform in ±1/√(C/groups·R·S).
    bias : Parameter, (K,), or None
        Uniform in the same interval.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    TypeError
        If a setting is no int.

    Examples
    --------
    >>> import tapegrad as tg
    >>> layer = tg.nn.Conv2d(16, 33, 3, stride=2)
    >>> layer(tg.ones(20, 16, 50, 100)).shape
    (20, 33, 24, 49)
    """

    n = 2
    _convolve = conv2d


class Conv3d(_Conv):
    """A convolution (cross-correlation) of volumes (N, C, D, H, W) or (C, D, H, W) with filters (K, C/groups, …).

    Everything as in `Conv2d`, with one int or three for each setting.
    """

    n = 3
    _convolve = conv3d


class _LazyConv(LazyModuleMixin, _Conv):
    """A convolution that takes `in_channels` from its first input; no filters until then."""

    def __init__(
        self,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._wait_for_input(out_channels, bias, device, dtype)

    def _wait_for_input(self, out_channels: int, bias: bool, device, dtype) -> None:
        if out_channels % self.groups:
            raise ValueError(
                f"[{type(self).__name__}] `groups` (={self.groups}) must divide `out_channels` (={out_channels})"
            )
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def initialize_parameters(self, input, *args) -> None:
        """Learn `in_channels`."""
        op, shape = type(self).__name__, input.shape
        if len(shape) not in (self.n + 1, self.n + 2):
            raise RuntimeError(f"[{op}] `input` (shape {shape}) must have {self.n + 1} or {self.n + 2} dimensions")
        channels = shape[-self.n - 1]
        if channels % self.groups:
            raise ValueError(f"[{op}] `groups` (={self.groups}) must divide the channels of `input` (={channels})")
        self.in_channels = channels
        if self.has_uninitialized_params():  # a loaded state has given them their shapes
            self.materialize(weight=self._weight_shape(), bias=(self.out_channels,))
            self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input."""

    cls_to_become = Conv3d
