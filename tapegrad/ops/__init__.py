"""Operations with their rules: one file per family; forward, vjp and jvp side by side.

Families register what they offer: `FUNCTIONS` is `tapegrad.f`, `METHODS` and `IN_PLACE` become methods of Tensor,
`OPERATORS` its operators. Those that the operators need are imported here; the others when the first of their names
is used.
"""

from . import arithmetic, axes, matmul, parts
from ._registry import FUNCTIONS, IN_PLACE, METHODS

OPERATORS = {**arithmetic.OPERATORS, "matmul": matmul.matmul}

__all__ = ["FUNCTIONS", "IN_PLACE", "METHODS", "OPERATORS", "axes", "parts"]
