"""Elementwise on the CPU: NumPy's own loops are the fast ones, but where they branch."""

from functools import cache

import numpy as np

from ..ref import elementwise as _ref
from ..ref.elementwise import *  # noqa: F403 — what is not overridden below

_FLOATS = (np.dtype("f"), np.dtype("d"))  # of the machine's byte order
_NUMBERS = {int, float, type(None)}
_FEW = 512  # elements: below, the branches of NumPy's loop cost less than what the call adds


def relu(x):
    """Rectify, without what NumPy's `maximum` does for the sake of NaN."""
    return _one_pass("relu", _ref.relu, x)


def relu_grad(g, y):
    """Cotangent of the argument of a relu, without a branch."""
    return _one_pass("relu_grad", _ref.relu_grad, g, y)


def tanh_grad(g, y):
    """Cotangent of the argument of a tanh, in one pass."""
    return _one_pass("tanh_grad", _ref.tanh_grad, g, y)


def sinc(x, order):
    """Sine quotient and its slope; further derivatives are the reference's."""
    if x.size > _FEW and order < 2 and x.dtype in _FLOATS:
        from ._sinc import SINC  # loads Numba

        compiled = SINC[order][x.dtype.char]
        if compiled is not None:
            return compiled(x, out=...)
    return _ref.sinc(x, order)


def clip(x, low, high):
    """Limit to an interval. With numbers NumPy's `clip` is one pass in SIMD; its `maximum` and `minimum` are not."""
    if type(x) is np.ndarray and x.size > _FEW and x.dtype in _FLOATS and {type(low), type(high)} <= _NUMBERS:
        return x.clip(-np.inf if low is None else low, np.inf if high is None else high)
    return _ref.clip(x, low, high)


def where(condition, a, b):
    """Choose elementwise, without a branch: NumPy's takes ten times as long where the condition cannot be foreseen."""
    like = a if type(a) is np.ndarray else b
    if type(like) is np.ndarray and type(condition) is np.ndarray and condition.dtype.char == "?":
        letter = like.dtype.char
        if condition.size > _FEW and _is_alike(a, letter) and _is_alike(b, letter):
            compiled = _where_functions()[letter]
            if compiled is not None:
                return compiled(condition, a, b, out=...)
    return _ref.where(condition, a, b)


def _is_alike(x, letter):
    return x.dtype.char == letter if type(x) is np.ndarray else type(x) is float or type(x) is int


def _one_pass(name, reference, *operands):
    """A function of the table `ref.pointwise` of arrays of one shape and dtype; `reference` serves where none is."""
    first, last = operands[0], operands[-1]
    letter, size = first.dtype.char, first.size
    if size <= _FEW or letter not in "fd" or last.dtype.char != letter or last.shape != first.shape:
        return reference(*operands)
    return _compute()(name, operands, letter, size)


@cache
def _compute():
    from ._pointwise import compute  # loads Numba

    return compute


@cache
def _where_functions():
    from ._where import WHERE  # loads Numba

    return WHERE
