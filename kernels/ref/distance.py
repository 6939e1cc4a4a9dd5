"""Differences of pairs in NumPy."""

import numpy as np

__all__ = ["pair_dots", "pair_pull"]


def pair_dots(a, b):
    """Multiply differences."""
    i, j = np.triu_indices(len(a), 1)
    return ((a[i] - a[j]) * (b[i] - b[j])).sum(1)


def pair_pull(s, a):
    """Pull at all others."""
    i, j = np.triu_indices(len(a), 1)
    pulls, y = s[:, None] * (a[i] - a[j]), np.zeros(a.shape, a.dtype)
    np.add.at(y, i, pulls)
    np.subtract.at(y, j, pulls)
    return y
