"""The gamma function's relatives.

    log |Γ|  →  ψ  →  ψ'  →  ψ''  →  …

Each is the slope of the one before it.
"""

from math import log, pi

from .. import kernels
from .._tape import elementwise, unary
from ._operands import check_untracked, floating, of_floats
from ._registry import public

lgamma = unary("lgamma", of_floats(kernels.lgamma),     lambda x: digamma(x))
digamma = unary("digamma", of_floats(kernels.digamma), lambda x: _polygamma(x, n=1))
_polygamma = elementwise("polygamma", lambda x, *, n: kernels.polygamma(x, n), lambda x, n: _polygamma(x, n=n + 1))
_zeta = elementwise("zeta", lambda x, q: kernels.zeta(x, q), None, lambda g, x, q: g * -x * _zeta(x + 1, q))


def _multivariate(x, *, p):
    y = kernels.lgamma(x)
    for j in range(1, p):
        y = y + kernels.lgamma(x - 0.5 * j)
    return kernels.add(y, 0.25 * p * (p - 1) * log(pi), out=...)


def _multivariate_slope(x, p):
    s = digamma(x)
    for j in range(1, p):
        s = s + digamma(x - 0.5 * j)
    return s


_mvlgamma = elementwise("mvlgamma", _multivariate, _multivariate_slope)


def polygamma(n, x):
    """Derivative of order n of `digamma`: (-1)^(n+1) n! Σ_k (x + k)^-(n+1), k ≥ 0.

    Parameters
    ----------
    n : int
        Not negative.
    x : Tensor or array

    Raises
    ------
    RuntimeError
        If `n` is negative.

    Notes
    -----
    At the poles 0, -1, -2, … the answer is that of their right side, (-1)^(n+1) ∞.

    Examples
    --------
    >>> tg.polygamma(1, tg.tensor([1.0, 0.5]))
    tensor([1.6449, 4.9348])
    """
    if not isinstance(n, int):
        raise TypeError(f"[polygamma] `n` (={n!r}) must be an int")
    if n < 0:
        raise RuntimeError(f"[polygamma] `n` (={n}) must not be negative")
    return _polygamma(floating(x), n=n)


def _polygamma_method(x, n):
    """Derivative of order n of `digamma`; see `tapegrad.polygamma`."""
    return polygamma(n, x)


@public(in_place=True)
def mvlgamma(x, p):
    """Logarithm of the multivariate gamma function: p(p-1)/4 log π + Σ_j log Γ(x - j/2), j < p.

    Parameters
    ----------
    x : Tensor or array
        Larger than (p - 1)/2, for the function to be defined.
    p : int
        The dimension, at least 1.

    Raises
    ------
    RuntimeError
        If `p` is less than 1.
    """
    if not isinstance(p, int):
        raise TypeError(f"[mvlgamma] `p` (={p!r}) must be an int")
    if p < 1:
        raise RuntimeError(f"[mvlgamma] `p` (={p}) must be at least 1")
    return _mvlgamma(floating(x), p=p)


@public(function=False, method=False)
def zeta(x, other):
    """Hurwitz's zeta function: Σ_k (other + k)^-x, k ≥ 0.

    Parameters
    ----------
    x, other : Tensor, array or number
        Broadcast against each other. ∞ at x = 1 and at q = 0, -1, -2, …; NaN for x < 1, and for q < 0 unless x is an
        integer.

    Raises
    ------
    NotImplementedError
        If `x` is tracked: there is a derivative in `other` alone.

    Examples
    --------
    >>> tg.special.zeta(tg.tensor([2.0, 4.0]), 1)
    tensor([1.6449, 1.0823])
    """
    check_untracked("zeta", "x", x, "other")
    return _zeta(floating(x), floating(other))


for _f, _text in (
    (lgamma, "Logarithm of the gamma function: log |Γ(x)|; ∞ at 0, -1, -2, …"),
    (digamma, "Slope of `lgamma`: ψ(x) = Γ'(x) / Γ(x); ∓∞ at ±0, NaN at -1, -2, …"),
):
    _f.__doc__ = _text
    public(_f.__name__, in_place=True)(_f)

public("polygamma", method=False, x="input")(polygamma)
public("polygamma", function=False, in_place=True)(_polygamma_method)
