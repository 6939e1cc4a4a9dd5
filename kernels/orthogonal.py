"""Orthogonal polynomials, and their derivatives.

f₀ = 1,   f₁ = a x + b,   f[k+1] = (A[k] x + B[k]) f[k] - C[k] f[k-1]
"""

from ._backend import serve
from ._floats import floating

KINDS = (
    "chebyshev_t",
    "chebyshev_u",
    "chebyshev_v",
    "chebyshev_w",
    "hermite_h",
    "hermite_he",
    "laguerre_l",
    "legendre_p",
)


def orthogonal(x, n, kind, order=0):
    """Evaluate orthogonal polynomials, or their derivatives, by their recurrence.

    Parameters
    ----------
    x : array, floating
    n : array, floating
        The degrees, broadcast against `x`; what stands behind the point is cut off. Below 0 the answer is 0.
    kind : str
        One of `KINDS`.
    order : int
        Of the derivative in `x`; not negative.

    Raises
    ------
    TypeError
        If `x` or `n` is not floating.
    ValueError
        If there is no such kind, or `order` is negative.

    Notes
    -----
    The cost grows with the largest degree and with `order`. Computed in float64.
    """
    floating("orthogonal", x=x, n=n)
    if kind not in KINDS:
        raise ValueError(f"[orthogonal] `kind` (={kind!r}) must be one of {', '.join(KINDS)}")
    if order < 0:
        raise ValueError(f"[orthogonal] `order` (={order}) must not be negative")
    return serve("orthogonal", x, n).orthogonal(x, n, kind, order)
