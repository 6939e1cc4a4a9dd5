"""Running extremes and sums of exponentials; differences and areas along an axis."""

from collections import namedtuple
from math import inf

from .. import kernels
from .._tape import declare
from ._dims import dim_of
from ._registry import public
from .arithmetic import subtract
from .axes import transpose
from .comparison import logical_xor
from .elementwise import exp
from .gather import gather
from .join import cat
from .product import before, cumsum, later, recurrence
from .rearrange import clone
from .reduce import sum as sum_of
from .selection import where
from .shape import _view, as_row
from .split import narrow

_PAIR = ("values", "indices")
_Cummax, _Cummin = namedtuple("cummax", _PAIR), namedtuple("cummin", _PAIR)

_last_max = declare("cummax", lambda x, *, dim: kernels.last_extreme(x, dim, True), [None], [None])
_last_min = declare("cummin", lambda x, *, dim: kernels.last_extreme(x, dim, False), [None], [None])


@public()
def cummax(x, dim):
    """Running maximum.

        values[i] = max_{j ≤ i} x[j] = x[indices[i]]

    Parameters
    ----------
    x : Tensor or array
    dim : int

    Returns
    -------
    values, indices
        A named pair; of equals the last.

    Raises
    ------
    IndexError
        If there is no such dim.

    Notes
    -----
    From the first NaN on the maximum is NaN. The gradient goes to the element that `indices` names.
    """
    return _running(_Cummax, _last_max, "cummax", x, dim)


@public()
def cummin(x, dim):
    """Running minimum; else as `cummax`."""
    return _running(_Cummin, _last_min, "cummin", x, dim)


def _running(pair, search, op, x, dim):
    d = dim_of(op, dim, len(x.shape))
    if not x.shape:
        return pair(*as_row(lambda row: _running(pair, search, op, row, 0), x))
    index = search(x, dim=d)
    return pair(gather(x, d, index), index)


def _shares(x, y, dim):
    """Of the sum y[i], along the last axis: the share e^(x[i] - y[i]) of the newest term, and that of the others."""
    x, y = transpose(x, dim, -1), transpose(y, dim, -1)
    level = where(y == -inf, 0, y)  # nothing has no shares
    return exp(x - level), exp(before(y) - level)


def _logcumsumexp_vjp(g, x, y, dim):
    """gx[i] = new[i] s[i], where s[i] = g[i] + others[i+1] s[i+1]."""
    new, others = _shares(x, y, dim)
    return transpose(new * later(transpose(g, dim, -1), others), dim, -1)


def _logcumsumexp_jvp(t, x, y, dim):
    """s[i] = others[i] s[i-1] + new[i] t[i]."""
    new, others = _shares(x, y, dim)
    return transpose(recurrence(others, new * transpose(t, dim, -1)), dim, -1)


_logcumsumexp = declare(
    "logcumsumexp", lambda x, *, dim: kernels.logcumsumexp(x, dim), [_logcumsumexp_vjp], [_logcumsumexp_jvp]
)


@public()
def logcumsumexp(x, dim):
    """Running logarithm of a sum of exponentials.

        y[i] = log Σ_{j ≤ i} e^x[j]

    Parameters
    ----------
    x : Tensor or array, floating or complex
    dim : int

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If `x` is neither.
    """
    d = dim_of("logcumsumexp", dim, len(x.shape))
    if x.dtype.kind not in "fc":
        raise RuntimeError(f"[logcumsumexp] `x` (dtype {x.dtype}) must be floating or complex")
    return _logcumsumexp(x, dim=d) if x.shape else as_row(lambda row: _logcumsumexp(row, dim=0), x)


# ---------------------------------------------------------------------------------------- differences and areas


@public()
def diff(x, n=1, dim=-1, prepend=None, append=None):
    """Difference of neighbours, n times.

        y[i] = x[i + 1] - x[i]

    Parameters
    ----------
    x : Tensor or array
        Of booleans whether they differ.
    n : int
    dim : int
    prepend, append : Tensor or array, optional
        What comes before and behind `x` along `dim`.

    Raises
    ------
    RuntimeError
        If `x` is 0-d, or `n` is negative.
    IndexError
        If there is no such dim.
    """
    if not x.shape:
        raise RuntimeError("[diff] `x` (0-d) must have at least one dimension")
    if n < 0:
        raise RuntimeError(f"[diff] `n` (={n}) must not be negative")
    d = dim_of("diff", dim, len(x.shape))
    if n == 0:
        return clone(x)
    parts = [part for part in (prepend, x, append) if part is not None]
    x = cat(parts, d) if len(parts) > 1 else x
    for _ in range(min(n, x.shape[d])):
        size = max(x.shape[d] - 1, 0)
        later, earlier = narrow(x, d, min(1, x.shape[d]), size), narrow(x, d, 0, size)
        x = logical_xor(later, earlier) if x.dtype.kind == "b" else subtract(later, earlier)
    return x


@public("trapezoid", "trapz", method=False)
def trapezoid(y, x=None, *, dx=None, dim=-1):
    """Area under a broken line.

        Σ_i (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2

    Parameters
    ----------
    y : Tensor or array
    x : Tensor or array, optional
        Of the shape of `y`, or with fewer leading axes, or 1-D along `dim`.
    dx : number
        The step, 1 by default, without `x`.
    dim : int

    Raises
    ------
    RuntimeError
        If `x` and `dx` are both given, or `x` does not fit.
    IndexError
        If there is no such dim.
    """
    return sum_of(_areas("trapezoid", y, x, dx, dim), dim_of("trapezoid", dim, len(y.shape)))


@public(method=False)
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    """Area under a broken line up to each point but the first; else as `trapezoid`."""
    return cumsum(_areas("cumulative_trapezoid", y, x, dx, dim), dim_of("cumulative_trapezoid", dim, len(y.shape)))


def _areas(op, y, x, dx, dim):
    if x is not None and dx is not None:
        raise RuntimeError(f"[{op}] `dx` (={dx}) must not be given with `x`")
    d = dim_of(op, dim, len(y.shape))
    if not y.shape:
        raise RuntimeError(f"[{op}] `y` (0-d) must have at least one dimension")
    size = max(y.shape[d] - 1, 0)
    middle = (narrow(y, d, 0, size) + narrow(y, d, min(1, y.shape[d]), size)) / 2
    if x is None:
        return middle if dx is None else middle * dx
    if len(x.shape) == 1:
        if x.shape[0] != y.shape[d]:
            raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have {y.shape[d]} elements, one for each of `y`")
        return middle * _view(diff(x), shape=(size, *(1,) * (len(y.shape) - 1 - d)))
    return middle * diff(x, 1, d - len(y.shape))
