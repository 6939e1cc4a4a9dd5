"""Recurrent layers in NumPy, one step at a time."""

import numpy as np

from .._recurrence import after, backward, before, forward, projecting, projecting_grad, weight_gradient
from .activation import sigmoid
from .matmul import linear, matmul

__all__ = ["gru", "gru_grad", "lstm", "lstm_grad", "projected_lstm", "projected_lstm_grad", "rnn", "rnn_grad"]


def rnn(u, w, h, sizes, reverse, nonlinearity):
    """Run the plain recurrent cell."""
    cell = _tanh_cell if nonlinearity == "tanh" else _relu_cell
    (y,), (h,) = forward(cell, linear, u, w, None, [h], [w.shape[1]], sizes, reverse)
    return y, h


def rnn_grad(gy, gh, w, h, y, sizes, reverse, nonlinearity):
    """Cotangents of u, w and h."""
    cell = _tanh_grad if nonlinearity == "tanh" else _relu_grad
    (gu,), (gh,) = backward(cell, matmul, gy, w, [gh], [after(y, sizes, reverse)], [w.shape[1]], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh


def lstm(u, w, h, c, sizes, reverse):
    """Run the long short-term memory."""
    H = w.shape[1]
    (y, cells, gates), (h, c) = forward(_lstm_cell, linear, u, w, None, [h, c], [H, H, 4 * H], sizes, reverse)
    return y, h, c, cells, gates


def lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse):
    """Cotangents of u, w, h and c."""
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    (gu,), (gh, gc) = backward(_lstm_grad, matmul, gy, w, [gh, gc], saved, [w.shape[0]], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh, gc


def projected_lstm(u, w, r, h, c, sizes, reverse):
    """Run the long short-term memory whose new h is multiplied with r."""
    (P, H), cell = r.shape, projecting(_lstm_cell, linear, r)
    (y, cells, gates, q), (h, c) = forward(cell, linear, u, w, None, [h, c], [P, H, 4 * H, H], sizes, reverse)
    return y, h, c, cells, gates, q


def projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse):
    """Cotangents of u, w, r, h and c."""
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    cell, widths = projecting_grad(_lstm_grad, matmul, r, c.shape[0]), [r.shape[0], w.shape[0]]
    (above, gu), (gh, gc) = backward(cell, matmul, gy, w, [gh, gc], saved, widths, sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), matmul(above.T, q), gh, gc


def gru(u, w, b, h, sizes, reverse):
    """Run the gated recurrent unit."""
    H = w.shape[1]
    (y, gates), (h,) = forward(_gru_cell, linear, u, w, b, [h], [H, 4 * H], sizes, reverse)
    return y, h, gates


def gru_grad(gy, gh, w, h, y, gates, sizes, reverse):
    """Cotangents of u, w, b and h."""
    saved, widths = [after(gates, sizes, reverse), before(y, h, sizes, reverse)], [w.shape[0], w.shape[0]]
    (gu, gv), (gh,) = backward(_gru_grad, matmul, gy, w, [gh], saved, widths, sizes, reverse, direct=True)
    return gu, weight_gradient(matmul, gv, y, h, sizes, reverse), gv.sum(0), gh


# ---------------------------------------------------------------------------------------- cells


def _tanh_cell(u, v, h, y):
    np.tanh(u + v, out=y)


def _relu_cell(u, v, h, y):
    np.maximum(u + v, 0, out=y)


def _tanh_grad(gy, y, gh, gu):
    np.multiply(gy + gh, 1 - y * y, out=gu)


def _relu_grad(gy, y, gh, gu):
    np.multiply(gy + gh, y > 0, out=gu)


def _lstm_cell(u, v, h, c, y, cells, gates):
    H = c.shape[1]
    i, f, g, o = (gates[:, k * H : (k + 1) * H] for k in range(4))
    gates[...] = sigmoid(u + v)
    g[...] = np.tanh(u[:, 2 * H : 3 * H] + v[:, 2 * H : 3 * H])
    cells[...] = f * c + i * g
    y[...] = o * np.tanh(cells)


def _lstm_grad(gy, gates, before, c, gh, gc, old, gu):
    H = c.shape[1]
    i, f, g, o = (gates[:, k * H : (k + 1) * H] for k in range(4))
    gh, t = gy + gh, np.tanh(c)
    gc = gc + gh * o * (1 - t * t)
    parts = gc * g * i * (1 - i), gc * before * f * (1 - f), gc * i * (1 - g * g), gh * t * o * (1 - o)
    np.concatenate(parts, axis=1, out=gu)
    old[...] = gc * f


def _gru_cell(u, v, h, y, gates):
    H = h.shape[1]
    gates[:, : 2 * H] = sigmoid(u[:, : 2 * H] + v[:, : 2 * H])
    gates[:, 3 * H :] = v[:, 2 * H :]
    r, z, n, v = (gates[:, k * H : (k + 1) * H] for k in range(4))
    n[...] = np.tanh(u[:, 2 * H :] + r * v)
    y[...] = (1 - z) * n + z * h


def _gru_grad(gy, gates, h, gh, old, gu, gv):
    H = h.shape[1]
    r, z, n, v = (gates[:, k * H : (k + 1) * H] for k in range(4))
    g = gy + gh
    gn = g * (1 - z) * (1 - n * n)
    parts = [gn * v * r * (1 - r), g * (h - n) * z * (1 - z), gn]
    np.concatenate(parts, axis=1, out=gu)
    np.concatenate([*parts[:2], gn * r], axis=1, out=gv)
    old[...] = g * z
