"""Sums over all paths in NumPy: all sequences and states of one time at once."""

import numpy as np

__all__ = ["ctc", "ctc_grad"]


def ctc(x, states, barrier, times, sizes):
    """Go forwards."""
    T, (N, S) = len(x), states.shape
    alpha = np.full((N, T, S + 2), -np.inf, x.dtype)
    sequences = np.arange(N)
    for t in range(T):
        emitted = np.take_along_axis(x[t], states, 1)
        if t == 0:
            alpha[:, 0, 2:4] = emitted[:, :2]
        else:
            before = alpha[:, t - 1]
            alpha[:, t, 2:] = _sum(before[:, 2:], before[:, 1:-1], before[:, :-2] + barrier) + emitted
    last = alpha[sequences, np.maximum(times - 1, 0)] if T else np.full((N, S + 2), -np.inf, x.dtype)
    y = -_logaddexp(last[sequences, sizes + 2], last[sequences, sizes + 1])
    return np.where(times > 0, y, np.where(sizes == 0, 0, np.inf)).astype(x.dtype), alpha


def ctc_grad(g, y, alpha, x, states, barrier, times, sizes):
    """Go backwards."""
    T, (N, S) = len(x), states.shape
    gx, sequences, scale = np.zeros_like(x), np.arange(N), np.where(y == np.inf, 0, y)
    barrier = np.concatenate([barrier[:, 2:], np.full((N, 2), -np.inf, x.dtype)], 1)[:, :S]
    ends = np.full((N, S + 1), -np.inf, x.dtype)
    ends[sequences, sizes] = ends[sequences, sizes - 1] = 0  # the one before the first is cut off
    ends, later = ends[:, :S], np.full((N, S + 2), -np.inf, x.dtype)
    for t in range(T - 1, -1, -1):
        beta = _sum(later[:, :-2], later[:, 1:-1], later[:, 2:] + barrier)
        beta = np.where((times - 1 == t)[:, None], ends, np.where((times > t)[:, None], beta, -np.inf))
        with np.errstate(over="ignore"):
            share = -g[:, None] * np.exp(alpha[:, t, 2:] + beta + scale[:, None])
        share = np.where((y == np.inf)[:, None], 0, share)
        np.add.at(gx[t], (sequences[:, None], states), share)
        later[:, :-2] = beta + np.take_along_axis(x[t], states, 1)
    return gx


def _sum(a, b, c):
    return _logaddexp(_logaddexp(a, b), c)


def _logaddexp(a, b):
    with np.errstate(invalid="ignore"):  # NaN stays
        return np.logaddexp(a, b)
