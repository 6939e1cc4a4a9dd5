"""Which elements of an axis a resized one is made of, and how much of each: tables, made once for each scheme."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

_CUBIC = -0.75  # the slope of the cubic kernel at distance 1


class Scheme(NamedTuple):
    """How an axis is resized.

    Output i lies at (i + 1/2) scale - 1/2 of the input, with `align` at i scale.
    """

    kind: str  # nearest, nearest-exact, linear, cubic; wide-linear, wide-cubic (antialiased); even
    n: int  # elements of the axis
    out: int  # and of the resized one
    scale: float = 1.0
    align: bool = False


class Table(NamedTuple):
    """A sparse matrix by rows: row i has weight[k] in column at[k], start[i] ≤ k < start[i + 1]."""

    start: np.ndarray
    at: np.ndarray
    weight: np.ndarray


@lru_cache(64)
def table(scheme, transposed):
    """Return the matrix of a scheme, of `out` rows, or its transpose, of `n`."""
    rows, at, weight = _KINDS[scheme.kind](scheme)
    size = scheme.out
    if transposed:
        order = np.argsort(at, kind="stable")
        rows, at, weight, size = at[order], rows[order], weight[order], scheme.n
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return Table(*map(_frozen, (start.astype(np.int64), at.astype(np.int64), weight)))


def even_windows(n, count):
    """Return the ranges ⌊i·n/count⌋ … ⌈(i + 1)·n/count⌉ that cover n elements."""
    return tuple((i * n // count, -(-(i + 1) * n // count)) for i in range(count))


def near(d):
    """Keys' cubic kernel at a distance of at most 1."""
    return ((_CUBIC + 2) * d - (_CUBIC + 3)) * d * d + 1


def far(d):
    """Keys' cubic kernel at a distance between 1 and 2."""
    return ((_CUBIC * d - 5 * _CUBIC) * d + 8 * _CUBIC) * d - 4 * _CUBIC


def near_slope(d):
    """The slope of `near`."""
    return (3 * (_CUBIC + 2) * d - 2 * (_CUBIC + 3)) * d


def far_slope(d):
    """The slope of `far`."""
    return (3 * _CUBIC * d - 10 * _CUBIC) * d + 8 * _CUBIC


def cubic_weights(t):
    """Weights of four neighbours, the second of which is nearest below."""
    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def cubic_slopes(t):
    """Their slopes."""
    return [far_slope(t + 1), near_slope(t), -near_slope(1 - t), -far_slope(2 - t)]


def _nearest(scheme):
    """Positions of the nearest elements, in the float32 in which PyTorch computes them."""
    i = np.arange(scheme.out, dtype=np.float32) + np.float32(0.5 if scheme.kind == "nearest-exact" else 0)
    at = np.minimum((i * np.float32(scheme.scale)).astype(np.int64), scheme.n - 1)
    return np.arange(scheme.out), at, np.ones(scheme.out)


def _linear(scheme):
    x = np.maximum(_points(scheme), 0)
    low = np.minimum(np.floor(x).astype(np.int64), scheme.n - 1)
    t = np.minimum(x - low, 1)
    return _by_rows(np.stack([low, np.minimum(low + 1, scheme.n - 1)]), np.stack([1 - t, t]))


def _cubic(scheme):
    x = _points(scheme)
    low = np.floor(x).astype(np.int64)
    at = np.clip(low + np.arange(-1, 3)[:, None], 0, scheme.n - 1)
    return _by_rows(at, np.stack(cubic_weights(x - low)))


def _wide(scheme):
    """Average over all that an output covers, if that is more than its neighbours.

    The kernel, a triangle or Keys' cubic with slope -1/2, is as wide as `scale` says.
    """
    cubic, stretch = scheme.kind == "wide-cubic", max(scheme.scale, 1.0)
    reach = (2 if cubic else 1) * stretch
    center = scheme.scale * (np.arange(scheme.out) + 0.5)
    low = np.maximum((center - reach + 0.5).astype(np.int64), 0)
    high = np.minimum((center + reach + 0.5).astype(np.int64), scheme.n)
    at = low + np.arange((high - low).max())[:, None]
    d = np.abs((at - center + 0.5) / stretch)
    if cubic:
        weight = np.where(d < 1, (1.5 * d - 2.5) * d * d + 1, ((-0.5 * d + 2.5) * d - 4) * d + 2) * (d < 2)
    else:
        weight = np.maximum(1 - d, 0)
    weight = weight * (at < high)
    return _by_rows(at, weight / weight.sum(0), at < high)


def _even(scheme):
    windows = even_windows(scheme.n, scheme.out)
    lengths = np.array([end - start for start, end in windows])
    at = np.concatenate([np.arange(start, end) for start, end in windows])
    return np.repeat(np.arange(scheme.out), lengths), at, np.repeat(1 / lengths, lengths)


_KINDS = {
    "nearest": _nearest, "nearest-exact": _nearest, "linear": _linear, "cubic": _cubic, "wide-linear": _wide,
    "wide-cubic": _wide, "even": _even,
}  # fmt: skip


def _points(scheme):
    i = np.arange(scheme.out, dtype=np.float64)
    return i * scheme.scale if scheme.align else (i + 0.5) * scheme.scale - 0.5


def _by_rows(at, weight, kept=None):
    """Columns and weights given tap by tap, (K, out), laid out row by row."""
    kept = np.ones(at.shape, bool) if kept is None else kept
    rows = np.broadcast_to(np.arange(at.shape[1]), at.shape)
    return tuple(a.T[kept.T] for a in (rows, at, weight))


def _frozen(array):
    array.flags.writeable = False
    return array
