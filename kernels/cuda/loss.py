"""Losses of classes on the device, each one kernel."""

import numpy as np

from ._exponentials import exponentials
from ._fold import fold
from ._fuse import spread

__all__ = ["cross_entropy", "cross_entropy_grad", "nll_loss", "nll_loss_grad"]


def cross_entropy(x, target, ignore_index):
    """Cross-entropy of each row, and its softmax."""
    p, y = fold(_cross_entropy, (x,), (target,), 1, (x.dtype, ignore_index))
    return y, p


def cross_entropy_grad(g, p, target, ignore_index):
    """Cotangent of the logits."""
    return fold(_cross_entropy_grad, (p,), (g, target), 1, (np.result_type(g.dtype, p.dtype), ignore_index))


def nll_loss(x, target, ignore_index):
    """Negative log-likelihood of each row."""
    return fold(_nll_loss, (x,), (target,), 1, (x.dtype, ignore_index))


def nll_loss_grad(g, target, classes, ignore_index):
    """Cotangent of the log-probabilities."""
    g = spread(spread(g, target.shape)[:, None], (*target.shape, classes))
    return fold(_nll_loss_grad, (g,), (target,), 1, (ignore_index,))


def _cross_entropy(row, dtype, ignore):
    (target,) = row.operands
    counts = target != ignore
    m, s = exponentials(row)
    scale = 1 / s
    row.each(lambda x: (np.exp(x - m) * scale).astype(dtype))
    picked = row.at(np.where(counts, target, 0), lambda x: x)
    # of a row with an infinite maximum only the logarithm of the sum is known
    log_sum = np.where(np.isinf(m), m, m + np.log(s))
    return np.where(counts, log_sum - picked, 0).astype(dtype)


def _cross_entropy_grad(row, dtype, ignore):
    g, target = row.operands
    j, counts = row.position(), target != ignore
    row.each(lambda p: np.where(counts, g * np.where(j == target, p - 1, p), 0).astype(dtype))


def _nll_loss(row, dtype, ignore):
    (target,) = row.operands
    counts = target != ignore
    picked = row.at(np.where(counts, target, 0), lambda x: x)
    return np.where(counts, -picked, 0).astype(dtype)


def _nll_loss_grad(row, ignore):
    (target,) = row.operands
    j, counts = row.position(), target != ignore
    row.each(lambda g: np.where(counts & (j == target), -g, 0).astype(g.dtype))
