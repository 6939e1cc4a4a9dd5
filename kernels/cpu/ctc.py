"""Sums over all paths on the CPU: states in lanes, sequences shared among the threads."""

import math

import numpy as np

from ..ref import ctc as _ref
from ._functions import exp, log_unit
from ._lanes import gather, is_narrow, lanes, larger, load, select, store, width
from ._numba import COMPILED, canonical, kernel, pointer, run

__all__ = ["ctc", "ctc_grad"]

_WORK = 50  # multiply-adds that a state is worth, about
_LOG3 = math.log(3)


def ctc(x, states, barrier, times, sizes):
    """Go forwards."""
    if not _served(x, barrier):
        return _ref.ctc(x, states, barrier, times, sizes)
    (T, N, C), S = x.shape, states.shape[1]
    y, alpha = np.empty(N, x.dtype), np.empty((N, T, S + 2), x.dtype)
    arrays = tuple(map(canonical, (x, barrier, states, times, sizes)))
    run(_forward, alpha.size * _WORK, x.dtype, (*arrays, alpha, y), (T, N, C, S))
    return y, alpha


def ctc_grad(g, y, alpha, x, states, barrier, times, sizes):
    """Go backwards."""
    if not _served(x, barrier, g):
        return _ref.ctc_grad(g, y, alpha, x, states, barrier, times, sizes)
    (T, N, C), S = x.shape, states.shape[1]
    gx = np.zeros(x.shape, x.dtype)
    arrays = tuple(map(canonical, (x, barrier, states, times, sizes, alpha, y, g)))
    run(_backward, alpha.size * _WORK, x.dtype, (*arrays, gx), (T, N, C, S), 4 * S + 64)
    return gx


def _served(*arrays):
    kind = arrays[0].dtype
    return COMPILED and arrays[0].size > 0 and kind.char in "fd" and all(a.dtype == kind for a in arrays)


@kernel
def _sum(a, b, c):
    """The logarithm of the sum of three exponentials."""
    most = larger(larger(a, b), c)
    most = select(most == -math.inf, lanes(a, 0.0), most)
    total = exp(a - most) + exp(b - most) + exp(c - most)
    y = log_unit(total / 3.0) + (most + _LOG3) + (total - total)  # the last for NaN
    return select(total == 0.0, lanes(a, -math.inf), y)


def _forward(memory, numbers, t, threads):
    barrier, alpha, y = pointer(memory, numbers[1]), pointer(memory, numbers[5]), pointer(memory, numbers[6])
    states, times, sizes = pointer(numbers, numbers[2]), pointer(numbers, numbers[3]), pointer(numbers, numbers[4])
    T, N, C, S = numbers[7], numbers[8], numbers[9], numbers[10]
    size, none = 4 if is_narrow(memory) else 8, -math.inf
    for n in range(N * t // threads, N * (t + 1) // threads):
        first = n * T * (S + 2)
        for time in range(times[n]):
            line, here = pointer(memory, numbers[0] + (time * N + n) * C * size), first + time * (S + 2)
            before, end = here - (S + 2), here + S + 2
            alpha[here] = alpha[here + 1] = none
            for s in range(0, S, width(memory)):
                emitted = gather(line, states, n * S + s, n * S + S)
                if time == 0:
                    store(emitted, alpha, here + 2 + s, end if s > 0 else min(end, here + 4))
                    for i in range(here + 4 if s == 0 else here + 2 + s, min(end, here + 2 + s + width(memory))):
                        alpha[i] = none
                else:
                    over = load(barrier, n * S + s, n * S + S, 0.0)
                    a, b = load(alpha, before + 2 + s, here, none), load(alpha, before + 1 + s, here, none)
                    store(_sum(a, b, load(alpha, before + s, here, none) + over) + emitted, alpha, here + 2 + s, end)
        last = first + (times[n] - 1) * (S + 2) + sizes[n] + 2
        if times[n] == 0:
            y[n] = 0.0 if sizes[n] == 0 else math.inf
        else:
            a, b = np.float64(alpha[last]), np.float64(alpha[last - 1])
            most = max(a, b)
            y[n] = math.inf if a == none and b == none else -(most + math.log(math.exp(a - most) + math.exp(b - most)))


def _backward(memory, numbers, t, threads):
    barrier, alpha, y = pointer(memory, numbers[1]), pointer(memory, numbers[5]), pointer(memory, numbers[6])
    states, times, sizes = pointer(numbers, numbers[2]), pointer(numbers, numbers[3]), pointer(numbers, numbers[4])
    g, gx = pointer(memory, numbers[7]), pointer(memory, numbers[8])
    T, N, C, S = numbers[9], numbers[10], numbers[11], numbers[12]
    size, none, room = 4 if is_narrow(memory) else 8, -math.inf, S + 16
    for n in range(N * t // threads, N * (t + 1) // threads):
        if y[n] == math.inf:
            continue
        over, later, share = 0, room, 2 * room  # parts of the workspace
        for s in range(room):
            memory[over + s] = barrier[n * S + s + 2] if s + 2 < S else none
            memory[later + s] = none
        for time in range(times[n] - 1, -1, -1):
            line, here = pointer(memory, numbers[0] + (time * N + n) * C * size), (n * T + time) * (S + 2) + 2
            final = time == times[n] - 1
            for s in range(0, S, width(memory)):
                if final:
                    for i in range(s, min(S, s + width(memory))):
                        memory[share + i] = 0.0 if i == sizes[n] or i == sizes[n] - 1 else none
                    beta = load(memory, share + s, share + S, none)
                else:
                    a, end = load(memory, later + s, later + room, none), later + room
                    b, c = load(memory, later + s + 1, end, none), load(memory, later + s + 2, end, none)
                    beta = _sum(a, b, c + load(memory, over + s, room, none))
                occupied = exp(load(alpha, here + s, here + S, none) + beta + lanes(memory, y[n]))
                store(occupied * lanes(memory, -g[n]), memory, share + s, share + S)
                store(beta + gather(line, states, n * S + s, n * S + S), memory, later + s, later + S)
            for s in range(S):
                gx[(time * N + n) * C + states[n * S + s]] += memory[share + s]
