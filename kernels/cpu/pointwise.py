"""Functions of single elements on the CPU: NumPy for few, compiled loops for many."""

import numpy as np

from ..ref import pointwise as _ref

__all__ = ["pointwise"]

_FEW = 512  # elements: below, what NumPy's steps take is less than what the call adds
_TYPED = frozenset((np.ndarray, np.float32, np.float64))
_compute = None  # that of `_pointwise`


def pointwise(name, *operands):
    """Compute a function of the table: compiled, where all arrays are float32 or all float64."""
    letter, size = "", 0
    for x in operands:
        kind = type(x)
        if kind in _TYPED:
            if x.dtype.char != letter:
                if letter:
                    return _ref.pointwise(name, *operands)
                letter = x.dtype.char
            if x.size > size:
                size = x.size
        elif kind is not float and kind is not int:
            return _ref.pointwise(name, *operands)
    if size <= _FEW or (letter != "f" and letter != "d"):
        return _ref.pointwise(name, *operands)
    return (_compute or _loaded())(name, operands, letter, size)


def _loaded():
    global _compute
    from ._pointwise import compute as _compute  # loads Numba

    return _compute
