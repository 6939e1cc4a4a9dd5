"""Orthogonal polynomials: Chebyshev's four kinds, plain and shifted to [0, 1], Hermite's two, Laguerre's, Legendre's.

Their kernel gives any derivative, so one primitive has them all. PyTorch has no derivatives of these.
"""

from .. import kernels
from .._tape import elementwise
from ._operands import check_untracked, floating
from ._registry import public

_orthogonal = elementwise(
    "orthogonal_polynomial",
    lambda x, n, *, kind, order: kernels.orthogonal(x, n, kind, order),
    lambda x, n, kind, order: _orthogonal(x, n, kind=kind, order=order + 1),
    None,
)


def _polynomials(name, kind, what, shifted=False):
    def call(x, n):
        check_untracked(name, "n", n, "x")
        x = floating(x)
        return _orthogonal(2 * x - 1 if shifted else x, floating(n), kind=kind, order=0)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"""{what} of degree n.

    Parameters
    ----------
    x : Tensor, array or number
    n : Tensor, array or number
        Broadcast against `x`, cut off behind the point; below 0 the answer is 0. The cost grows with the largest.

    Raises
    ------
    NotImplementedError
        If `n` is tracked: there is a derivative in `x` alone.
    """
    return public(name, function=False, method=False, x="x")(call)


chebyshev_polynomial_t = _polynomials(
    "chebyshev_polynomial_t", "chebyshev_t", "Chebyshev's polynomial of the first kind cos(n arccos x)"
)
chebyshev_polynomial_u = _polynomials(
    "chebyshev_polynomial_u", "chebyshev_u", "Chebyshev's polynomial of the second kind"
)
chebyshev_polynomial_v = _polynomials(
    "chebyshev_polynomial_v", "chebyshev_v", "Chebyshev's polynomial of the third kind"
)
chebyshev_polynomial_w = _polynomials(
    "chebyshev_polynomial_w", "chebyshev_w", "Chebyshev's polynomial of the fourth kind"
)
shifted_chebyshev_polynomial_t = _polynomials(
    "shifted_chebyshev_polynomial_t", "chebyshev_t", "Chebyshev's polynomial of the first kind of 2x - 1", True
)
shifted_chebyshev_polynomial_u = _polynomials(
    "shifted_chebyshev_polynomial_u", "chebyshev_u", "Chebyshev's polynomial of the second kind of 2x - 1", True
)
shifted_chebyshev_polynomial_v = _polynomials(
    "shifted_chebyshev_polynomial_v", "chebyshev_v", "Chebyshev's polynomial of the third kind of 2x - 1", True
)
shifted_chebyshev_polynomial_w = _polynomials(
    "shifted_chebyshev_polynomial_w", "chebyshev_w", "Chebyshev's polynomial of the fourth kind of 2x - 1", True
)
hermite_polynomial_h = _polynomials("hermite_polynomial_h", "hermite_h", "The physicists' Hermite polynomial")
hermite_polynomial_he = _polynomials("hermite_polynomial_he", "hermite_he", "The probabilists' Hermite polynomial")
laguerre_polynomial_l = _polynomials("laguerre_polynomial_l", "laguerre_l", "Laguerre's polynomial")
legendre_polynomial_p = _polynomials("legendre_polynomial_p", "legendre_p", "Legendre's polynomial")
