"""Operations with their rules: one file per family; forward, vjp and jvp side by side."""

import importlib
import importlib.util

for _family in ("cast", "arithmetic", "elementwise", "shape", "join", "region", "indexing", "reduce", "softmax", "matmul", "conv", "pool", "loss"):
    if importlib.util.find_spec(f"{__name__}.{_family}"):
        importlib.import_module(f"{__name__}.{_family}")

from ._registry import FUNCTIONS, IN_PLACE, METHODS
from . import arithmetic as _a

OPERATORS = dict(add=_a.add, sub=_a.subtract, mul=_a.multiply, truediv=_a.divide, neg=_a.negative)
