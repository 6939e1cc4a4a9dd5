"""Sums of exponentials in one pass: the largest element so far, and the sum relative to it, are brought along."""

import numpy as np

from ._row import lowest


def exponentials(row):
    """The maximum m of a row and Σ e^(x - m); the sum is NaN where m is infinite, as that of e^(∞ - ∞) is."""
    m, s = row.fold(lambda x: (x, np.ones_like(x)), _together, lambda d, _: (lowest(d), 0))
    return m, np.where(np.isinf(m), np.nan, s)


def log_sum(row):
    """The logarithm of Σ e^x."""
    m, s = row.fold(lambda x: (x, np.ones_like(x)), _together, lambda d, _: (lowest(d), 0))
    return np.where(np.isinf(m), m, m + np.log(s))


def _together(m, s, n, t):
    less = np.where(m == n, 1, np.exp(-np.abs(m - n)))  # what the sum with the smaller maximum counts
    return np.maximum(m, n), np.where(m >= n, s + t * less, s * less + t)
