"""The gamma function's relatives on the device: the formulas of the reference, each one kernel."""

from ..ref import gamma as _ref
from ._fuse import fused

__all__ = ["digamma", "lgamma", "polygamma", "zeta"]

digamma = fused(_ref.digamma)
lgamma = fused(_ref.lgamma)
polygamma = fused(_ref.polygamma)
zeta = fused(_ref.zeta)
