"""Sums of products."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, into, same


def _dot(a, b, out=None):
    """NumPy's dot: the last axis of `a` with the last but one of `b`."""
    if a.ndim == 0 or b.ndim == 0:
        return into(out, a * b)
    axes = ([a.ndim - 1], [max(b.ndim - 2, 0)])
    return into(out, FUNCTIONS["tensordot"](a, b, axes))


def _inner(a, b):
    """NumPy's inner: the last axes of both."""
    return a * b if a.ndim == 0 or b.ndim == 0 else FUNCTIONS["tensordot"](a, b, ([a.ndim - 1], [b.ndim - 1]))


def _outer(a, b, out=None):
    return into(out, FUNCTIONS["outer"](a.reshape(-1), b.reshape(-1)))


def _einsum(*operands, out=None, optimize=False, **options):
    return into(out, FUNCTIONS["einsum"](*operands))


def _tensordot(a, b, axes=2):
    return FUNCTIONS["tensordot"](a, b, axes)


HANDLED.update(
    {
        np.dot: _dot,
        np.einsum: _einsum,
        np.inner: _inner,
        np.kron: same("kron"),
        np.outer: _outer,
        np.tensordot: _tensordot,
    }
)
