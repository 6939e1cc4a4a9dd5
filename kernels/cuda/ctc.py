"""Sums over all paths on the device: a block goes through the times of a sequence, its threads share the states.

Backwards the shares of the states are written down for every time. Several states may have one label, the blank above
all; so that sums never race, equal states are linked once into chains, and who holds the first of a chain adds it up.
"""

import math

import numpy as np

from ._array import DeviceArray
from ._driver import BLOCKS, SIMULATED, cuda, kernel
from ._functions import NAMES
from ._trace import kernel_type
from .creation import zeros

__all__ = ["ctc", "ctc_grad"]

THREADS = 4 if SIMULATED else 128
NONE = -math.inf


def _types(dtype: str):
    """The type in which a dtype is computed, that in which it is stored, and two functions of the former."""
    kind = kernel_type(np.dtype(dtype))
    bits = kind.removeprefix("float")
    return NAMES[kind], NAMES[dtype], NAMES[f"exp{bits}"], NAMES[f"log{bits}"]


def _sum_of(element, exp, log):
    """The function that finds the logarithm of the sum of three exponentials."""

    @cuda.jit(device=True)
    def add(a, b, c):
        most = a if a >= b or a != a else b
        most = most if most >= c or most != most else c
        if most == element(NONE):
            return most
        return most + log(exp(a - most) + exp(b - most) + exp(c - most))

    return add


@kernel
def forward(dtype: str):
    """The kernel of `ctc`."""
    element, stored, exp, log = _types(dtype)
    add = _sum_of(element, exp, log)

    def run(
        y, alpha, T, N, S, x, x_offset, x_steps, states, s_offset, s_steps, barrier, b_offset, b_steps, times, sizes
    ):
        tid, none = cuda.threadIdx.x, element(NONE)
        for n in range(cuda.blockIdx.x, N, cuda.gridDim.x):
            count, first = times[n], n * T * (S + 2)
            for time in range(count):
                here = first + time * (S + 2)
                before = here - (S + 2)
                if tid < 2:
                    alpha[here + tid] = stored(none)
                for s in range(tid, S, THREADS):
                    label = states[s_offset + n * s_steps[0] + s * s_steps[1]]
                    emitted = element(x[x_offset + time * x_steps[0] + n * x_steps[1] + label * x_steps[2]])
                    if time == 0:
                        value = emitted if s < 2 else none
                    else:
                        over = element(barrier[b_offset + n * b_steps[0] + s * b_steps[1]])
                        a, b = element(alpha[before + 2 + s]), element(alpha[before + 1 + s])
                        value = add(a, b, element(alpha[before + s]) + over) + emitted
                    alpha[here + 2 + s] = stored(value)
                cuda.syncthreads()
            if tid == 0:
                loss = element(0) if sizes[n] == 0 else -none
                if count > 0:
                    last = first + (count - 1) * (S + 2) + sizes[n] + 2
                    loss = -add(element(alpha[last]), element(alpha[last - 1]), none)
                y[n] = stored(loss)

    return run


@kernel
def backward(dtype: str):
    """The kernel that finds the share of each state at each time; `later` holds two times, one after the other."""
    element, _, exp, log = _types(dtype)
    add = _sum_of(element, exp, log)

    def run(
        shares, later, T, N, S, g, g_offset, g_step, y, alpha, x, x_offset, x_steps, states, s_offset, s_steps,
        barrier, b_offset, b_steps, times, sizes,
    ):  # fmt: skip
        tid, none = cuda.threadIdx.x, element(NONE)
        for n in range(cuda.blockIdx.x, N, cuda.gridDim.x):
            scale, slope, size = element(y[n]), -element(g[g_offset + n * g_step]), sizes[n]
            if tid < 2:  # no state follows the last
                later[2 * n * (S + 2) + S + tid] = none
                later[(2 * n + 1) * (S + 2) + S + tid] = none
            cuda.syncthreads()
            count = times[n] if scale != -none else 0
            for back in range(count):
                time = count - 1 - back
                after = (2 * n + back % 2) * (S + 2)
                fresh = (2 * n + 1 - back % 2) * (S + 2)
                for s in range(tid, S, THREADS):
                    if back == 0:
                        beta = element(0) if s == size or s == size - 1 else none
                    else:
                        over = none
                        if s + 2 < S:
                            over = element(barrier[b_offset + n * b_steps[0] + (s + 2) * b_steps[1]])
                        beta = add(later[after + s], later[after + s + 1], later[after + s + 2] + over)
                    level = element(alpha[(n * T + time) * (S + 2) + 2 + s])
                    shares[(n * T + time) * S + s] = slope * exp(level + beta + scale)
                    label = states[s_offset + n * s_steps[0] + s * s_steps[1]]
                    emitted = element(x[x_offset + time * x_steps[0] + n * x_steps[1] + label * x_steps[2]])
                    later[fresh + s] = beta + emitted
                cuda.syncthreads()

    return run


@kernel
def chains():
    """The kernel that finds the next state with the same label, and marks by -1 who is not the first."""

    def run(following, heads, N, S, states, s_offset, s_steps):
        for k in range(cuda.grid(1), N * S, cuda.gridsize(1)):
            n, s = k // S, k % S
            row = s_offset + n * s_steps[0]
            label = states[row + s * s_steps[1]]
            head = label
            for earlier in range(s):
                if states[row + earlier * s_steps[1]] == label:
                    head = -1
            later = s + 1
            while later < S and states[row + later * s_steps[1]] != label:
                later += 1
            heads[k], following[k] = head, later

    return run


@kernel
def gathered(dtype: str):
    """The kernel that adds up the shares of each label, at one time of one sequence."""
    element, stored = _types(dtype)[:2]

    def run(gx, T, N, C, S, shares, following, heads, y, times):
        for k in range(cuda.grid(1), T * N * S, cuda.gridsize(1)):
            s, row = k % S, k // S
            time, n = row // N, row % N
            label = heads[n * S + s]
            if label >= 0 and time < times[n] and element(y[n]) != element(-NONE):
                total = element(0)
                while s < S:
                    total += shares[(n * T + time) * S + s]
                    s = following[n * S + s]
                gx[(time * N + n) * C + label] = stored(total)

    return run


def ctc(x, states, barrier, times, sizes):
    """Go forwards."""
    (T, N, _), S = x.shape, states.shape[1]
    y, alpha = DeviceArray.empty((N,), x.dtype), DeviceArray.empty((N, T, S + 2), x.dtype)
    if N:
        lengths = _contiguous(times), _contiguous(sizes)
        run = forward(x.dtype.name)
        run(
            min(N, BLOCKS),
            THREADS,
            y.buffer,
            alpha.buffer,
            T,
            N,
            S,
            *_read(x),
            *_read(states),
            *_read(barrier),
            *lengths,
        )
    return y, alpha


def ctc_grad(g, y, alpha, x, states, barrier, times, sizes):
    """Go backwards."""
    (T, N, C), S = x.shape, states.shape[1]
    gx = zeros(x.shape, x.dtype)
    if gx.size and S:
        kind, blocks = kernel_type(x.dtype), min(N, BLOCKS)
        shares, later = DeviceArray.empty((N, T, S), kind), DeviceArray.empty((N, 2, S + 2), kind)
        following, heads = (DeviceArray.empty((N, S), np.int64) for _ in range(2))
        y, alpha, times, sizes = map(_contiguous, (y, alpha, times, sizes))
        chains().over(N * S, following.buffer, heads.buffer, N, S, *_read(states))
        operands = g.buffer, g.offset, g.steps[0], y, alpha, *_read(x), *_read(states), *_read(barrier), times, sizes
        backward(x.dtype.name)(blocks, THREADS, shares.buffer, later.buffer, T, N, S, *operands)
        found = shares.buffer, following.buffer, heads.buffer, y, times
        gathered(x.dtype.name).over(T * N * S, gx.buffer, T, N, C, S, *found)
    return gx


def _read(a):
    return a.buffer, a.offset, a.steps


def _contiguous(a):
    """The buffer of an array that begins there and has no gaps."""
    return a.buffer if a.is_contiguous and a.offset == 0 else a.copy().buffer
