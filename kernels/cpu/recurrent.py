"""Recurrent layers on the CPU: products by our own kernels, the rest of a step in one compiled pass over its rows."""

from .._recurrence import after, backward, before, forward, projecting, projecting_grad, weight_gradient
from ..ref import recurrent as _ref
from ._functions import sigmoid, tanh
from ._lanes import load, store, width
from ._numba import WORTH_THREADS, canonical, thread_count
from ._ufunc import Function, quiet, row
from .matmul import linear, matmul
from .reduce import sum

__all__ = ["gru", "gru_grad", "lstm", "lstm_grad", "projected_lstm", "projected_lstm_grad", "rnn", "rnn_grad"]

_WORK = 40  # multiply-adds that an element of a state is worth, in each of its gates


def rnn(u, w, h, sizes, reverse, nonlinearity):
    """Run the plain recurrent cell."""
    cell = _ref._tanh_cell if nonlinearity == "tanh" else _ref._relu_cell
    (y,), (h,) = forward(cell, linear, canonical(u), w, None, [canonical(h)], [w.shape[1]], sizes, reverse)
    return y, h


def rnn_grad(gy, gh, w, h, y, sizes, reverse, nonlinearity):
    """Cotangents of u, w and h."""
    cell = _ref._tanh_grad if nonlinearity == "tanh" else _ref._relu_grad
    (gu,), (gh,) = backward(
        cell, matmul, canonical(gy), w, [canonical(gh)], [after(y, sizes, reverse)], [w.shape[1]], sizes, reverse
    )
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh


def lstm(u, w, h, c, sizes, reverse):
    """Run the long short-term memory."""
    if _LSTM[u.dtype.char] is None:
        return _ref.lstm(u, w, h, c, sizes, reverse)
    u, h, c, H = canonical(u), canonical(h), canonical(c), w.shape[1]
    cell = _rows(_LSTM, c, 4 * H, H, H)
    (y, cells, gates), (h, c) = forward(cell, linear, u, w, None, [h, c], [H, H, 4 * H], sizes, reverse)
    return y, h, c, cells, gates


def lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse):
    """Cotangents of u, w, h and c."""
    if _LSTM_GRAD[gy.dtype.char] is None:
        return _ref.lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse)
    gy, gh, gc, c, cells, gates = map(canonical, (gy, gh, gc, c, cells, gates))
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    H = w.shape[1]
    cell = _rows(_LSTM_GRAD, gc, H, 4 * H)
    (gu,), (gh, gc) = backward(cell, matmul, gy, w, [gh, gc], saved, [4 * H], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh, gc


def projected_lstm(u, w, r, h, c, sizes, reverse):
    """Run the long short-term memory whose new h is multiplied with r."""
    if _LSTM[u.dtype.char] is None:
        return _ref.projected_lstm(u, w, r, h, c, sizes, reverse)
    u, h, c, (P, H) = canonical(u), canonical(h), canonical(c), r.shape
    cell, widths = projecting(_rows(_LSTM, c, 4 * H, P, H), linear, r), [P, H, 4 * H, H]
    (y, cells, gates, q), (h, c) = forward(cell, linear, u, w, None, [h, c], widths, sizes, reverse)
    return y, h, c, cells, gates, q


def projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse):
    """Cotangents of u, w, r, h and c."""
    if _LSTM_GRAD[gy.dtype.char] is None:
        return _ref.projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse)
    (gy, gh, gc, c, cells, gates), (P, H) = map(canonical, (gy, gh, gc, c, cells, gates)), r.shape
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    cell = projecting_grad(_rows(_LSTM_GRAD, gc, H, 4 * H), matmul, r, c.shape[0])
    (above, gu), (gh, gc) = backward(cell, matmul, gy, w, [gh, gc], saved, [P, 4 * H], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), matmul(above.T, q), gh, gc


def gru(u, w, b, h, sizes, reverse):
    """Run the gated recurrent unit."""
    if _GRU[u.dtype.char] is None:
        return _ref.gru(u, w, b, h, sizes, reverse)
    u, b, h, H = canonical(u), canonical(b), canonical(h), w.shape[1]
    cell = _rows(_GRU, h, 3 * H, H, 4 * H)
    (y, gates), (h,) = forward(cell, linear, u, w, b, [h], [H, 4 * H], sizes, reverse)
    return y, h, gates


def gru_grad(gy, gh, w, h, y, gates, sizes, reverse):
    """Cotangents of u, w, b and h."""
    if _GRU_GRAD[gy.dtype.char] is None:
        return _ref.gru_grad(gy, gh, w, h, y, gates, sizes, reverse)
    (gy, gh, h, y, gates), H = map(canonical, (gy, gh, h, y, gates)), w.shape[1]
    saved = [after(gates, sizes, reverse), before(y, h, sizes, reverse)]
    cell = _rows(_GRU_GRAD, gh, H, 4 * H, 3 * H)
    (gu, gv), (gh,) = backward(cell, matmul, gy, w, [gh], saved, [3 * H, 3 * H], sizes, reverse, direct=True)
    return gu, weight_gradient(matmul, gv, y, h, sizes, reverse), sum(gv, (0,), False), gh


def _rows(function, state, *lengths):
    """A loop over rows as a function of arrays; with threads, if all rows of a state are worth them."""
    work = 4 * state.size * _WORK
    if work < WORTH_THREADS or thread_count() == 1:
        return function[state.dtype.char]
    return lambda *arrays: function.spread(arrays, (len(arrays[0]), *lengths), work)


def _lstm(args, dims, steps, kind):
    H = dims[3]
    for m in range(dims[0]):
        u, v, c = row(kind, args, steps, 0, m), row(kind, args, steps, 1, m), row(kind, args, steps, 3, m)
        y, cells, gates = row(kind, args, steps, 4, m), row(kind, args, steps, 5, m), row(kind, args, steps, 6, m)
        for j in range(0, H, width(u)):
            i = sigmoid(load(u, j, H, 0.0) + load(v, j, H, 0.0))
            f = sigmoid(load(u, H + j, 2 * H, 0.0) + load(v, H + j, 2 * H, 0.0))
            g = tanh(load(u, 2 * H + j, 3 * H, 0.0) + load(v, 2 * H + j, 3 * H, 0.0))
            o = sigmoid(load(u, 3 * H + j, 4 * H, 0.0) + load(v, 3 * H + j, 4 * H, 0.0))
            new = f * load(c, j, H, 0.0) + i * g
            store(i, gates, j, H)
            store(f, gates, H + j, 2 * H)
            store(g, gates, 2 * H + j, 3 * H)
            store(o, gates, 3 * H + j, 4 * H)
            store(new, cells, j, H)
            store(o * tanh(new), y, j, H)
    quiet()


def _lstm_grad(args, dims, steps, kind):
    H = dims[1]
    for m in range(dims[0]):
        gy, gates, old = row(kind, args, steps, 0, m), row(kind, args, steps, 1, m), row(kind, args, steps, 2, m)
        new, gh, gc = row(kind, args, steps, 3, m), row(kind, args, steps, 4, m), row(kind, args, steps, 5, m)
        gc_old, gu = row(kind, args, steps, 6, m), row(kind, args, steps, 7, m)
        for j in range(0, H, width(gy)):
            i, f = load(gates, j, H, 0.0), load(gates, H + j, 2 * H, 0.0)
            g, o = load(gates, 2 * H + j, 3 * H, 0.0), load(gates, 3 * H + j, 4 * H, 0.0)
            t, above = tanh(load(new, j, H, 0.0)), load(gy, j, H, 0.0) + load(gh, j, H, 0.0)
            cell = load(gc, j, H, 0.0) + above * o * (1.0 - t * t)
            store(cell * g * (i * (1.0 - i)), gu, j, H)
            store(cell * load(old, j, H, 0.0) * (f * (1.0 - f)), gu, H + j, 2 * H)
            store(cell * i * (1.0 - g * g), gu, 2 * H + j, 3 * H)
            store(above * t * (o * (1.0 - o)), gu, 3 * H + j, 4 * H)
            store(cell * f, gc_old, j, H)
    quiet()


def _gru(args, dims, steps, kind):
    H = dims[2]
    for m in range(dims[0]):
        u, v, h = row(kind, args, steps, 0, m), row(kind, args, steps, 1, m), row(kind, args, steps, 2, m)
        y, gates = row(kind, args, steps, 3, m), row(kind, args, steps, 4, m)
        for j in range(0, H, width(u)):
            r = sigmoid(load(u, j, H, 0.0) + load(v, j, H, 0.0))
            z = sigmoid(load(u, H + j, 2 * H, 0.0) + load(v, H + j, 2 * H, 0.0))
            inner = load(v, 2 * H + j, 3 * H, 0.0)
            n = tanh(load(u, 2 * H + j, 3 * H, 0.0) + r * inner)
            store(r, gates, j, H)
            store(z, gates, H + j, 2 * H)
            store(n, gates, 2 * H + j, 3 * H)
            store(inner, gates, 3 * H + j, 4 * H)
            store((1.0 - z) * n + z * load(h, j, H, 0.0), y, j, H)
    quiet()


def _gru_grad(args, dims, steps, kind):
    H = dims[1]
    for m in range(dims[0]):
        gy, gates, h = row(kind, args, steps, 0, m), row(kind, args, steps, 1, m), row(kind, args, steps, 2, m)
        gh, g_old = row(kind, args, steps, 3, m), row(kind, args, steps, 4, m)
        gu, gv = row(kind, args, steps, 5, m), row(kind, args, steps, 6, m)
        for j in range(0, H, width(gy)):
            r, z = load(gates, j, H, 0.0), load(gates, H + j, 2 * H, 0.0)
            n, inner = load(gates, 2 * H + j, 3 * H, 0.0), load(gates, 3 * H + j, 4 * H, 0.0)
            g = load(gy, j, H, 0.0) + load(gh, j, H, 0.0)
            gn = g * (1.0 - z) * (1.0 - n * n)
            gr, gz = gn * inner * (r * (1.0 - r)), g * (load(h, j, H, 0.0) - n) * (z * (1.0 - z))
            store(gr, gu, j, H)
            store(gr, gv, j, H)
            store(gz, gu, H + j, 2 * H)
            store(gz, gv, H + j, 2 * H)
            store(gn, gu, 2 * H + j, 3 * H)
            store(gn * r, gv, 2 * H + j, 3 * H)
            store(g * z, g_old, j, H)


_LSTM = Function(_lstm, "xxxx->xxx", "(k),(k),(p),(n)->(n),(n),(k)")
_LSTM_GRAD = Function(_lstm_grad, "xxxxxx->xx", "(n),(k),(n),(n),(n),(n)->(n),(k)")
_GRU = Function(_gru, "xxx->xx", "(k),(k),(n)->(n),(p)")
_GRU_GRAD = Function(_gru_grad, "xxxx->xxx", "(n),(k),(n),(n)->(n),(p),(p)")
