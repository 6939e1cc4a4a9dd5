"""Reductions that leave NaN out."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, REDUCTIONS, into


def _nan(a):
    return FUNCTIONS["isnan"](a)


def _filled(a, value):
    """`a` with `value` for NaN."""
    return FUNCTIONS["where"](_nan(a), value, a) if a.dtype.kind in "fc" else a


def _after(reduce, value):
    """A reduction that `value` does not change."""
    return lambda a, axis=None, **options: reduce(_filled(a, value), axis=axis, **options)


def _extreme(reduce, value):
    """NaN where there is nothing else."""

    def find(a, axis=None, out=None, keepdims=np._NoValue):
        y = reduce(_filled(a, value), axis=axis, keepdims=keepdims)
        if a.dtype.kind == "f":
            y = FUNCTIONS["where"](np.all(_nan(a), axis=axis, keepdims=keepdims), np.nan, y)
        return into(out, y)

    return find


def _position(name: str, value: float):
    def find(a, axis=None, out=None, *, keepdims=np._NoValue):
        if np.all(_nan(a), axis=axis).any():
            raise ValueError(f"[np.{name}] `a` must not be NaN everywhere along `axis` (={axis})")
        return into(out, getattr(np, name.removeprefix("nan"))(_filled(a, value), axis=axis, keepdims=keepdims))

    return find


def _count(a, axis, keepdims):
    return np.sum(FUNCTIONS["logical_not"](_nan(a)), axis=axis, keepdims=keepdims)


def _mean(a, axis=None, dtype=None, out=None, keepdims=np._NoValue):
    total = np.sum(_filled(a, 0), axis=axis, dtype=dtype, keepdims=keepdims)
    return into(out, total / _count(a, axis, keepdims))


def _var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=np._NoValue):
    a = a if dtype is None else a.to(dtype)
    centred = _filled(a - _mean(a, axis, keepdims=True), 0)
    left = _count(a, axis, keepdims) - ddof
    y = np.sum(FUNCTIONS["abs"](centred) ** 2, axis=axis, keepdims=keepdims) / left
    return into(out, FUNCTIONS["where"](left > 0, y, np.nan))


def _std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=np._NoValue):
    return into(out, _var(a, axis, dtype, None, ddof, keepdims).sqrt())


HANDLED.update(
    {
        np.nanargmax: _position("nanargmax", -np.inf),
        np.nanargmin: _position("nanargmin", np.inf),
        np.nancumprod: _after(np.cumprod, 1),
        np.nancumsum: _after(np.cumsum, 0),
        np.nanmax: _extreme(np.max, -np.inf),
        np.nanmean: _mean,
        np.nanmin: _extreme(np.min, np.inf),
        np.nanprod: _after(np.prod, 1),
        np.nanstd: _std,
        np.nansum: _after(np.sum, 0),
        np.nanvar: _var,
    }
)
REDUCTIONS.update({"fmax": HANDLED[np.nanmax], "fmin": HANDLED[np.nanmin]})
