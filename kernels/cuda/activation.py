"""Activations on the device: the formulas of the reference, each one kernel."""

from ..ref import activation as _ref
from ._fuse import fused

__all__ = [
    "erf", "erfc", "gelu", "gelu_grad", "sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus", "softplus_grad",
]  # fmt: skip

erf = fused(_ref.erf)
erfc = fused(_ref.erfc)
gelu = fused(_ref.gelu)
gelu_grad = fused(_ref.gelu_grad)
sigmoid = fused(_ref.sigmoid)
sigmoid_grad = fused(_ref.sigmoid_grad)
silu = fused(_ref.silu)
silu_grad = fused(_ref.silu_grad)
softplus = fused(_ref.softplus)
softplus_grad = fused(_ref.softplus_grad)
