"""Steps of optimisers on the CPU: every array is read and written once, with the roundings of the reference."""

import math

from ..ref import update as _ref
from ._lanes import elements, lanes, larger, load, select, smaller, sqrt, store, width
from ._numba import entry, kernel, pointer
from ._steps import decayed, served, share, shared

__all__ = ["adam", "asgd", "limit", "lion", "momentum", "rprop", "sgd"]

_LARGE = 1 << 15  # elements that are worth more than one thread


def sgd(p, g, rate, decay):
    """Descend."""
    if not served(p, g):
        _ref.sgd(p, g, rate, decay)
    elif p.size < _LARGE:
        _sgd_at_once(p.ravel(), _flat(g), float(rate), float(decay))
    else:
        shared(_sgd_share, (p, g), (rate, decay))


def momentum(p, g, b, rate, factor, dampening, decay, nesterov):
    """Descend in the direction of a running sum of gradients."""
    if not served(p, g, b):
        _ref.momentum(p, g, b, rate, factor, dampening, decay, nesterov)
        return
    settings = float(rate), float(factor), 1.0 - dampening, float(decay), 1.0 if nesterov else 0.0
    if p.size < _LARGE:
        _momentum_at_once(p.ravel(), _flat(g), b.ravel(), *settings)
    else:
        shared(_momentum_share, (p, g, b), settings)


def adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest):
    """Descend in units of the gradient's own root mean square."""
    w = v if largest is None else largest
    if not served(p, g, m, v, w):
        _ref.adam(p, g, m, v, step, rate, beta1, beta2, eps, decay, shrink, largest)
        return
    root, rate = math.sqrt(1.0 - beta2**step), rate / (1.0 - beta1**step)
    settings = 1.0 - beta1, float(beta2), 1.0 - beta2, root, float(eps), rate, float(decay), float(shrink)
    if p.size < _LARGE:
        flat = p.ravel(), _flat(g), m.ravel(), v.ravel()
        if largest is None:
            _adam_at_once(*flat, *settings)
        else:
            _amsgrad_at_once(*flat, w.ravel(), *settings)
    else:
        shared(_adam_share if largest is None else _amsgrad_share, (p, g, m, v, w), settings)


def asgd(p, g, a, rate, shrink, share, decay):
    """Descend, and average where that leads."""
    if served(p, g, a):
        shared(_asgd_share, (p, g, a), (rate, shrink, share, decay))
    else:
        _ref.asgd(p, g, a, rate, shrink, share, decay)


def limit(g, most):
    """Limit every element of a gradient, in NumPy's one pass."""
    g.clip(-most, most, out=g)


def lion(p, g, m, rate, beta1, beta2, shrink):
    """Descend by the sign of the mean gradient."""
    if served(p, g, m):
        shared(_lion_share, (p, g, m), (rate, beta1, 1 - beta1, beta2, 1 - beta2, shrink))
    else:
        _ref.lion(p, g, m, rate, beta1, beta2, shrink)


def rprop(p, g, before, size, shrink, grow, smallest, largest):
    """Descend by the sign of the gradient, in steps that grow while it stays the same."""
    if served(p, g, before, size):
        shared(_rprop_share, (p, g, before, size), (shrink, grow, smallest, largest))
    else:
        _ref.rprop(p, g, before, size, shrink, grow, smallest, largest)


def _flat(g):
    # a read-only array would be another type to Numba, and compiled again
    return g.ravel() if g.flags.writeable else g.copy().ravel()


# -------------------------------------------------------- for elements first … last - 1, and whole arrays at once


@kernel
def _sgd(p, g, first, last, rate, decay):
    rate, decay = lanes(p, rate), lanes(p, decay)
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        store(x - decayed(load(g, i, last, 0.0), x, decay) * rate, p, i, last)


@entry
def _sgd_at_once(p, g, rate, decay):
    _sgd(elements(p), elements(g), 0, p.size, rate, decay)


@kernel
def _momentum(p, g, b, first, last, rate, factor, share, decay, nesterov):
    rate, factor, share, decay = lanes(p, rate), lanes(p, factor), lanes(p, share), lanes(p, decay)
    looks_ahead = lanes(p, nesterov) > 0.0
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        slope = decayed(load(g, i, last, 0.0), x, decay)
        total = load(b, i, last, 0.0) * factor + slope * share
        store(total, b, i, last)
        store(x - select(looks_ahead, slope + total * factor, total) * rate, p, i, last)


@entry
def _momentum_at_once(p, g, b, rate, factor, share, decay, nesterov):
    _momentum(elements(p), elements(g), elements(b), 0, p.size, rate, factor, share, decay, nesterov)


@kernel
def _adam(p, g, m, v, w, track, first, last, share1, keep2, share2, root, eps, rate, decay, shrink):
    """`track`: w is the largest v so far, and divides in its place."""
    share1, keep2, share2, root = lanes(p, share1), lanes(p, keep2), lanes(p, share2), lanes(p, root)
    eps, rate, decay, shrink = lanes(p, eps), lanes(p, rate), lanes(p, decay), lanes(p, shrink)
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0) * shrink
        slope = decayed(load(g, i, last, 0.0), x, decay)
        mean = load(m, i, last, 0.0)
        mean = mean + (slope - mean) * share1
        square = load(v, i, last, 0.0) * keep2 + slope * slope * share2
        store(mean, m, i, last)
        store(square, v, i, last)
        if track:
            square = larger(load(w, i, last, 0.0), square)
            store(square, w, i, last)
        store(x - mean / (sqrt(square) / root + eps) * rate, p, i, last)


@entry
def _adam_at_once(p, g, m, v, share1, keep2, share2, root, eps, rate, decay, shrink):
    p, g, m, v, n = elements(p), elements(g), elements(m), elements(v), p.size
    _adam(p, g, m, v, v, False, 0, n, share1, keep2, share2, root, eps, rate, decay, shrink)


@entry
def _amsgrad_at_once(p, g, m, v, w, share1, keep2, share2, root, eps, rate, decay, shrink):
    p, g, m, v, w, n = elements(p), elements(g), elements(m), elements(v), elements(w), p.size
    _adam(p, g, m, v, w, True, 0, n, share1, keep2, share2, root, eps, rate, decay, shrink)


# ------------------------------------------------------------------------------------------------ tasks


def _sgd_share(memory, numbers, t, threads):
    p, g, s = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    first, last = share(numbers[3], t, threads)
    _sgd(p, g, first, last, s[0], s[1])


def _momentum_share(memory, numbers, t, threads):
    p, g, b = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    s = pointer(memory, numbers[3])
    first, last = share(numbers[4], t, threads)
    _momentum(p, g, b, first, last, s[0], s[1], s[2], s[3], s[4])


@kernel
def _adam_shared(memory, numbers, track, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    v, w, s = pointer(memory, numbers[3]), pointer(memory, numbers[4]), pointer(memory, numbers[5])
    first, last = share(numbers[6], t, threads)
    _adam(p, g, m, v, w, track, first, last, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])


def _adam_share(memory, numbers, t, threads):
    _adam_shared(memory, numbers, False, t, threads)


def _amsgrad_share(memory, numbers, t, threads):
    _adam_shared(memory, numbers, True, t, threads)


@kernel
def _sign(x):
    return select(x > 0.0, lanes(x, 1.0), select(x < 0.0, lanes(x, -1.0), x))  # NaN and zeros as they are


def _asgd_share(memory, numbers, t, threads):
    p, g, a = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    s = pointer(memory, numbers[3])
    first, last = share(numbers[4], t, threads)
    rate, shrink, part, decay = lanes(p, s[0]), lanes(p, s[1]), lanes(p, s[2]), lanes(p, s[3])
    for i in range(first, last, width(p)):
        x = load(p, i, last, 0.0)
        x = x * shrink - decayed(load(g, i, last, 0.0), x, decay) * rate
        store(x, p, i, last)
        mean = load(a, i, last, 0.0)
        store(select(part == 1.0, x, mean + (x - mean) * part), a, i, last)


def _lion_share(memory, numbers, t, threads):
    p, g, m = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    s = pointer(memory, numbers[3])
    first, last = share(numbers[4], t, threads)
    rate, keep1, share1 = lanes(p, s[0]), lanes(p, s[1]), lanes(p, s[2])
    keep2, share2, shrink = lanes(p, s[3]), lanes(p, s[4]), lanes(p, s[5])
    for i in range(first, last, width(p)):
        slope, mean = load(g, i, last, 0.0), load(m, i, last, 0.0)
        direction = _sign(mean * keep1 + slope * share1)
        store(load(p, i, last, 0.0) * shrink - direction * rate, p, i, last)
        store(mean * keep2 + slope * share2, m, i, last)


def _rprop_share(memory, numbers, t, threads):
    p, g, b = pointer(memory, numbers[0]), pointer(memory, numbers[1]), pointer(memory, numbers[2])
    z, s = pointer(memory, numbers[3]), pointer(memory, numbers[4])
    first, last = share(numbers[5], t, threads)
    shrink, grow, smallest, largest = lanes(p, s[0]), lanes(p, s[1]), lanes(p, s[2]), lanes(p, s[3])
    for i in range(first, last, width(p)):
        slope = load(g, i, last, 0.0)
        turn = slope * load(b, i, last, 0.0)
        factor = select(turn > 0.0, grow, select(turn < 0.0, shrink, select(turn == 0.0, lanes(p, 1.0), turn)))
        size = smaller(largest, larger(smallest, load(z, i, last, 0.0) * factor))  # limits first: NaN stays
        slope = select(turn < 0.0, lanes(p, 0.0), slope)
        store(load(p, i, last, 0.0) - _sign(slope) * size, p, i, last)
        store(size, z, i, last)
        store(slope, b, i, last)
