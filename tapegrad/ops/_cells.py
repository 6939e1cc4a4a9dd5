"""Recurrent cells made of recorded operations: what a sweep that is itself recorded, and forward mode, are made of.

Every cell has three maps of one step, whose rows are sequences; v = h wᵀ + b is what the state adds to the input's u:

    forward(u, v, states)               → new states, what the other two maps save
    backward(g, saved)                  → gu, gv, and what the old states get directly, not through v
    tangent(tu, tv, t, saved)           → tangents of the new states
"""

from itertools import accumulate
from typing import NamedTuple

from .axes import mT
from .elementwise import sigmoid, tanh
from .indexing import getitem
from .join import cat_along
from .matmul import linear, product
from .reduce import sum_over
from .region import zeros
from .selection import clamp_min, where


class Plain(NamedTuple):
    """h ← f(u + v)."""

    nonlinearity: str

    def forward(self, u, v, states):
        y = tanh(u + v) if self.nonlinearity == "tanh" else clamp_min(u + v, 0)
        return (y,), (y,)

    def _turned(self, t, saved):
        (y,) = saved
        return t * (1 - y * y) if self.nonlinearity == "tanh" else where(y > 0, t, 0)

    def backward(self, g, saved):
        gv = self._turned(g[0], saved)
        return gv, gv, (None,)

    def tangent(self, tu, tv, t, saved):
        return (self._turned(tu + tv, saved),)


class LongShortTerm(NamedTuple):
    """c ← f c + i g, h ← o tanh(c)."""

    def forward(self, u, v, states):
        c = states[1]
        i, f, g, o = _parts(u + v, 4)
        i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
        new = f * c + i * g
        y = tanh(new)
        return (o * y, new), (i, f, g, o, c, y)

    def backward(self, g, saved):
        (gh, gc), (i, f, g, o, c, y) = g, saved
        gc = gc + gh * o * (1 - y * y)
        gv = gc * g * (i * (1 - i)), gc * c * (f * (1 - f)), gc * i * (1 - g * g), gh * y * (o * (1 - o))
        gv = cat_along(gv, dim=1)
        return gv, gv, (None, gc * f)

    def tangent(self, tu, tv, t, saved):
        i, f, g, o, c, y = saved
        ti, tf, tg, to = _parts(tu + tv, 4)
        tc = t[1] * f + tf * (f * (1 - f)) * c + ti * (i * (1 - i)) * g + tg * (1 - g * g) * i
        return to * (o * (1 - o)) * y + tc * o * (1 - y * y), tc


class Projected(NamedTuple):
    """The long short-term memory whose new h is multiplied with `r`.

    `tr` is the tangent of `r`; `shares` takes what every step adds to the cotangent of `r`.
    """

    r: object
    tr: object = None
    shares: list | None = None

    def forward(self, u, v, states):
        (q, c), saved = LongShortTerm().forward(u, v, states)
        return (linear(q, self.r), c), (q, *saved)

    def backward(self, g, saved):
        q, *saved = saved
        self.shares.append(product(mT(g[0]), q))
        return LongShortTerm().backward((product(g[0], self.r), g[1]), saved)

    def tangent(self, tu, tv, t, saved):
        q, *saved = saved
        tq, tc = LongShortTerm().tangent(tu, tv, t, saved)
        th = linear(tq, self.r)
        return th if self.tr is None else th + linear(q, self.tr), tc


class Gated(NamedTuple):
    """h ← (1 - z) n + z h."""

    def forward(self, u, v, states):
        (h,) = states
        (ur, uz, un), (vr, vz, vn) = _parts(u, 3), _parts(v, 3)
        r, z = sigmoid(ur + vr), sigmoid(uz + vz)
        n = tanh(un + r * vn)
        return (n + z * (h - n),), (r, z, n, vn, h)

    def backward(self, g, saved):
        (g,), (r, z, n, v, h) = g, saved
        gn = g * (1 - z) * (1 - n * n)
        gr, gz = gn * v * (r * (1 - r)), g * (h - n) * (z * (1 - z))
        return cat_along((gr, gz, gn), dim=1), cat_along((gr, gz, gn * r), dim=1), (g * z,)

    def tangent(self, tu, tv, t, saved):
        (th,), (r, z, n, v, h) = t, saved
        (ur, uz, un), (vr, vz, vn) = _parts(tu, 3), _parts(tv, 3)
        tr, tz = (ur + vr) * (r * (1 - r)), (uz + vz) * (z * (1 - z))
        tn = (un + tr * v + r * vn) * (1 - n * n)
        return (tn * (1 - z) + tz * (h - n) + th * z,)


class Step(NamedTuple):
    """One step of a run: its rows, the states before it, and what its cell saved."""

    rows: tuple[int, int]
    states: tuple
    saved: tuple


def run(cell, u, w, b, states, sizes, reverse):
    """The steps, in the order in which they are made."""
    steps = []
    for a, e in _spans(sizes, reverse):
        now = tuple(_rows(s, 0, e - a) for s in states)
        new, saved = cell.forward(_rows(u, a, e), linear(now[0], w, b), now)
        steps.append(Step((a, e), now, saved))
        states = tuple(_replaced(s, n) for s, n in zip(states, new, strict=True))
    return steps


def cotangents(cell, gy, g, u, w, b, states, sizes, reverse):
    """Those of u, w, b (None without) and the states, of those of the results and of the states at the end."""
    steps = run(cell, u, w, b, states, sizes, reverse)
    us, vs, before = {}, {}, {}
    for (a, e), now, saved in reversed(steps):
        mine = [_rows(s, 0, e - a) for s in g]
        us[a], vs[a], direct = cell.backward((mine[0] + _rows(gy, a, e), *mine[1:]), saved)
        before[a] = now[0]
        through = product(vs[a], w)
        old = (through if direct[0] is None else direct[0] + through, *direct[1:])
        g = tuple(_replaced(s, n) for s, n in zip(g, old, strict=True))
    gu, gv = _in_order(us), _in_order(vs)
    return gu, product(mT(gv), _in_order(before)), None if b is None else sum_over(gv, dim=0), g


def tangents(cell, t, u, w, b, states, sizes, reverse):
    """Those of the results and of the states at the end, of those of (u, w, b, *states), None where there is none."""
    tu, tw, tb, *ts = t
    ts = [zeros(s, s.shape) if v is None else v for s, v in zip(states, ts, strict=True)]
    steps = run(cell, u, w, b, states, sizes, reverse)
    y = {}
    for (a, e), now, saved in steps:
        mine = [_rows(v, 0, e - a) for v in ts]
        tv = linear(mine[0], w)
        if tw is not None:
            tv = tv + linear(now[0], tw)
        if tb is not None:
            tv = tv + tb
        new = cell.tangent(zeros(tv, tv.shape) if tu is None else _rows(tu, a, e), tv, mine, saved)
        y[a] = new[0]
        ts = [_replaced(v, n) for v, n in zip(ts, new, strict=True)]
    return _in_order(y), tuple(ts)


def _spans(sizes, reverse):
    spans = [(end - n, end) for n, end in zip(sizes, accumulate(sizes), strict=True)]
    return spans[::-1] if reverse else spans


def _rows(x, a, e):
    return x if (a, e) == (0, x.shape[0]) else getitem(x, (slice(a, e),))


def _replaced(state, new):
    """The state with its first rows replaced."""
    n, N = new.shape[0], state.shape[0]
    return new if n == N else cat_along((new, _rows(state, n, N)), dim=0)


def _parts(x, n):
    """The n gates that lie beside each other."""
    H = x.shape[1] // n
    return [getitem(x, (slice(None), slice(k * H, (k + 1) * H))) for k in range(n)]


def _in_order(pieces):
    """Pieces, each under its first row, made one array."""
    return cat_along(tuple(pieces[a] for a in sorted(pieces)), dim=0)
