"""The gamma function's relatives.

They take floating arrays and keep their dtype (it is computed in float64), let NaN through, answer infinities with the
limit and poles as PyTorch does. Nothing warns. The error is at most 16 u (|f(x)| + |x f'(x)|), u being half a unit in
the last place of 1: what sixteen roundings of the argument and of the answer would do.
"""

from ._backend import serve
from ._floats import floating


def lgamma(x):
    """Logarithm of the gamma function's absolute value.

        y = log |Γ(x)|

    ∞ at 0, -1, -2, …

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("lgamma", x=x)
    return serve("gamma", x).lgamma(x)


def digamma(x):
    """Logarithmic derivative of the gamma function.

        y = ψ(x) = Γ'(x) / Γ(x)

    ∓∞ at ±0, NaN at -1, -2, …

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("digamma", x=x)
    return serve("gamma", x).digamma(x)


def polygamma(x, n):
    """Derivatives of `digamma`.

        y = ψ⁽ⁿ⁾(x) = (-1)^(n+1) n! Σ_k (x + k)^-(n+1),   k ≥ 0

    Parameters
    ----------
    x : array, floating
    n : int
        Not negative.

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `n` is negative.

    Notes
    -----
    At the poles 0, -1, -2, … the answer is that of their right side, (-1)^(n+1) ∞.
    """
    floating("polygamma", x=x)
    if n < 0:
        raise ValueError(f"[polygamma] `n` (={n}) must not be negative")
    return serve("gamma", x).polygamma(x, int(n))


def zeta(x, q):
    """Hurwitz's zeta function.

        y = Σ_k (q + k)^-x,   k ≥ 0

    Parameters
    ----------
    x, q : array, floating
        Broadcast against each other.

    Raises
    ------
    TypeError
        If one of them is not floating.

    Notes
    -----
    ∞ at x = 1 and at q = 0, -1, -2, …; NaN for x < 1, and for q < 0 unless x is an integer.
    """
    floating("zeta", x=x, q=q)
    return serve("gamma", x, q).zeta(x, q)
