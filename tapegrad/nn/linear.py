"""Affine maps."""

import math

from .._creation import empty
from ..ops.matmul import linear
from . import functional, init
from ._uninitialized import UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module
from .parameter import Parameter


class Identity(Module):
    """Passes its input on; takes and ignores any arguments."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """An affine map of the last axis.

        y[…, k] = Σ_c x[…, c] · weight[k, c] + bias[k]

    Parameters
    ----------
    in_features, out_features : int
        C and K.
    bias : bool
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (K, C)
        Uniform in ±1/√C.
    bias : Parameter, (K,), or None
        Uniform in ±1/√C.

    Examples
    --------
    >>> import tapegrad as tg
    >>> layer = tg.nn.Linear(20, 30)
    >>> layer(tg.ones(128, 20)).shape
    (128, 30)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        if 0 in self.weight.shape:
            return
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return math.prod(y_shape) * self.in_features


class Bilinear(Module):
    """A map of two inputs that is linear in each.

        y[…, k] = Σ_{i,j} x1[…, i] · weight[k, i, j] · x2[…, j] + bias[k]

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        I, J and K.
    bias : bool
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (K, I, J)
        Uniform in ±1/√I.
    bias : Parameter, (K,), or None
        Uniform in ±1/√I.
    """

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device=None, dtype=None
    ):
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"[Bilinear] `in1_features` (={in1_features}) must be positive")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        for p in self.parameters(recurse=False):
            init.uniform_(p, -bound, bound)

    def forward(self, input1, input2):
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return math.prod(y_shape) * self.in1_features * self.in2_features


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that takes `in_features` from its first input."""

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__(0, 0, False, device, dtype)
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def initialize_parameters(self, input) -> None:
        """Learn `in_features`."""
        self.in_features = input.shape[-1]
        if self.has_uninitialized_params():  # a loaded state has given them their shapes
            self.materialize(weight=(self.out_features, self.in_features), bias=(self.out_features,))
            self.reset_parameters()
