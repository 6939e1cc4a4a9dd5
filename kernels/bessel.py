"""Bessel functions of the orders 0 and 1, and Airy's.

They take floating arrays and keep their dtype (it is computed in float64), let NaN through, answer infinities with the
limit and poles as PyTorch does. Nothing warns. The error is at most 16 u (|f(x)| + |x f'(x)|), u being half a unit in
the last place of 1: what sixteen roundings of the argument and of the answer would do.
"""

from ._backend import serve
from ._floats import floating


def j0(x):
    """Bessel function J₀.

        y = 1/π ∫ cos(x sin t) dt  from 0 to π

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("j0", x=x)
    return serve("bessel", x).j0(x)


def j1(x):
    """Bessel function J₁.

        y = 1/π ∫ cos(x sin t - t) dt  from 0 to π

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("j1", x=x)
    return serve("bessel", x).j1(x)


def y0(x):
    """Bessel function of the second kind Y₀: -∞ at 0, NaN below.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("y0", x=x)
    return serve("bessel", x).y0(x)


def y1(x):
    """Bessel function of the second kind Y₁: -∞ at 0, NaN below.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("y1", x=x)
    return serve("bessel", x).y1(x)


def airy_ai(x, order=0):
    """Airy function Ai, or its first derivative.

        y'' = x y,   y → 0 for x → ∞

    Parameters
    ----------
    x : array, floating
    order : {0, 1}

    Raises
    ------
    TypeError
        If `x` is not floating.
    ValueError
        If `order` is another.
    """
    floating("airy_ai", x=x)
    if order not in (0, 1):
        raise ValueError(f"[airy_ai] `order` (={order}) must be 0 or 1")
    return serve("bessel", x).airy_ai(x, order)
