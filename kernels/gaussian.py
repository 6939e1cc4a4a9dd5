"""The normal distribution, and the error functions that NumPy and `activation` lack.

They take floating arrays and keep their dtype (it is computed in float64), let NaN through, answer infinities with the
limit and poles as PyTorch does. Nothing warns. The error is at most 16 u (|f(x)| + |x f'(x)|), u being half a unit in
the last place of 1: what sixteen roundings of the argument and of the answer would do.
"""

from ._backend import serve
from ._floats import floating


def erfcx(x, order=0):
    """Scaled complementary error function, or its first derivative.

        f(x) = e^(x²) erfc(x),   f'(x) = 2 x f(x) - 2/√π

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
    floating("erfcx", x=x)
    if order not in (0, 1):
        raise ValueError(f"[erfcx] `order` (={order}) must be 0 or 1")
    return serve("gaussian", x).erfcx(x, order)


def erfinv(x):
    """Inverse error function.

        erf(y) = x

    ±∞ at ±1, NaN outside.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("erfinv", x=x)
    return serve("gaussian", x).erfinv(x)


def ndtr(x):
    """Normal distribution function, exact in the lower tail.

        y = 1/√(2π) ∫ e^(-t²/2) dt  from -∞ to x

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("ndtr", x=x)
    return serve("gaussian", x).ndtr(x)


def log_ndtr(x):
    """Logarithm of `ndtr`, also where that underflows.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("log_ndtr", x=x)
    return serve("gaussian", x).log_ndtr(x)


def ndtri(x):
    """Quantiles of the normal distribution.

        ndtr(y) = x

    -∞ at 0, ∞ at 1, NaN outside.

    Parameters
    ----------
    x : array, floating

    Raises
    ------
    TypeError
        If `x` is not floating.
    """
    floating("ndtri", x=x)
    return serve("gaussian", x).ndtri(x)
