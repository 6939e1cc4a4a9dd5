"""Modified Bessel functions on the device: the formulas of the reference, each one kernel."""

from ..ref import modified_bessel as _ref
from ._fuse import fused

__all__ = ["i0", "i0e", "i1", "i1e", "i1e_slope", "i_gap", "k0", "k0e", "k1", "k1e", "k_gap"]

i0 = fused(_ref.i0)
i0e = fused(_ref.i0e)
i1 = fused(_ref.i1)
i1e = fused(_ref.i1e)
i1e_slope = fused(_ref.i1e_slope)
i_gap = fused(_ref.i_gap)
k0 = fused(_ref.k0)
k0e = fused(_ref.k0e)
k1 = fused(_ref.k1)
k1e = fused(_ref.k1e)
k_gap = fused(_ref.k_gap)
