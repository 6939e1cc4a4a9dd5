"""Elementwise functions on the CPU: the references, over blocks that fit into the cache.

A reference makes several passes with temporary arrays; over a large array each of them would travel to memory and back.
"""

import numpy as np

from ..ref import elementwise as _ref
from ..ref.elementwise import *  # noqa: F403 — what is not overridden below

_BLOCK = 1 << 12  # elements


def sigmoid(x):
    """Logistic function."""
    return _in_blocks(_ref.sigmoid, x)


def softplus(x, beta, threshold):
    """Smooth rectifier."""
    return _in_blocks(_ref.softplus, x, beta, threshold)


def erf(x):
    """Error function."""
    return _in_blocks(_ref.erf, x)


def erfc(x):
    """Complementary error function."""
    return _in_blocks(_ref.erfc, x)


def gelu(x, approximate):
    """Gaussian error linear unit."""
    return _in_blocks(_ref.gelu, x, approximate)


def silu(x):
    """Sigmoid linear unit."""
    return _in_blocks(_ref.silu, x)


def _in_blocks(function, x, *settings):
    if x.size <= _BLOCK:
        return function(x, *settings)
    flat = np.ascontiguousarray(x).reshape(-1)
    y = np.empty(x.shape, x.dtype)
    target = y.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        target[start : start + _BLOCK] = function(flat[start : start + _BLOCK], *settings)
    return y
