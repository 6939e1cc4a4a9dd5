"""Operations with their rules: one file per family; forward, vjp and jvp side by side."""

import importlib
import importlib.util

import pathlib
for _family in sorted(f.stem for f in pathlib.Path(__file__).parent.glob("[!_]*.py")):
    if importlib.util.find_spec(f"{__name__}.{_family}"):
        try:
            importlib.import_module(f"{__name__}.{_family}")
        except Exception as _e:  # interim, while families are being written
            import sys
            print(f"ops/{_family} does not import: {_e}", file=sys.stderr)

from ._registry import FUNCTIONS, IN_PLACE, METHODS
from . import arithmetic as _a

from .matmul import matmul
OPERATORS = {**_a.OPERATORS, "matmul": matmul}
