"""The incomplete gamma functions P and Q = 1 - P, and the density that is their slope."""

from .. import kernels
from .._tape import elementwise
from ._operands import check_untracked, floating
from ._registry import public

_lower = elementwise("igamma", lambda a, x: kernels.gammainc(a, x), None, lambda a, x: _density(a, x))
_upper = elementwise("igammac", lambda a, x: kernels.gammaincc(a, x), None, lambda a, x: -_density(a, x))
_density = elementwise(
    "igamma", lambda a, x: kernels.gammainc_slope(a, x), None, lambda g, a, x, y: g * (y * ((a - 1) / x - 1))
)


@public(in_place=True)
def igamma(x, other):
    """Regularised lower incomplete gamma function: P(a, z) = 1/Γ(a) ∫ t^(a-1) e⁻ᵗ dt from 0 to z.

    Parameters
    ----------
    x, other : Tensor, array or number
        a and z, broadcast against each other. NaN where one is negative; 1 for a = 0.

    Raises
    ------
    NotImplementedError
        If `x` is tracked: there is a derivative in `other` alone.

    Examples
    --------
    >>> tg.igamma(tg.tensor([1.0, 2.0]), tg.tensor([1.0, 1.0]))
    tensor([0.6321, 0.2642])
    """
    check_untracked("igamma", "x", x, "other")
    return _lower(floating(x), floating(other))


@public(in_place=True)
def igammac(x, other):
    """Regularised upper incomplete gamma function: 1 - igamma(x, other), exact where it is small.

    Parameters, Raises: as for `igamma`.
    """
    check_untracked("igammac", "x", x, "other")
    return _upper(floating(x), floating(other))
