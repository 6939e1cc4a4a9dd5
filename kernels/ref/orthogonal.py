"""Orthogonal polynomials in NumPy."""

import numpy as np

from ._pieces import evaluate, iterate

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
    def after(now, before, A, B, C):
        line = A * x + B
        return [line * now[m] - C * before[m] + (m * A * now[m - 1] if m else 0) for m in range(order + 1)]

    def step(_, degree, y, *both):
        before, now = both[: order + 1], both[order + 1 :]
        y = np.where(n == degree, now[order], y)
        return [degree + 1, y, *now, *after(now, before, *recurrence(degree))]

    zero, one = np.zeros_like(x), np.ones_like(x)
    constant = [one if m == 0 else zero for m in range(order + 1)]
    y = np.where(np.isnan(n) | np.isnan(x), np.nan, np.where(n == 0, constant[order], zero))  # 0 below degree 0
    state = [one, y, *constant, *after(constant, [zero] * (order + 1), a, b, 0)]
    return iterate(step, state, lambda degree, *_: (degree <= n) & np.isfinite(n), 1 << 40)[1]
