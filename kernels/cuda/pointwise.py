"""The table of functions of single elements on the device: each formula one kernel."""

from ..ref.pointwise import FORMULAS
from ._fuse import compute

__all__ = ["pointwise"]


def pointwise(name, *operands):
    """Compute a function of the table."""
    return compute(FORMULAS[name], *(float(x) if type(x) is int else x for x in operands))
