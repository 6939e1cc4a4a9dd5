"""Integrals of the bell curve on the device: the formulas of the reference, each one kernel."""

from ..ref import gaussian as _ref
from ._fuse import fused

__all__ = ["erfcx", "erfinv", "log_ndtr", "ndtr", "ndtri"]

erfcx = fused(_ref.erfcx)
erfinv = fused(_ref.erfinv)
log_ndtr = fused(_ref.log_ndtr)
ndtr = fused(_ref.ndtr)
ndtri = fused(_ref.ndtri)
