"""Losses of classes in NumPy."""

import numpy as np

from .softmax import logsumexp, softmax

__all__ = ["cross_entropy", "cross_entropy_grad", "nll_loss", "nll_loss_grad"]


def cross_entropy(x, target, ignore_index):
    """Cross-entropy of each row, and its softmax."""
    counts = target != ignore_index
    picked = np.take_along_axis(x, np.where(counts, target, 0)[:, None], 1)[:, 0] if x.size else x[:, :1].sum(1)
    return np.where(counts, logsumexp(x, 1, False) - picked, x.dtype.type(0)), softmax(x, 1)


def cross_entropy_grad(g, p, target, ignore_index):
    """Cotangent of the logits."""
    counts = target != ignore_index
    classes = np.arange(p.shape[1]) == target[:, None]
    return np.where(counts[:, None], np.broadcast_to(g, target.shape)[:, None] * (p - classes), p.dtype.type(0))


def nll_loss(x, target, ignore_index):
    """Negative log-likelihood of each row."""
    counts = target != ignore_index
    y = np.zeros(target.shape, x.dtype)
    y[counts] = -x[counts, target[counts]]
    return y


def nll_loss_grad(g, target, classes, ignore_index):
    """Cotangent of the log-probabilities."""
    counts = target != ignore_index
    gx = np.zeros((len(target), classes), g.dtype)
    gx[counts, target[counts]] = -np.broadcast_to(g, target.shape)[counts]
    return gx
