"""Polynomials with constant coefficients, of which the special functions are made.

y[i] = Σ_k c[k] x[i]ᵏ
"""

from ._backend import serve
from ._floats import floating


def polynomial(coefficients, x):
    """Evaluate a polynomial by Horner's rule.

    Parameters
    ----------
    coefficients : tuple of float, (n,)
        Constant first; n > 0.
    x : array, floating

    Returns
    -------
    array, x.shape

    Raises
    ------
    TypeError
        If `x` is neither floating nor complex.
    ValueError
        If there are no coefficients.
    """
    if x.dtype.kind != "c":
        floating("polynomial", x=x)
    if not coefficients:
        raise ValueError(f"[polynomial] `coefficients` (={coefficients!r}) must not be empty")
    return serve("polynomial", x).polynomial(coefficients, x)
