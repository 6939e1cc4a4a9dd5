"""Bessel functions on the device: the formulas of the reference, each one kernel."""

from ..ref import bessel as _ref
from ._fuse import fused

__all__ = ["airy_ai", "j0", "j1", "y0", "y1"]

airy_ai = fused(_ref.airy_ai)
j0 = fused(_ref.j0)
j1 = fused(_ref.j1)
y0 = fused(_ref.y0)
y1 = fused(_ref.y1)
