"""Polynomials in NumPy."""

import numpy as np

__all__ = ["polynomial"]


def polynomial(coefficients, x):
    """Horner's rule."""
    y = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        y *= x
        y += c
    return y
