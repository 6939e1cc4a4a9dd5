"""Losses of classes on the CPU: one row after the other, its exponentials taken once."""

import math

import numpy as np

from ..ref import loss as _ref
from ._lanes import lanes, load, store, width
from ._numba import canonical, pointer
from ._rows import exp_into, row_max
from ._ufunc import Function, quiet, row

__all__ = ["cross_entropy", "cross_entropy_grad", "nll_loss", "nll_loss_grad"]

_LARGE = 1 << 15  # elements that are worth more than one thread
_WORK = 30  # multiply-adds that an element is worth, about


def cross_entropy(x, target, ignore_index):
    """Cross-entropy of each row, and its softmax."""
    compiled = _CROSS_ENTROPY[x.dtype.char]
    if compiled is None:
        return _ref.cross_entropy(x, target, ignore_index)
    x = canonical(x)
    if x.size < _LARGE:
        return compiled(x, target, ignore_index)
    y, p = np.empty(x.shape[0], x.dtype), np.empty(x.shape, x.dtype)
    ignored = np.broadcast_to(np.int64(ignore_index), target.shape)
    _CROSS_ENTROPY.spread((x, canonical(target), ignored, y, p), x.shape, x.size * _WORK)
    return y, p


def cross_entropy_grad(g, p, target, ignore_index):
    """Cotangent of the logits."""
    compiled = _CROSS_ENTROPY_GRAD[p.dtype.char]
    if compiled is None or g.dtype != p.dtype:
        return _ref.cross_entropy_grad(g, p, target, ignore_index)
    p = canonical(p)
    if p.size < _LARGE:
        return compiled(g, p, target, ignore_index)
    gx = np.empty(p.shape, p.dtype)
    ignored, g = np.broadcast_to(np.int64(ignore_index), target.shape), np.broadcast_to(canonical(g), target.shape)
    _CROSS_ENTROPY_GRAD.spread((g, p, canonical(target), ignored, gx), p.shape, p.size)
    return gx


def nll_loss(x, target, ignore_index):
    """Negative log-likelihood of each row."""
    compiled = _NLL[x.dtype.char]
    return _ref.nll_loss(x, target, ignore_index) if compiled is None else compiled(x, target, ignore_index)


def nll_loss_grad(g, target, classes, ignore_index):
    """Cotangent of the log-probabilities."""
    compiled = _NLL_GRAD[g.dtype.char]
    if compiled is None:
        return _ref.nll_loss_grad(g, target, classes, ignore_index)
    return compiled(g, target, ignore_index, out=np.zeros((len(target), classes), g.dtype))


def _cross_entropy(args, dims, steps, kind):
    C = dims[1]
    for n in range(dims[0]):
        x, y, p = row(kind, args, steps, 0, n), row(kind, args, steps, 3, n), row(kind, args, steps, 4, n)
        target, ignored = row(args, args, steps, 1, n)[0], row(args, args, steps, 2, n)[0]
        m = row_max(x, C)
        total = exp_into(x, lanes(x, m), p, C)
        y[0] = 0.0 if target == ignored else math.log(total) - (x[target] - m)
        scale = 1.0 / lanes(x, total)
        for c in range(0, C, width(x)):
            store(load(p, c, C, 0.0) * scale, p, c, C)
    quiet()


def _cross_entropy_grad(args, dims, steps, kind):
    C = dims[1]
    for n in range(dims[0]):
        g, p, gx = row(kind, args, steps, 0, n)[0], row(kind, args, steps, 1, n), row(kind, args, steps, 4, n)
        target, ignored = row(args, args, steps, 2, n)[0], row(args, args, steps, 3, n)[0]
        if target == ignored:
            for c in range(0, C, width(p)):
                store(lanes(p, 0.0), gx, c, C)
        else:
            for c in range(0, C, width(p)):
                store(load(p, c, C, 0.0) * lanes(p, g), gx, c, C)
            gx[target] = g * (p[target] - 1)


def _nll(args, dims, steps, kind):
    for n in range(dims[0]):
        target, ignored = row(args, args, steps, 1, n)[0], row(args, args, steps, 2, n)[0]
        y = row(kind, args, steps, 3, n)
        y[0] = 0.0
        if target != ignored:
            y[0] = -pointer(kind, args[0] + n * steps[0] + target * steps[4])[0]


def _nll_grad(args, dims, steps, kind):
    """Write into zeros."""
    for n in range(dims[0]):
        target = row(args, args, steps, 1, n)[0]
        if target != row(args, args, steps, 2, n)[0]:
            pointer(kind, args[3] + n * steps[3] + target * steps[4])[0] = -row(kind, args, steps, 0, n)[0]


_NLL = Function(_nll, "xll->x", "(c),(),()->()")
_NLL_GRAD = Function(_nll_grad, "xll->x", "(),(),()->(c)")
_CROSS_ENTROPY = Function(_cross_entropy, "xll->xx", "(c),(),()->(),(c)")
_CROSS_ENTROPY_GRAD = Function(_cross_entropy_grad, "xxll->x", "(),(c),(),()->(c)")
