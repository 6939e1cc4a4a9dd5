"""Sums of products."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, into, same, tensor_of


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


def _row(x):
    return tensor_of(x).reshape(-1)


def _convolve(a, v, mode="full"):
    """Σ_k a[n - k] v[k]; where the shorter leaves the longer, "same" and "valid" leave that out."""
    a, v = _row(a), _row(v)
    a, v = (v, a) if len(v) > len(a) else (a, v)
    if mode not in ("full", "same", "valid") or not len(v):
        wrong = f"`mode` (={mode!r}) must be full, same or valid" if len(v) else "`v` must not be empty"
        raise ValueError(f"[np.convolve] {wrong}")
    dtype = np.result_type(a.dtype, v.dtype)
    a, v = a.to(dtype), v.to(dtype)
    y = FUNCTIONS["conv1d"](a[None, None], FUNCTIONS["flip"](v, (0,))[None, None], padding=len(v) - 1)[0, 0]
    first = {"full": 0, "same": (len(v) - 1) // 2, "valid": len(v) - 1}[mode]
    return y[first : first + {"full": len(y), "same": len(a), "valid": len(a) - len(v) + 1}[mode]]


def _correlate(a, v, mode="valid"):
    """Σ_n a[n + k] v*[n]; where `v` is the longer, theirs with each other's place, turned round."""
    a, v = _row(a), _row(v)
    if len(v) > len(a):
        return FUNCTIONS["flip"](FUNCTIONS["conj"](_correlate(v, a, mode)), (0,))
    return _convolve(a, FUNCTIONS["flip"](FUNCTIONS["conj"](v), (0,)), mode)


HANDLED.update(
    {
        np.convolve: _convolve,
        np.correlate: _correlate,
        np.dot: _dot,
        np.einsum: _einsum,
        np.inner: _inner,
        np.kron: same("kron"),
        np.outer: _outer,
        np.tensordot: _tensordot,
    }
)
