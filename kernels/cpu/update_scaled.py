"""Steps in units of the gradient's size so far on the CPU: every array is read and written once."""

import numpy as np

from ..ref import update_scaled as _ref
from ._lanes import absolute, add_up, lanes, larger, load, select, sqrt, store, width
from ._numba import COMPILED, entry, kernel, pointer
from ._steps import decayed, served, share, shared
from .matmul import matmul

__all__ = ["adadelta", "adagrad", "adamax", "nadam", "novograd", "orthogonalize", "radam", "rmsprop", "sparse_adam"]


def adagrad(p, g, s, rate, eps, decay):
    """Divide by the root of the sum of all squares so far."""
    if served(p, g, s):
        shared(_adagrad_share, (p, g, s), (rate, eps, decay))
    else:
        _ref.adagrad(p, g, s, rate, eps, decay)


def adadelta(p, g, s, d, rate, rho, eps, decay):
    """Divide by the root mean square, and multiply by that of the steps so far."""
    if served(p, g, s, d):
        shared(_adadelta_share, (p, g, s, d), (rate, rho, 1 - rho, eps, decay))
    else:
        _ref.adadelta(p, g, s, d, rate, rho, eps, decay)


def rmsprop(p, g, s, m, b, rate, alpha, eps, decay, factor):
    """Divide by the root mean square, or the standard deviation."""
    present = [a for a in (m, b) if a is not None]
    if served(p, g, s, *present):
        flags = m is not None, b is not None
        arrays = p, g, s, s if m is None else m, s if b is None else b  # one that is absent is neither read nor written
        shared(_rmsprop_share, arrays, (rate, alpha, 1 - alpha, eps, decay, factor, *flags))
    else:
        _ref.rmsprop(p, g, s, m, b, rate, alpha, eps, decay, factor)


def adamax(p, g, m, u, rate, beta1, beta2, eps, decay):
    """Divide the mean gradient by the largest of late."""
    if served(p, g, m, u):
        shared(_adamax_share, (p, g, m, u), (rate, 1 - beta1, beta2, eps, decay))
    else:
        _ref.adamax(p, g, m, u, rate, beta1, beta2, eps, decay)


def nadam(p, g, m, v, rate, ahead, beta1, beta2, correction, eps, decay, shrink):
    """Adam with Nesterov's look ahead."""
    if served(p, g, m, v):
        settings = rate, ahead, 1 - beta1, beta2, 1 - beta2, correction, eps, decay, shrink
        shared(_nadam_share, (p, g, m, v), settings)
    else:
        _ref.nadam(p, g, m, v, rate, ahead, beta1, beta2, correction, eps, decay, shrink)


def radam(p, g, m, v, rate, gain, beta1, beta2, eps, decay, shrink):
    """Adam that waits until it knows the root mean square."""
    if served(p, g, m, v):
        shared(_radam_share, (p, g, m, v), (rate, gain, 1 - beta1, beta2, 1 - beta2, eps, decay, shrink))
    else:
        _ref.radam(p, g, m, v, rate, gain, beta1, beta2, eps, decay, shrink)


def novograd(p, g, m, rate, scale, beta, share, decay):
    """Descend in the direction of a running sum of gradients, each a whole tensor in units of its own norm."""
    if served(p, g, m):
        shared(_novograd_share, (p, g, m), (rate, scale, beta, share, decay))
    else:
        _ref.novograd(p, g, m, rate, scale, beta, share, decay)


def sparse_adam(p, g, m, v, rate, beta1, beta2, eps):
    """Adam where the gradient is not zero."""
    if served(p, g, m, v):
        shared(_sparse_adam_share, (p, g, m, v), (rate, 1 - beta1, 1 - beta2, eps))
    else:
        _ref.sparse_adam(p, g, m, v, rate, beta1, beta2, eps)


def orthogonalize(g, coefficients, steps, eps):
    """Newton's and Schulz's iteration in bfloat16: sums and roundings in one pass."""
    if not COMPILED:
        return _ref.orthogonalize(g, coefficients, steps, eps)
    (a, b, c), tall = map(float, coefficients), g.shape[0] > g.shape[1]
    x = _ref.normalized(g.T if tall else g, eps)
    for _ in range(steps):
        gram = _rounded(x, 0.0, matmul(x, x.T), 1.0)
        x = _rounded(x, a, matmul(_rounded(gram, b, matmul(gram, gram), c), x), 1.0)
    return (x.T if tall else x).astype(g.dtype)


def _rounded(x, a, y, b):
    out = np.empty(y.shape, np.float32)
    _round_sum(
        x.reshape(-1), np.float32(a), y.reshape(-1), np.float32(b), out.reshape(-1), out.view(np.uint32).reshape(-1)
    )
    return out


@entry
def _round_sum(x, a, y, b, out, bits):
    """Write a x + b y, rounded as the reference rounds it; `bits` are those of `out`."""
    for i in range(y.size):
        v = b * y[i]
        if a != 0.0:
            v = np.float32(np.float64(a) * np.float64(x[i]) + np.float64(v))
        out[i] = v
    for i in range(y.size):
        word = bits[i]
        if word & np.uint32(0x7F800000) != np.uint32(0x7F800000):  # neither infinite nor NaN
            odd = (word >> np.uint32(16)) & np.uint32(1)
            bits[i] = (word + np.uint32(0x7FFF) + odd) & np.uint32(0xFFFF0000)


# ------------------------------------------------------------------------------------------------ tasks


def _adagrad_share(memory, numbers, t, threads):
    p, g, s = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    c = pointer(memory, numbers[3])
    first, last = share(numbers[4], t, threads)
    rate, eps, decay = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        slope = decayed(load(g, i, last, 0.0), x, decay)
        squares = load(s, i, last, 0.0) + slope * slope
        store(squares, s, i, last)
        store(x - slope / (sqrt(squares) + eps) * rate, p, i, last)


def _adadelta_share(memory, numbers, t, threads):
    p, g, s = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    d, c = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    rate, keep, part, eps, decay = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3]), lanes(p, c[4])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        slope = decayed(load(g, i, last, 0.0), x, decay)
        square = load(s, i, last, 0.0) * keep + slope * slope * part
        moved = load(d, i, last, 0.0)
        step = sqrt(moved + eps) / sqrt(square + eps) * slope
        store(square, s, i, last)
        store(moved * keep + step * step * part, d, i, last)
        store(x - step * rate, p, i, last)


def _rmsprop_share(memory, numbers, t, threads):
    p, g, s = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    m, b, c = pointer(memory, numbers[3]), pointer(memory, numbers[4]), pointer(memory, numbers[5])
    first, last = share(numbers[6], t, threads)
    rate, keep, part = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2])
    eps, decay, factor = lanes(p, c[3]), lanes(p, c[4]), lanes(p, c[5])
    centered, summed = c[6] > 0.0, c[7] > 0.0
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        slope = decayed(load(g, i, last, 0.0), x, decay)
        square = load(s, i, last, 0.0) * keep + slope * slope * part
        store(square, s, i, last)
        if centered:
            mean = load(m, i, last, 0.0)
            mean = mean + (slope - mean) * part
            store(mean, m, i, last)
            square = square - mean * mean
        step = slope / (sqrt(square) + eps)
        if summed:
            step = load(b, i, last, 0.0) * factor + step
            store(step, b, i, last)
        store(x - step * rate, p, i, last)


def _adamax_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    u, c = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    rate, share1, keep2, eps, decay = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3]), lanes(p, c[4])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        slope = decayed(load(g, i, last, 0.0), x, decay)
        mean = load(m, i, last, 0.0)
        mean = mean + (slope - mean) * share1
        before = load(u, i, last, 1.0) * keep2
        most = select(before != before, before, larger(before, absolute(slope) + eps))  # NaN stays
        store(mean, m, i, last)
        store(most, u, i, last)
        store(x - mean / most * rate, p, i, last)


@kernel
def _means(slope, m, v, i, last, share1, keep2, share2):
    """Update and return the running means of gradients and of their squares."""
    mean = load(m, i, last, 0.0)
    mean = mean + (slope - mean) * share1
    square = load(v, i, last, 0.0) * keep2 + slope * slope * share2
    store(mean, m, i, last)
    store(square, v, i, last)
    return mean, square


def _nadam_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    v, c = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    rate, ahead, share1, keep2, share2 = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3]), lanes(p, c[4])
    correction, eps, decay, shrink = lanes(p, c[5]), lanes(p, c[6]), lanes(p, c[7]), lanes(p, c[8])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0) * shrink
        slope = decayed(load(g, i, last, 0.0), x, decay)
        mean, square = _means(slope, m, v, i, last, share1, keep2, share2)
        root = sqrt(square / correction) + eps
        store(x - slope / root * rate - mean / root * ahead, p, i, last)


def _radam_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    v, c = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    rate, gain, share1, keep2 = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3])
    share2, eps, decay, shrink = lanes(p, c[4]), lanes(p, c[5]), lanes(p, c[6]), lanes(p, c[7])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0) * shrink
        slope = decayed(load(g, i, last, 0.0), x, decay)
        mean, square = _means(slope, m, v, i, last, share1, keep2, share2)
        step = mean * rate
        store(x - select(gain == 0.0, step, step * (gain / (sqrt(square) + eps))), p, i, last)


def _novograd_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    c = pointer(memory, numbers[3])
    first, last = share(numbers[4], t, threads)
    rate, scale, keep, part, decay = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3]), lanes(p, c[4])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        total = load(m, i, last, 0.0) * keep + decayed(load(g, i, last, 0.0) * scale, x, decay) * part
        store(total, m, i, last)
        store(x - total * rate, p, i, last)


def _sparse_adam_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    v, c = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    rate, share1, share2, eps = lanes(p, c[0]), lanes(p, c[1]), lanes(p, c[2]), lanes(p, c[3])
    for i in range(first, last, width(p)):
        slope = load(g, i, last, 0.0)
        there = slope != 0.0
        if add_up(select(there, lanes(p, 1.0), lanes(p, 0.0))) == 0.0:
            continue  # of zeros the gradient alone is read
        x, mean, square = load(p, i, last, 0.0), load(m, i, last, 0.0), load(v, i, last, 0.0)
        mean = select(there, mean + (slope - mean) * share1, mean)
        square = select(there, square + (slope * slope - square) * share2, square)
        store(mean, m, i, last)
        store(square, v, i, last)
        store(select(there, x - mean / (sqrt(square) + eps) * rate, x), p, i, last)
