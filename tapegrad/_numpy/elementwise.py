"""One element at a time: what is no ufunc in NumPy."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, into, same


def _clip(a, a_min=np._NoValue, a_max=np._NoValue, out=None, *, min=np._NoValue, max=np._NoValue):
    low, high = (v if w is np._NoValue else w for v, w in ((a_min, min), (a_max, max)))
    low, high = (None if v is np._NoValue else v for v in (low, high))
    return into(out, FUNCTIONS["clip"](a, low, high))


def _where(condition, x=None, y=None, /):
    return FUNCTIONS["where"](condition) if x is None and y is None else FUNCTIONS["where"](condition, x, y)


def _round(a, decimals=0, out=None):
    return into(out, FUNCTIONS["round"](a, decimals=decimals))


def _nonzero(a):
    return FUNCTIONS["nonzero"](a, as_tuple=True)


def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if not copy:
        raise TypeError("[np.nan_to_num] `copy` (=False) is not supported on tensors; use x.nan_to_num_()")
    return FUNCTIONS["nan_to_num"](x, nan, posinf, neginf)


def _angle(z, deg=False):
    return FUNCTIONS["rad2deg"](FUNCTIONS["angle"](z)) if deg else FUNCTIONS["angle"](z)


_SAME = "isclose allclose argwhere real imag isreal i0".split()

HANDLED.update({getattr(np, name): same(name) for name in _SAME})
HANDLED.update(
    {
        np.angle: _angle,
        np.around: _round,
        np.array_equal: same("equal"),
        np.clip: _clip,
        np.nan_to_num: _nan_to_num,
        np.nonzero: _nonzero,
        np.round: _round,
        np.where: _where,
    }
)
