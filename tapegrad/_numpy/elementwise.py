"""One element at a time: what is no ufunc in NumPy."""

import numpy as np

from .._creation import from_numpy
from ..ops import FUNCTIONS
from .protocol import CONSTANT, HANDLED, into, same


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


def _fix(x, out=None):
    return into(out, FUNCTIONS["trunc"](x))


def _modf(x):
    whole = FUNCTIONS["trunc"](x)
    return FUNCTIONS["copysign"](FUNCTIONS["where"](FUNCTIONS["isinf"](x), 0, x - whole), x), whole


def _polyval(p, x):
    """Horner's rule, the highest power first."""
    y = x * 0
    for coefficient in p:
        y = y * x + coefficient
    return y


def _frexp(x):
    """Mantissas in ±[½, 1), whole powers of two as constants: x = mantissa · 2^exponent."""
    exponent = from_numpy(np.frexp(x.detach().numpy())[1])
    y = FUNCTIONS["ldexp"](x, -exponent)
    return (y if y.dtype == x.dtype else y.to(x.dtype)), exponent


def _spacing(x):
    """The distance to the next number: a step function, as a constant."""
    return from_numpy(np.spacing(x.detach().numpy()))


def _real_if_close(a, tol=100):
    """The real part, where imaginary parts are `tol` roundings (or a size, if less than 1) at most."""
    if a.dtype.kind != "c":
        return a
    imaginary = a.detach().numpy().imag
    size = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return FUNCTIONS["real"](a) if np.all(np.abs(imaginary) < size) else a


def _unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """Whole periods, which are constants, added where neighbours are too far apart."""
    plain = p.detach().numpy()
    jumps = np.unwrap(plain, discont, axis, period=period) - plain
    return p + from_numpy(np.asarray(jumps))


_SAME = "isclose allclose argwhere real imag isreal i0 sinc".split()

HANDLED.update({getattr(np, name): same(name) for name in _SAME})
HANDLED.update(
    {
        np.angle: _angle,
        np.around: _round,
        np.array_equal: same("equal"),
        np.clip: _clip,
        np.divmod: lambda a, b: (FUNCTIONS["floor_divide"](a, b), FUNCTIONS["remainder"](a, b)),
        np.fix: _fix,
        np.frexp: _frexp,
        np.modf: _modf,
        np.polyval: _polyval,
        np.nan_to_num: _nan_to_num,
        np.nonzero: _nonzero,
        np.real_if_close: _real_if_close,
        np.round: _round,
        np.spacing: _spacing,
        np.unwrap: _unwrap,
        np.where: _where,
    }
)
CONSTANT.update(
    {
        np.array2string,
        np.array_equiv,
        np.array_repr,
        np.array_str,
        np.can_cast,
        np.common_type,
        np.digitize,
        np.flatnonzero,
        np.isin,
        np.iscomplex,
        np.iscomplexobj,
        np.isneginf,
        np.isposinf,
        np.isrealobj,
        np.lexsort,
        np.may_share_memory,
        np.min_scalar_type,
        np.result_type,
        np.searchsorted,
        np.shares_memory,
    }
)
