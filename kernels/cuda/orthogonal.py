"""Orthogonal polynomials on the device: the formulas of the reference, each one kernel."""

from ..ref import orthogonal as _ref
from ._fuse import fused

__all__ = ["orthogonal"]

orthogonal = fused(_ref.orthogonal)
