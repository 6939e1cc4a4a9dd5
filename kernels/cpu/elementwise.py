"""Elementwise on the CPU: NumPy's own loops are the fast ones, but where they branch."""

import numpy as np

from ..ref import elementwise as _ref
from ..ref.elementwise import *  # noqa: F403 — what is not overridden below

_FEW = 512  # elements: below, the branches of NumPy's loop cost less than what the call adds


def where(condition, a, b):
    """Choose elementwise, without a branch: NumPy's takes ten times as long where the condition cannot be foreseen."""
    letters = {x.dtype.char if type(x) is np.ndarray else type(x) for x in (a, b)} - {int, float}
    if len(letters) == 1 and type(condition) is np.ndarray and condition.size > _FEW and condition.dtype.char == "?":
        from ._where import WHERE  # loads Numba

        compiled = WHERE[letters.pop()]
        if compiled is not None:
            return compiled(condition, a, b, out=...)
    return _ref.where(condition, a, b)
