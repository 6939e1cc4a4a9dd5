"""Connectionist temporal classification (Graves et al., 2006): the loss of a sequence without an alignment.

Labels become states with a blank before, between and after them. A path stays, advances by one state, or by two where
that skips a blank between different labels; α[t, s] is the logarithm of the probability to be in state s at time t:

    α[t, s] = log(e^α[t-1, s] + e^α[t-1, s-1] + [skip s] e^α[t-1, s-2]) + log p[t, label of s]

Every step is made of recorded operations, so that derivatives of any order follow.
"""

from math import inf

import numpy as np

from .. import kernels
from .._tape import elementwise
from ._losses import chosen_reduction, functional, reduced_loss
from .elementwise import exp
from .gather import gather
from .rearrange import constant_pad_nd
from .reduce import mean_over
from .region import array_of, constant
from .selection import where
from .shape import expand_to, reshape, unsqueeze
from .softmax import log_softmax_over


def _share(x, y):
    """e^(x - y): how much of a sum is due to one term; 0 where all is."""
    return exp(x - where(y == -inf, 0, y))


_logaddexp3 = elementwise(
    "logaddexp",
    lambda a, b, c: kernels.logaddexp(kernels.logaddexp(a, b), c),
    lambda a, y: _share(a, y),
    lambda b, y: _share(b, y),
    lambda c, y: _share(c, y),
)


@functional
def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Loss of a sequence of labels, summed over all its alignments with the input.

        l[n] = -log Σ_paths Π_t p[t, n, path[t]]

    Parameters
    ----------
    log_probs : Tensor or array, (T, N, C) or (T, C)
        Logarithms of the probabilities of C labels at each time. They are normalised here (again): logits give the
        same loss, and gradients are those of logits.
    targets : integer Tensor or array, (N, S), (S,) or (sum of target_lengths,)
        Labels, padded to equal length or one sequence after the other.
    input_lengths, target_lengths : integer Tensor, array or tuple, (N,) or ()
        How much of each counts.
    blank : int
        The label that says nothing.
    reduction : "mean", "sum" or "none"
        The mean is of losses divided by the lengths of their targets.
    zero_infinity : bool
        Give a target that is too long for its input the loss and gradient 0 instead of ∞.

    Returns
    -------
    Tensor or array, (N,) or ()

    Raises
    ------
    ValueError
        If the shapes or lengths do not fit, or for another reduction.
    IndexError
        If a target is no label.
    """
    op = "ctc_loss"
    reduction = chosen_reduction(op, reduction)
    if log_probs.dtype.kind != "f" or len(log_probs.shape) not in (2, 3):
        raise ValueError(f"[{op}] `log_probs` (shape {log_probs.shape}) must be floating, (T, N, C) or (T, C)")
    single = len(log_probs.shape) == 2
    x = unsqueeze(log_probs, 1) if single else log_probs
    T, N, C = x.shape
    if not 0 <= blank < C:
        raise ValueError(f"[{op}] `blank` (={blank}) must lie in 0 … {C - 1}")
    times = _lengths(op, "input_lengths", input_lengths, N, T)
    labels, sizes = _labels(op, targets, target_lengths, N, C, blank)
    loss = _negative_log(log_softmax_over(x, dim=2), labels, times, sizes, blank)
    if zero_infinity:
        loss = where(loss == inf, 0, loss)
    if single:
        loss = reshape(loss, ())
    if reduction != "mean":
        return reduced_loss(loss, reduction)
    sizes = np.maximum(sizes, 1).astype(x.dtype).reshape(loss.shape)
    return mean_over(loss / _constant(x, sizes))


def _negative_log(x, labels, times, sizes, blank):
    """The loss of each sequence, of labels (N, S) in plain NumPy."""
    T, N, _ = x.shape
    S = labels.shape[1]
    states = np.full((N, 2 * S + 1), blank)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    barrier = _constant(x, np.where(skips, 0, -inf).astype(x.dtype))
    at = expand_to(_constant(x, states[None]), shape=(T, *states.shape))
    emitted = gather(x, 2, at)  # (T, N, 2S + 1)
    begin = _constant(x, np.arange(2 * S + 1) < 2)
    a = where(begin, emitted[0], -inf) if T else _constant(x, np.full(states.shape, -inf, x.dtype))
    for t in range(1, int(times.max(initial=0))):
        step = _logaddexp3(a, _later(a, 1), _later(a, 2) + barrier) + emitted[t]
        a = step if t < times.min() else where(_constant(x, (t < times)[:, None]), step, a)
    last = 2 * sizes[:, None] - np.arange(2)  # a path ends with the last label or with the blank after it
    ends = gather(a, 1, _constant(x, np.maximum(last, 0)))
    ends = where(_constant(x, (last >= 0) & (times[:, None] > 0)), ends, -inf)
    loss = -_logaddexp3(ends[:, 0], ends[:, 1], -inf)
    return where(_constant(x, (times == 0) & (sizes == 0)), 0, loss)


def _later(a, k: int):
    """α one or two states further on."""
    return constant_pad_nd(a, (k, -k), -inf)


def _constant(like, array):
    return constant(like, kernels.from_numpy(array, like=array_of(like)))


def _lengths(op: str, name: str, given, count: int, most: int):
    """Lengths in plain NumPy, (N,)."""
    found = np.asarray(kernels.to_numpy(array_of(given)) if hasattr(given, "dtype") else given)
    if found.dtype.kind not in "iu" and found.size:
        raise ValueError(f"[{op}] `{name}` (dtype {found.dtype}) must hold integers")
    found = found.astype(np.int64).reshape(-1)
    if found.shape != (count,):
        raise ValueError(f"[{op}] `{name}` ({found.size} numbers) must have one for each of {count} sequences")
    if count and not 0 <= found.min() <= found.max() <= most:
        raise ValueError(f"[{op}] `{name}` (={found.tolist()}) must lie in 0 … {most}")
    return found


def _labels(op: str, targets, lengths, count: int, classes: int, blank: int) -> tuple:
    """Labels (N, S) in plain NumPy, filled up with blanks, and how many of each row count."""
    if targets.dtype.kind not in "iu":
        raise ValueError(f"[{op}] `targets` (dtype {targets.dtype}) must hold integers")
    given = kernels.to_numpy(array_of(targets))
    if given.ndim not in (1, 2) or (given.ndim == 2 and given.shape[0] != count):
        raise ValueError(f"[{op}] `targets` (shape {given.shape}) must be ({count}, S), or 1-D")
    sizes = _lengths(op, "target_lengths", lengths, count, given.shape[-1])
    width = int(sizes.max(initial=0))
    taken = np.arange(width) < sizes[:, None]
    labels = np.full(taken.shape, blank)
    if given.ndim == 1:
        if sizes.sum() > given.size:
            raise ValueError(f"[{op}] `targets` ({given.size} labels) must hold the {sizes.sum()} of `target_lengths`")
        labels[taken] = given[: sizes.sum()]
    else:
        labels[taken] = given[:, :width][taken]
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise IndexError(f"[{op}] `targets` (={wrong}) must lie in 0 … {classes - 1}")
    return labels, sizes
