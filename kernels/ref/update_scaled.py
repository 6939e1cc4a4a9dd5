"""Steps in units of the gradient's size so far, in NumPy; the order of the roundings is part of the definition."""

import numpy as np

from ._steps import decayed, like, writes

__all__ = ["adadelta", "adagrad", "adamax", "nadam", "novograd", "orthogonalize", "radam", "rmsprop", "sparse_adam"]


@writes("p", "s")
def adagrad(p, g, s, rate, eps, decay):
    """Divide by the root of the sum of all squares so far."""
    g = decayed(g, p, decay)
    s = s + g * g
    return p - g / (np.sqrt(s) + like(p, eps)) * like(p, rate), s


@writes("p", "s", "d")
def adadelta(p, g, s, d, rate, rho, eps, decay):
    """Divide by the root mean square, and multiply by that of the steps so far."""
    g, eps = decayed(g, p, decay), like(p, eps)
    s = s * like(p, rho) + g * g * like(p, 1 - rho)
    step = np.sqrt(d + eps) / np.sqrt(s + eps) * g
    return p - step * like(p, rate), s, d * like(p, rho) + step * step * like(p, 1 - rho)


@writes("p", "s", "m", "b")
def rmsprop(p, g, s, m, b, rate, alpha, eps, decay, factor):
    """Divide by the root mean square, or the standard deviation."""
    g = decayed(g, p, decay)
    s = s * like(p, alpha) + g * g * like(p, 1 - alpha)
    m = None if m is None else m + (g - m) * like(p, 1 - alpha)
    direction = g / (np.sqrt(s if m is None else s - m * m) + like(p, eps))
    b = direction if b is None else b * like(p, factor) + direction
    return p - b * like(p, rate), s, m, b


@writes("p", "m", "u")
def adamax(p, g, m, u, rate, beta1, beta2, eps, decay):
    """Divide the mean gradient by the largest of late."""
    g = decayed(g, p, decay)
    m = m + (g - m) * like(p, 1 - beta1)
    u = np.maximum(u * like(p, beta2), np.abs(g) + like(p, eps))
    return p - m / u * like(p, rate), m, u


@writes("p", "m", "v")
def nadam(p, g, m, v, rate, ahead, beta1, beta2, correction, eps, decay, shrink):
    """Adam with Nesterov's look ahead."""
    p = p * like(p, shrink)
    g = decayed(g, p, decay)
    m = m + (g - m) * like(p, 1 - beta1)
    v = v * like(p, beta2) + g * g * like(p, 1 - beta2)
    root = np.sqrt(v / like(p, correction)) + like(p, eps)
    return p - g / root * like(p, rate) - m / root * like(p, ahead), m, v


@writes("p", "m", "v")
def radam(p, g, m, v, rate, gain, beta1, beta2, eps, decay, shrink):
    """Adam that waits until it knows the root mean square."""
    p = p * like(p, shrink)
    g = decayed(g, p, decay)
    m = m + (g - m) * like(p, 1 - beta1)
    v = v * like(p, beta2) + g * g * like(p, 1 - beta2)
    step = m * like(p, rate)
    return p - (step * (like(p, gain) / (np.sqrt(v) + like(p, eps))) if gain else step), m, v


@writes("p", "m")
def novograd(p, g, m, rate, scale, beta, share, decay):
    """Descend in the direction of a running sum of gradients, each a whole tensor in units of its own norm."""
    m = m * like(p, beta) + decayed(g * like(p, scale), p, decay) * like(p, share)
    return p - m * like(p, rate), m


@writes("p", "m", "v")
def sparse_adam(p, g, m, v, rate, beta1, beta2, eps):
    """Adam where the gradient is not zero."""
    there = g != 0
    mean = m + (g - m) * like(p, 1 - beta1)
    square = v + (g * g - v) * like(p, 1 - beta2)
    moved = p - mean / (np.sqrt(square) + like(p, eps)) * like(p, rate)
    return np.where(there, moved, p), np.where(there, mean, m), np.where(there, square, v)


def orthogonalize(g, coefficients, steps, eps):
    """Newton's and Schulz's iteration in bfloat16."""
    (a, b, c), tall = map(np.float32, coefficients), g.shape[0] > g.shape[1]
    x = normalized(g.T if tall else g, eps)
    for _ in range(steps):
        gram = _bfloat16(x @ x.T)
        x = _added(x, a, _added(gram, b, c * (gram @ gram)) @ x)
    return (x.T if tall else x).astype(g.dtype)


def normalized(g, eps):
    """Divide by the norm, or `eps` if that is larger; in bfloat16, C-contiguous."""
    x = _bfloat16(np.ascontiguousarray(g))
    norm = _bfloat16(np.sqrt(np.sum(x.astype(np.float64) ** 2)))
    return _bfloat16(x / np.maximum(norm, np.float32(eps)))


def _added(x, factor, y):
    """Factor x + y, rounded once to float32 as PyTorch does, then to bfloat16."""
    return _bfloat16(np.float64(factor) * x + y)


def _bfloat16(x):
    """The nearest numbers of 8 bits, ties to even, as float32."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    halved = (bits + np.uint32(0x7FFF) + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)
    return np.where(np.isfinite(x), halved.view(np.float32), np.float32(x))
