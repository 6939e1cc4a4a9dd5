"""Recurrent layers on the device: a step is a matrix product and one kernel for everything else of its cell.

Each thread owns an element of the state, and with it the same element of every gate; neighbours own neighbours of a
row. Rows of a step lie one behind the other, so a step is a range of memory.
"""

import numpy as np

from .._recurrence import after, backward, before, forward, projecting, projecting_grad, weight_gradient
from ._driver import cuda, kernel
from ._functions import NAMES
from ._fuse import compute
from .matmul import linear, matmul
from .pool import packed
from .reduce import sum

__all__ = ["gru", "gru_grad", "lstm", "lstm_grad", "projected_lstm", "projected_lstm_grad", "rnn", "rnn_grad"]


def rnn(u, w, h, sizes, reverse, nonlinearity):
    """Run the plain recurrent cell."""
    formula = _tanh if nonlinearity == "tanh" else _relu

    def cell(u, v, h, y):
        compute(formula, u, v, out=(y,))

    (y,), (h,) = forward(cell, linear, u, w, None, [h], [w.shape[1]], sizes, reverse)
    return y, h


def rnn_grad(gy, gh, w, h, y, sizes, reverse, nonlinearity):
    """Cotangents of u, w and h."""
    formula = _tanh_grad if nonlinearity == "tanh" else _relu_grad

    def cell(gy, y, gh, gu):
        compute(formula, gy, y, gh, out=(gu,))

    (gu,), (gh,) = backward(cell, matmul, gy, w, [gh], [after(y, sizes, reverse)], [w.shape[1]], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh


def lstm(u, w, h, c, sizes, reverse):
    """Run the long short-term memory."""
    (u, h, c), H = map(packed, (u, h, c)), w.shape[1]
    cell = _cell(lstm_step, H)
    (y, cells, gates), (h, c) = forward(cell, linear, u, w, None, [h, c], [H, H, 4 * H], sizes, reverse)
    return y, h, c, cells, gates


def lstm_grad(gy, gh, gc, w, h, c, y, cells, gates, sizes, reverse):
    """Cotangents of u, w, h and c."""
    (gy, gh, gc, c, cells, gates), H = map(packed, (gy, gh, gc, c, cells, gates)), w.shape[1]
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    cell = _cell(lstm_step_grad, H)
    (gu,), (gh, gc) = backward(cell, matmul, gy, w, [gh, gc], saved, [4 * H], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), gh, gc


def projected_lstm(u, w, r, h, c, sizes, reverse):
    """Run the long short-term memory whose new h is multiplied with r."""
    (u, h, c), (P, H) = map(packed, (u, h, c)), r.shape
    cell, widths = projecting(_cell(lstm_step, H), linear, r), [P, H, 4 * H, H]
    (y, cells, gates, q), (h, c) = forward(cell, linear, u, w, None, [h, c], widths, sizes, reverse)
    return y, h, c, cells, gates, q


def projected_lstm_grad(gy, gh, gc, w, r, h, c, y, cells, gates, q, sizes, reverse):
    """Cotangents of u, w, r, h and c."""
    (gy, gh, gc, c, cells, gates), (P, H) = map(packed, (gy, gh, gc, c, cells, gates)), r.shape
    saved = [after(gates, sizes, reverse), before(cells, c, sizes, reverse), after(cells, sizes, reverse)]
    cell = projecting_grad(_cell(lstm_step_grad, H), matmul, r, c.shape[0])
    (above, gu), (gh, gc) = backward(cell, matmul, gy, w, [gh, gc], saved, [P, 4 * H], sizes, reverse)
    return gu, weight_gradient(matmul, gu, y, h, sizes, reverse), matmul(above.T, q), gh, gc


def gru(u, w, b, h, sizes, reverse):
    """Run the gated recurrent unit."""
    (u, h), H = map(packed, (u, h)), w.shape[1]
    (y, gates), (h,) = forward(_cell(gru_step, H), linear, u, w, b, [h], [H, 4 * H], sizes, reverse)
    return y, h, gates


def gru_grad(gy, gh, w, h, y, gates, sizes, reverse):
    """Cotangents of u, w, b and h."""
    (gy, gh, h, y, gates), H = map(packed, (gy, gh, h, y, gates)), w.shape[1]
    saved = [after(gates, sizes, reverse), before(y, h, sizes, reverse)]
    cell = _cell(gru_step_grad, H)
    (gu, gv), (gh,) = backward(cell, matmul, gy, w, [gh], saved, [3 * H, 3 * H], sizes, reverse, direct=True)
    return gu, weight_gradient(matmul, gv, y, h, sizes, reverse), sum(gv, (0,), False), gh


def _cell(make, H):
    """A kernel as a function of the arrays of a step, all of them rows in C order."""

    def run(*arrays):
        dtype, n = arrays[0].dtype.name, arrays[0].shape[0] * H
        make(dtype).over(n, n, H, *(part for a in map(packed, arrays) for part in (a.buffer, a.offset)))

    return run


def _tanh(u, v):
    return np.tanh(u + v)


def _relu(u, v):
    return np.maximum(u + v, 0)


def _tanh_grad(gy, y, gh):
    return (gy + gh) * (1 - y * y)


def _relu_grad(gy, y, gh):
    return (gy + gh) * (y > 0)


# ------------------------------------------------------------------------------------ kernels


def _names(dtype):
    """Conversions from and to a dtype, and functions of the one that is computed in; float16 in float32."""
    bits = "64" if dtype == "float64" else "32"
    return NAMES[f"float{bits}"], NAMES[dtype], NAMES[f"exp{bits}"], NAMES[f"tanh{bits}"]


@kernel
def lstm_step(dtype: str):
    """New h and c, and the gates."""
    real, store, exp, tanh = _names(dtype)

    def run(n, H, u, u_at, v, v_at, h, h_at, c, c_at, y, y_at, cells, cells_at, gates, gates_at):
        one = real(1)
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            first = k // H * 4 * H + k % H
            a, b, out = u_at + first, v_at + first, gates_at + first
            i = one / (one + exp(-(real(u[a]) + real(v[b]))))
            f = one / (one + exp(-(real(u[a + H]) + real(v[b + H]))))
            g = tanh(real(u[a + 2 * H]) + real(v[b + 2 * H]))
            o = one / (one + exp(-(real(u[a + 3 * H]) + real(v[b + 3 * H]))))
            new = f * real(c[c_at + k]) + i * g
            y[y_at + k] = store(o * tanh(new))
            cells[cells_at + k] = store(new)
            gates[out] = store(i)
            gates[out + H] = store(f)
            gates[out + 2 * H] = store(g)
            gates[out + 3 * H] = store(o)

    return run


@kernel
def lstm_step_grad(dtype: str):
    """The cotangents of the old c and of u."""
    real, store, _, tanh = _names(dtype)

    def run(n, H, gy, gy_at, gates, gates_at, c, c_at, new, new_at, gh, gh_at, gc, gc_at, old, old_at, gu, gu_at):
        one = real(1)
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            first = k // H * 4 * H + k % H
            at, out = gates_at + first, gu_at + first
            i, f, g, o = real(gates[at]), real(gates[at + H]), real(gates[at + 2 * H]), real(gates[at + 3 * H])
            above, t = real(gy[gy_at + k]) + real(gh[gh_at + k]), tanh(real(new[new_at + k]))
            cell = real(gc[gc_at + k]) + above * o * (one - t * t)
            old[old_at + k] = store(cell * f)
            gu[out] = store(cell * g * (i * (one - i)))
            gu[out + H] = store(cell * real(c[c_at + k]) * (f * (one - f)))
            gu[out + 2 * H] = store(cell * i * (one - g * g))
            gu[out + 3 * H] = store(above * t * (o * (one - o)))

    return run


@kernel
def gru_step(dtype: str):
    """New h, and the gates."""
    real, store, exp, tanh = _names(dtype)

    def run(n, H, u, u_at, v, v_at, h, h_at, y, y_at, gates, gates_at):
        one = real(1)
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            first, out = k // H * 3 * H + k % H, gates_at + k // H * 4 * H + k % H
            a, b = u_at + first, v_at + first
            r = one / (one + exp(-(real(u[a]) + real(v[b]))))
            z = one / (one + exp(-(real(u[a + H]) + real(v[b + H]))))
            inner = real(v[b + 2 * H])
            new = tanh(real(u[a + 2 * H]) + r * inner)
            y[y_at + k] = store((one - z) * new + z * real(h[h_at + k]))
            gates[out] = store(r)
            gates[out + H] = store(z)
            gates[out + 2 * H] = store(new)
            gates[out + 3 * H] = store(inner)

    return run


@kernel
def gru_step_grad(dtype: str):
    """The direct share of the cotangent of the old h, and the cotangents of u and v."""
    real, store, _, _ = _names(dtype)

    def run(n, H, gy, gy_at, gates, gates_at, h, h_at, gh, gh_at, old, old_at, gu, gu_at, gv, gv_at):
        one = real(1)
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            at, first = gates_at + k // H * 4 * H + k % H, k // H * 3 * H + k % H
            r, z, new, inner = real(gates[at]), real(gates[at + H]), real(gates[at + 2 * H]), real(gates[at + 3 * H])
            g = real(gy[gy_at + k]) + real(gh[gh_at + k])
            gn = g * (one - z) * (one - new * new)
            gr, gz = gn * inner * (r * (one - r)), g * (real(h[h_at + k]) - new) * (z * (one - z))
            old[old_at + k] = store(g * z)
            for part, last in ((gr, gr), (gz, gz), (gn, gn * r)):
                gu[gu_at + first] = store(part)
                gv[gv_at + first] = store(last)
                first += H

    return run
