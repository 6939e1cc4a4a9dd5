"""Elementwise functions that NumPy lacks, on the device: the formulas of the reference, each one kernel."""

from ..ref import elementwise as _ref
from ._fuse import fused

__all__ = ["clip", "relu", "relu_grad", "rsqrt", "sinc", "tanh_grad", "where"]

clip = fused(_ref.clip)
relu = fused(_ref.relu)
relu_grad = fused(_ref.relu_grad)
rsqrt = fused(_ref.rsqrt)
sinc = fused(_ref.sinc)
tanh_grad = fused(_ref.tanh_grad)
where = fused(_ref.where)
