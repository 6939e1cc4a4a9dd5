"""The incomplete gamma functions.

They take floating arrays that broadcast, keep their dtype (it is computed in float64), and let NaN through. Nothing
warns. The error is at most 16 u (|f(x)| + |x f'(x)|), as in `gamma`.
"""

from ._backend import serve
from ._floats import floating


def gammainc(a, x):
    """Regularised lower incomplete gamma function.

        y = P(a, x) = 1/Γ(a) ∫ t^(a-1) e⁻ᵗ dt  from 0 to x

    Parameters
    ----------
    a, x : array, floating

    Raises
    ------
    TypeError
        If one of them is not floating.

    Notes
    -----
    1 for a = 0 < x, NaN where one is negative or both are 0 or ∞.
    """
    floating("gammainc", a=a, x=x)
    return serve("incomplete_gamma", a, x).gammainc(a, x)


def gammaincc(a, x):
    """Regularised upper incomplete gamma function 1 - P(a, x), exact where it is small.

    Parameters, Raises: as for `gammainc`.
    """
    floating("gammaincc", a=a, x=x)
    return serve("incomplete_gamma", a, x).gammaincc(a, x)


def gammainc_slope(a, x):
    """Slope of `gammainc` in `x`, the density of the gamma distribution.

        y = x^(a-1) e⁻ˣ / Γ(a)

    Parameters, Raises: as for `gammainc`.
    """
    floating("gammainc_slope", a=a, x=x)
    return serve("incomplete_gamma", a, x).gammainc_slope(a, x)
