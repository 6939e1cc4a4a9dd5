"""Polynomials on the device, one kernel."""

from ..ref import polynomial as _ref
from ._fuse import fused

__all__ = ["polynomial"]

polynomial = fused(_ref.polynomial)
