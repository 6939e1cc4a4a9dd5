"""Running sums, products and extremes; differences and areas."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import ACCUMULATIONS, HANDLED, into, tensor_of


def _scan(name: str, default=None):
    """All elements in a row for `axis=None`."""

    def scan(a, axis=default, dtype=None, out=None):
        a = a.reshape(-1) if axis is None else a
        y = FUNCTIONS[name](a if dtype is None else a.to(dtype), dim=0 if axis is None else axis)
        return into(out, y[0] if isinstance(y, tuple) else y)

    return scan


def _cumulative(name: str, first: int):
    """The array API's names: `axis` may be left out in one dimension only, and the empty sum may come first."""

    def scan(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        if axis is None and x.ndim != 1:
            raise ValueError(f"[np.cumulative_{name[3:]}] `axis` (=None) must be an int for a tensor of {x.ndim} axes")
        axis = 0 if axis is None else axis
        y = FUNCTIONS[name](x if dtype is None else x.to(dtype), dim=axis)
        if include_initial:
            shape = [1 if i == axis % y.ndim else n for i, n in enumerate(y.shape)]
            y = FUNCTIONS["cat"]([y.detach().new_full(shape, first), y], dim=axis)
        return into(out, y)

    return scan


def _beside(a, extra, axis):
    """What `np.diff` puts before or behind `a`: a number stands for a whole slice."""
    if extra is np._NoValue:
        return None
    extra = tensor_of(extra)
    shape = [1 if i == axis % a.ndim else n for i, n in enumerate(a.shape)]
    return extra if extra.ndim else FUNCTIONS["broadcast_to"](extra, shape)


def _diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    a = tensor_of(a)
    return FUNCTIONS["diff"](a, n, axis, _beside(a, prepend, axis), _beside(a, append, axis))


def _trapezoid(y, x=None, dx=1.0, axis=-1):
    return FUNCTIONS["trapezoid"](y, dx=dx, dim=axis) if x is None else FUNCTIONS["trapezoid"](y, x, dim=axis)


def _ediff1d(ary, to_end=None, to_begin=None):
    parts = [to_begin, FUNCTIONS["diff"](ary.reshape(-1)), to_end]
    return np.concatenate([np.ravel(part) for part in parts if part is not None])


HANDLED.update(
    {
        np.cumprod: _scan("cumprod"),
        np.cumsum: _scan("cumsum"),
        np.cumulative_prod: _cumulative("cumprod", 1),
        np.cumulative_sum: _cumulative("cumsum", 0),
        np.diff: _diff,
        np.ediff1d: _ediff1d,
        np.trapezoid: _trapezoid,
    }
)
ACCUMULATIONS.update(
    {
        "add": _scan("cumsum", 0),
        "logaddexp": _scan("logcumsumexp", 0),
        "maximum": _scan("cummax", 0),
        "minimum": _scan("cummin", 0),
        "multiply": _scan("cumprod", 0),
    }
)
