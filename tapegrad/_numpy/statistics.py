"""Averages and how things vary together."""

import numpy as np

from .._dtypes import float64
from ..ops import FUNCTIONS
from .protocol import HANDLED, into, tensor_of


def _average(a, axis=None, weights=None, returned=False, *, keepdims=np._NoValue):
    """Σ w a / Σ w; weights of one axis may be a row."""
    if weights is None:
        y = np.mean(a, axis=axis, keepdims=keepdims)
        total = y.detach() * 0 + a.numel() / max(y.numel(), 1)
    else:
        a, w = tensor_of(a), tensor_of(weights)
        if w.shape != a.shape:
            if w.ndim != 1 or not isinstance(axis, int) or w.shape[0] != a.shape[axis]:
                raise TypeError(
                    f"[np.average] `weights` (shape {tuple(w.shape)}) must have the shape {tuple(a.shape)} "
                    f"of `a`, or its length along `axis` (={axis})"
                )
            w = w.reshape(*(-1 if i == axis % a.ndim else 1 for i in range(a.ndim)))
        total = np.sum(FUNCTIONS["broadcast_to"](w, a.shape), axis=axis, keepdims=keepdims)
        y = np.sum(a * w, axis=axis, keepdims=keepdims) / total
    return (y, total) if returned else y


def _ptp(a, axis=None, out=None, keepdims=np._NoValue):
    return into(out, np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims))


def _variables(m, y, rowvar, dtype):
    """All variables as rows, observations as columns."""
    parts = [
        np.atleast_2d(v if v.dtype.kind in "fc" else v.to(float64))
        for v in (tensor_of(v) for v in (m, y) if v is not None)
    ]
    parts = [p if rowvar or p.shape[0] == 1 else p.mT for p in parts]
    x = FUNCTIONS["cat"](parts, dim=0)
    return x if dtype is None else x.to(dtype)


def _cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    x = _variables(m, y, rowvar, dtype)
    times = None if fweights is None else tensor_of(fweights)
    if times is not None and times.dtype.kind == "f":
        if np.any(times.detach().numpy() != np.rint(times.detach().numpy())):
            raise TypeError("[np.cov] `fweights` must be whole numbers")
        times = times.long()
    importance = None if aweights is None else tensor_of(aweights)
    if importance is not None and importance.dtype.kind != "f":
        importance = importance.to(float64)
    correction = int(not bias) if ddof is None else ddof
    return FUNCTIONS["cov"](x, correction=correction, fweights=times, aweights=importance)


def _gradient(f, *varargs, axis=None, edge_order=1):
    """Slopes along all axes or those asked for; `varargs` are steps or places, one for all or one for each axis."""
    x = tensor_of(f)
    x = x if x.dtype.kind in "fc" else x.to(float64)
    dims = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    steps = tuple(tensor_of(h) if np.ndim(h) else h for h in varargs)
    if len(steps) == 1 and not np.ndim(steps[0]):
        steps = steps * len(dims)
    if len(steps) not in (0, len(dims)):
        raise TypeError(f"[np.gradient] `varargs` ({len(steps)} given) must be one step, or one for each of {dims}")
    y = FUNCTIONS["gradient"](x, spacing=steps or 1, dim=dims, edge_order=edge_order)
    return y[0] if len(dims) == 1 else y


def _corrcoef(x, y=None, rowvar=True, *, dtype=None):
    return FUNCTIONS["corrcoef"](_variables(x, y, rowvar, dtype))


HANDLED.update(
    {np.average: _average, np.corrcoef: _corrcoef, np.cov: _cov, np.gradient: _gradient, np.ptp: _ptp}
)
