"""Incomplete gamma functions on the device: the formulas of the reference, each one kernel."""

from ..ref import incomplete_gamma as _ref
from ._fuse import fused

__all__ = ["gammainc", "gammainc_slope", "gammaincc"]

gammainc = fused(_ref.gammainc)
gammainc_slope = fused(_ref.gammainc_slope)
gammaincc = fused(_ref.gammaincc)
