"""Convolutions."""

import math
from operator import index

from .._creation import empty
from ..ops.conv import conv2d
from ..ops.rearrange import pad
from . import init
from .module import Module
from .parameter import Parameter

PADDING_MODES = {"zeros", "reflect", "replicate", "circular"}


def pair(op: str, name: str, value) -> tuple[int, int]:
    """A setting along H and W: one number for both, or two."""
    try:
        h, w = value if isinstance(value, (tuple, list)) else (value, value)
        return index(h), index(w)
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be an int or two") from None


class Conv2d(Module):
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
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if not hasattr(channels, "__index__"):
                raise TypeError(f"[Conv2d] `{name}` (={channels!r}) must be an int")
            if groups <= 0 or channels % groups:
                raise ValueError(f"[Conv2d] `groups` (={groups}) must be positive and divide `{name}` (={channels})")
        if padding_mode not in PADDING_MODES:
            raise ValueError(f"[Conv2d] `padding_mode` (={padding_mode!r}) must be one of {sorted(PADDING_MODES)}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair("Conv2d", "kernel_size", kernel_size)
        self.stride, self.dilation = pair("Conv2d", "stride", stride), pair("Conv2d", "dilation", dilation)
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"[Conv2d] `padding` (={padding!r}) must be ints, 'same' or 'valid'")
            if padding == "same" and self.stride != (1, 1):
                raise ValueError(f"[Conv2d] `padding` 'same' must go with `stride` 1, not {self.stride}")
            self.padding: str | tuple[int, int] = padding
        else:
            self.padding = pair("Conv2d", "padding", padding)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

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
        return conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _border(self) -> tuple[int, ...]:
        """Widths for `pad`: left, right, top, bottom. "same" puts the odd one at the end."""
        if not isinstance(self.padding, str):
            top, left = self.padding
            return (left, left, top, top)
        if self.padding == "valid":
            return (0, 0, 0, 0)
        whole = [d * (r - 1) for d, r in zip(self.dilation, self.kernel_size, strict=True)]
        top, left = (n // 2 for n in whole)
        return (left, whole[1] - left, top, whole[0] - top)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", (0, 0)), ("dilation", (1, 1)), ("groups", 1)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        if self.bias is None:
            text += ", bias=False"
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return math.prod(y_shape) * math.prod(self.weight.shape[1:])
