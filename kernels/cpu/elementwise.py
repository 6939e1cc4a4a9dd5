"""Elementwise on the CPU: NumPy's own loops are the fast ones, but where they branch."""

import numpy as np

from ..ref import elementwise as _ref
from ..ref.elementwise import *  # noqa: F403 — what is not overridden below

_FEW = 512  # elements: below, the branches of NumPy's loop cost less than what the call adds


def relu_grad(g, y):
    """Cotangent of the argument of a relu, without a branch."""
    if _is_few(g, y):
        return _ref.relu_grad(g, y)
    from ._slopes import relu_grad  # loads Numba

    return relu_grad(g, y)


def tanh_grad(g, y):
    """Cotangent of the argument of a tanh, in one pass."""
    if _is_few(g, y):
        return _ref.tanh_grad(g, y)
    from ._slopes import tanh_grad  # loads Numba

    return tanh_grad(g, y)


def _is_few(g, y):
    """Whether NumPy serves gradients: of few elements, of other dtypes, of broadcasts."""
    return y.size <= _FEW or g.shape != y.shape or g.dtype != y.dtype or y.dtype.char not in "fd"


def where(condition, a, b):
    """Choose elementwise, without a branch: NumPy's takes ten times as long where the condition cannot be foreseen."""
    letters = {x.dtype.char if type(x) is np.ndarray else type(x) for x in (a, b)} - {int, float}
    if len(letters) == 1 and type(condition) is np.ndarray and condition.size > _FEW and condition.dtype.char == "?":
        from ._where import WHERE  # loads Numba

        compiled = WHERE[letters.pop()]
        if compiled is not None:
            return compiled(condition, a, b, out=...)
    return _ref.where(condition, a, b)
