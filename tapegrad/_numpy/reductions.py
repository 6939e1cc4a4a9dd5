"""Sums, extremes, and where they are."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, REDUCTIONS, into, same


def _reduction(name: str, **defaults):
    """A reduction with NumPy's keywords; `where=` and `initial=` are refused rather than ignored."""

    def reduce(a, axis=None, dtype=None, out=None, keepdims=False, **other):
        unknown = [k for k, v in other.items() if v is not np._NoValue and k not in ("ddof", "correction")]
        if unknown:
            raise TypeError(f"[np.{name}] `{unknown[0]}` is not supported on tensors")
        options = {**defaults, **{k: v for k, v in other.items() if k in ("ddof", "correction")}}
        if dtype is not None:
            a = a.to(dtype)
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        if "ddof" in options:
            options["correction"] = options.pop("ddof")
        operation = FUNCTIONS[name]
        if isinstance(axis, (tuple, list)) and name in ("prod", "any", "all"):
            return into(out, _axis_by_axis(operation, a, axis, keepdims))
        return into(out, operation(a, dim=axis, keepdim=keepdims, **options) if axis is not None or keepdims
                     else operation(a, **options))  # fmt: skip

    return reduce


def _axis_by_axis(operation, a, axes, keepdims):
    for axis in sorted((i % a.ndim for i in axes), reverse=True):
        a = operation(a, dim=axis, keepdim=keepdims)
    return a


def _extreme(name: str):
    """`np.max`: NumPy answers the value alone, also along an axis, and ties share the gradient."""

    def reduce(a, axis=None, out=None, keepdims=False, **other):
        if any(v is not np._NoValue for v in other.values()):
            raise TypeError(f"[np.{name}] `{next(iter(other))}` is not supported on tensors")
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        axes = tuple(range(a.ndim)) if axis is None else axis
        return into(out, FUNCTIONS[name](a, dim=axes, keepdim=keepdims))

    return reduce


def _position(name: str):
    def find(a, axis=None, out=None, *, keepdims=False):
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        return into(out, FUNCTIONS[name](a, dim=axis, keepdim=keepdims))

    return find


def _log_of_sum(a, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
    """`np.logaddexp.reduce`."""
    if initial not in (None, -np.inf) or where is not True:
        raise TypeError("[np.logaddexp.reduce] `initial` and `where` are not supported on tensors")
    a, axes = a if dtype is None else a.to(dtype), tuple(range(a.ndim)) if axis is None else axis
    return into(out, FUNCTIONS["logsumexp"](a, axes, bool(keepdims)))


HANDLED.update(
    {
        np.sum: _reduction("sum"),
        np.mean: _reduction("mean"),
        np.prod: _reduction("prod"),
        np.var: _reduction("var", correction=0),
        np.std: _reduction("std", correction=0),
        np.any: _reduction("any"),
        np.all: _reduction("all"),
        np.max: _extreme("amax"),
        np.min: _extreme("amin"),
        np.amax: _extreme("amax"),
        np.amin: _extreme("amin"),
        np.argmax: _position("argmax"),
        np.argmin: _position("argmin"),
        np.count_nonzero: same("count_nonzero"),
    }
)
REDUCTIONS.update(
    {
        "add": _reduction("sum"),
        "multiply": _reduction("prod"),
        "maximum": _extreme("amax"),
        "minimum": _extreme("amin"),
        "logaddexp": _log_of_sum,
        "logical_and": _reduction("all"),
        "logical_or": _reduction("any"),
    }
)
