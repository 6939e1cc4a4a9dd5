"""Recurrent layers: one primitive for all steps of a layer in one direction.

    h_s = cell(u_s, v_s),   v_s = h_{s-1} wᵀ (+ b)

The inputs come in as u, one product for all steps; `sizes` rows of u belong to each step (see `kernels.recurrent`). The
cotangent runs back through the steps,

    (gu_s, gv_s) = cellᵀ(g_s),   g_{s-1} = gv_s w + …,   gw = Σ_s gv_sᵀ h_{s-1},

in one pass of a kernel in a plain sweep. A recorded sweep, and forward mode, make it of recorded operations (see
`_cells`), which have derivatives of every order.
"""

from functools import reduce
from operator import add

from .. import kernels
from .._tape import Tensor, declare
from . import _cells
from .region import zeros


def _given(g, shapes, like):
    """Cotangents of results that lack one are zeros."""
    return [zeros(like, shape) if v is None else v for v, shape in zip(g, shapes, strict=True)]


# ---------------------------------------------------------------------------------------- plain


def _rnn_vjp(g, u, w, h, y, sizes, reverse, nonlinearity):
    gy, gh = _given(g, (u.shape[:1] + h.shape[1:], h.shape), w)
    if isinstance(w, Tensor):
        cell = _cells.Plain(nonlinearity)
        gu, gw, _, (gh,) = _cells.cotangents(cell, gy, (gh,), u, w, None, (h,), sizes, reverse)
        return gu, gw, gh
    return kernels.rnn_grad(gy, gh, w, h, y[0], sizes, reverse, nonlinearity)


def _rnn_jvp(t, u, w, h, sizes, reverse, nonlinearity):
    y, (h,) = _cells.tangents(_cells.Plain(nonlinearity), t, u, w, None, (h,), sizes, reverse)
    return y, h


_rnn = declare(
    "rnn",
    lambda u, w, h, *, sizes, reverse, nonlinearity: kernels.rnn(u, w, h, sizes, reverse, nonlinearity),
    [_rnn_vjp] * 3,
    [
        lambda t, u, w, h, sizes, reverse, nonlinearity: _rnn_jvp(
            (t, None, None, None), u, w, h, sizes, reverse, nonlinearity
        ),
        lambda t, u, w, h, sizes, reverse, nonlinearity: _rnn_jvp(
            (None, t, None, None), u, w, h, sizes, reverse, nonlinearity
        ),
        lambda t, u, w, h, sizes, reverse, nonlinearity: _rnn_jvp(
            (None, None, None, t), u, w, h, sizes, reverse, nonlinearity
        ),
    ],
    outputs=2,
    keeps=(0,),
    joint=True,
)


# ---------------------------------------------------------------------------------------- long short-term memory


def _lstm_vjp(g, u, w, h, c, y, sizes, reverse):
    gy, gh, gc = _given(g[:3], (u.shape[:1] + h.shape[1:], h.shape, c.shape), w)
    if isinstance(w, Tensor):
        states, cell = (h, c), _cells.LongShortTerm()
        gu, gw, _, (gh, gc) = _cells.cotangents(cell, gy, (gh, gc), u, w, None, states, sizes, reverse)
        return gu, gw, gh, gc
    return kernels.lstm_grad(gy, gh, gc, w, h, c, y[0], *y[3:], sizes, reverse)


def _lstm_jvp(t, u, w, h, c, sizes, reverse):
    y, (h, c) = _cells.tangents(_cells.LongShortTerm(), t, u, w, None, (h, c), sizes, reverse)
    return y, h, c, None, None


_lstm = declare(
    "lstm",
    lambda u, w, h, c, *, sizes, reverse: kernels.lstm(u, w, h, c, sizes, reverse),
    [_lstm_vjp] * 4,
    [
        lambda t, u, w, h, c, sizes, reverse: _lstm_jvp((t, None, None, None, None), u, w, h, c, sizes, reverse),
        lambda t, u, w, h, c, sizes, reverse: _lstm_jvp((None, t, None, None, None), u, w, h, c, sizes, reverse),
        lambda t, u, w, h, c, sizes, reverse: _lstm_jvp((None, None, None, t, None), u, w, h, c, sizes, reverse),
        lambda t, u, w, h, c, sizes, reverse: _lstm_jvp((None, None, None, None, t), u, w, h, c, sizes, reverse),
    ],
    outputs=5,
    keeps=(0, 3, 4),
    joint=True,
)


def _projected_vjp(g, u, w, r, h, c, y, sizes, reverse):
    gy, gh, gc = _given(g[:3], (u.shape[:1] + h.shape[1:], h.shape, c.shape), w)
    if isinstance(w, Tensor):
        cell = _cells.Projected(r, shares=[])
        gu, gw, _, (gh, gc) = _cells.cotangents(cell, gy, (gh, gc), u, w, None, (h, c), sizes, reverse)
        return gu, gw, reduce(add, cell.shares), gh, gc
    return kernels.projected_lstm_grad(gy, gh, gc, w, r, h, c, y[0], *y[3:], sizes, reverse)


def _projected_jvp(t, u, w, r, h, c, sizes, reverse):
    tu, tw, tr, th, tc = t
    y, (h, c) = _cells.tangents(
        _cells.Projected(r, tr), (tu, tw, None, th, tc), u, w, None, (h, c), sizes, reverse
    )
    return y, h, c, None, None, None


def _along(k):
    """The tangents of the results, of that of argument `k`."""
    return lambda t, u, w, r, h, c, sizes, reverse: _projected_jvp(
        tuple(t if i == k else None for i in range(5)), u, w, r, h, c, sizes, reverse
    )


_projected_lstm = declare(
    "projected_lstm",
    lambda u, w, r, h, c, *, sizes, reverse: kernels.projected_lstm(u, w, r, h, c, sizes, reverse),
    [_projected_vjp] * 5,
    [_along(k) for k in range(5)],
    outputs=6,
    keeps=(0, 3, 4, 5),
    joint=True,
)


# ---------------------------------------------------------------------------------------- gated recurrent unit


def _gru_vjp(g, u, w, b, h, y, sizes, reverse):
    gy, gh = _given(g[:2], (u.shape[:1] + h.shape[1:], h.shape), w)
    if isinstance(w, Tensor):
        gu, gw, gb, (gh,) = _cells.cotangents(_cells.Gated(), gy, (gh,), u, w, b, (h,), sizes, reverse)
        return gu, gw, gb, gh
    return kernels.gru_grad(gy, gh, w, h, y[0], y[2], sizes, reverse)


def _gru_jvp(t, u, w, b, h, sizes, reverse):
    y, (h,) = _cells.tangents(_cells.Gated(), t, u, w, b, (h,), sizes, reverse)
    return y, h, None


_gru = declare(
    "gru",
    lambda u, w, b, h, *, sizes, reverse: kernels.gru(u, w, b, h, sizes, reverse),
    [_gru_vjp] * 4,
    [
        lambda t, u, w, b, h, sizes, reverse: _gru_jvp((t, None, None, None), u, w, b, h, sizes, reverse),
        lambda t, u, w, b, h, sizes, reverse: _gru_jvp((None, t, None, None), u, w, b, h, sizes, reverse),
        lambda t, u, w, b, h, sizes, reverse: _gru_jvp((None, None, t, None), u, w, b, h, sizes, reverse),
        lambda t, u, w, b, h, sizes, reverse: _gru_jvp((None, None, None, t), u, w, b, h, sizes, reverse),
    ],
    outputs=3,
    keeps=(0, 2),
    joint=True,
)


# ---------------------------------------------------------------------------------------- what layers call


def rnn(u, w, h, sizes, reverse=False, nonlinearity="tanh"):
    """Run the plain recurrent cell; results y and h. See `kernels.rnn`."""
    return _rnn(u, w, h, sizes=tuple(sizes), reverse=reverse, nonlinearity=nonlinearity)


def lstm(u, w, h, c, sizes, reverse=False, projection=None):
    """Run the long short-term memory; results y, h and c. See `kernels.lstm`.

    With a `projection` (P, H), h and y have P elements: every new h is multiplied with it.
    """
    if projection is not None:
        return _projected_lstm(u, w, projection, h, c, sizes=tuple(sizes), reverse=reverse)[:3]
    return _lstm(u, w, h, c, sizes=tuple(sizes), reverse=reverse)[:3]


def gru(u, w, b, h, sizes, reverse=False):
    """Run the gated recurrent unit; results y and h. See `kernels.gru`."""
    return _gru(u, w, b, h, sizes=tuple(sizes), reverse=reverse)[:2]
