"""Orthogonal polynomials in NumPy."""

import numpy as np

from ._pieces import evaluate

__all__ = ["orthogonal"]


def _chebyshev(k):
    return 2, 0, 1


_RECURRENCES = {  # kind: the first degree's a and b, and A, B, C of degree k
    "chebyshev_t": (1, 0, _chebyshev),
    "chebyshev_u": (2, 0, _chebyshev),
    "chebyshev_v": (2, -1, _chebyshev),
    "chebyshev_w": (2, 1, _chebyshev),
    "hermite_h": (2, 0, lambda k: (2, 0, 2 * k)),
    "hermite_he": (1, 0, lambda k: (1, 0, k)),
    "laguerre_l": (-1, 1, lambda k: (-1 / (k + 1), (2 * k + 1) / (k + 1), k / (k + 1))),
    "legendre_p": (1, 0, lambda k: ((2 * k + 1) / (k + 1), 0, k / (k + 1))),
}


def orthogonal(x, n, kind, order):
    """The recurrence, differentiated `order` times: (A x + B) f⁽ᵐ⁾ + m A f⁽ᵐ⁻¹⁾ - C f⁽ᵐ⁾, m = 0 … order."""
    return evaluate(lambda x, n: _orthogonal(x, np.trunc(n), order, *_RECURRENCES[kind]), x, n)


def _orthogonal(x, n, order, a, b, recurrence):
    y = np.where(np.isnan(n) | np.isnan(x), np.nan, 0)  # below degree 0
    before = [np.zeros_like(x) for _ in range(order + 1)]
    now = [np.ones_like(x) if m == 0 else np.zeros_like(x) for m in range(order + 1)]
    last = int(np.max(n, initial=-1, where=np.isfinite(n)))
    for k in range(last + 1):
        y = np.where(n == k, now[order], y)
        A, B, C = (a, b, 0) if k == 0 else recurrence(k)
        line = A * x + B
        after = [line * now[m] - C * before[m] + (m * A * now[m - 1] if m else 0) for m in range(order + 1)]
        before, now = now, after
    return y
