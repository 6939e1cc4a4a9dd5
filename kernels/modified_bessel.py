"""Modified Bessel functions of the orders 0 and 1.

They take floating arrays and keep their dtype (it is computed in float64), let NaN through, answer infinities with the
limit and poles as PyTorch does. Nothing warns. The error is at most 16 u (|f(x)| + |x f'(x)|), u being half a unit in
the last place of 1: what sixteen roundings of the argument and of the answer would do.
"""

from ._backend import serve
from ._floats import floating


def i0(x):
    """Modified Bessel function I₀.

        y = 1/π ∫ e^(x cos t) dt  from 0 to π

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i0", x=x)
    return serve("modified_bessel", x).i0(x)


def i0e(x):
    """I₀(x) e^-|x|, which never overflows.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i0e", x=x)
    return serve("modified_bessel", x).i0e(x)


def i1(x):
    """Modified Bessel function I₁, the derivative of I₀.

        y = 1/π ∫ e^(x cos t) cos t dt  from 0 to π

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i1", x=x)
    return serve("modified_bessel", x).i1(x)


def i1e(x):
    """I₁(x) e^-|x|, which never overflows.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i1e", x=x)
    return serve("modified_bessel", x).i1e(x)


def i1e_slope(x):
    """Slope of `i1e`, e^-|x| (I₀(x) - I₁(|x|) - I₁(x)/x): exact where the terms are nearly equal.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i1e_slope", x=x)
    return serve("modified_bessel", x).i1e_slope(x)


def i_gap(x):
    """e^-|x| (I₀(x) - I₁(|x|)), exact where the two are nearly equal.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("i_gap", x=x)
    return serve("modified_bessel", x).i_gap(x)


def k0(x):
    """Modified Bessel function K₀.

        y = ∫ e^(-x cosh t) dt  from 0 to ∞

    ∞ at 0, NaN below.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("k0", x=x)
    return serve("modified_bessel", x).k0(x)


def k0e(x):
    """K₀(x) eˣ, which never underflows.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("k0e", x=x)
    return serve("modified_bessel", x).k0e(x)


def k1(x):
    """Modified Bessel function K₁.

        y = ∫ e^(-x cosh t) cosh t dt  from 0 to ∞

    ∞ at 0, NaN below.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("k1", x=x)
    return serve("modified_bessel", x).k1(x)


def k1e(x):
    """K₁(x) eˣ, which never underflows.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("k1e", x=x)
    return serve("modified_bessel", x).k1e(x)


def k_gap(x):
    """eˣ (K₁(x) - K₀(x)), exact where the two are nearly equal.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("k_gap", x=x)
    return serve("modified_bessel", x).k_gap(x)
