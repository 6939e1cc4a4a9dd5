"""Connectionist temporal classification (Graves et al., 2006): the loss of a sequence without an alignment.

Labels become states with a blank before, between and after them. A path stays, advances by one state, or by two where
that skips a blank between different labels; α[t, s] is the logarithm of the probability to be in state s at time t:

    α[t, s] = log(e^α[t-1, s] + e^α[t-1, s-1] + [skip s] e^α[t-1, s-2]) + log p[t, label of s]

The slope in x[t, n, c] is how probable label c is at time t, given that a path is taken: e^(α + β + loss), β being the
same sum backwards. A plain sweep has a kernel for that. A recorded sweep, and forward mode, make α and β of recorded
operations, so that derivatives of any order follow.
"""

from math import inf

import numpy as np

from .. import kernels
from .._tape import Tensor, declare, elementwise
from ._losses import chosen_reduction, functional, reduced_loss
from .elementwise import exp
from .gather import _add_along, gather
from .join import stack
from .rearrange import constant_pad_nd
from .reduce import mean_over, sum_over
from .region import array_of, constant, zeros
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


def _vjp(g, x, states, barrier, times, sizes, y):
    if not isinstance(x, Tensor):
        return kernels.ctc_grad(g[0], *y, x, states, barrier, times, sizes)
    share = _occupied(x, states, barrier, times, sizes) * unsqueeze(-g[0], 1)
    return _add_along(share, _labels_of_states(x, states), shape=x.shape, dim=2)


def _jvp(t, x, states, barrier, times, sizes):
    share = _occupied(x, states, barrier, times, sizes) * gather(t, 2, _labels_of_states(x, states))
    return -sum_over(share, dim=(0, 2)), None


_negative_log = declare(
    "ctc_loss",
    lambda x, states, barrier, times, sizes: kernels.ctc(x, states, barrier, times, sizes),
    [_vjp, None, None, None, None],
    [_jvp, None, None, None, None],
    outputs=2,
    keeps=(0, 1),
)


def _labels_of_states(x, states):
    return expand_to(unsqueeze(constant(x, array_of(states)), 0), shape=(x.shape[0], *states.shape))


def _occupied(x, states, barrier, times, sizes):
    """How probable each state is at each time, given that a path is taken, (T, N, S); 0 where none can be."""
    T, (N, S) = x.shape[0], states.shape
    if not T:
        return zeros(x, (0, N, S))
    barrier, times, sizes = constant(x, array_of(barrier)), array_of(times), array_of(sizes).reshape((-1, 1))
    emitted = gather(x, 2, _labels_of_states(x, states))
    place = kernels.arange(0, S, 1, np.dtype(np.int64), like=times).reshape((1, -1))
    alphas = [where(constant(x, kernels.less(place, 2)), emitted[0], -inf)]
    for t in range(1, T):
        a = alphas[-1]
        alphas.append(_logaddexp3(a, _moved(a, 1), _moved(a, 2) + barrier) + emitted[t])
    during = [constant(x, kernels.greater(times, t).reshape((-1, 1))) for t in range(T)]
    last = alphas[0]
    for t in range(1, T):
        last = where(during[t], alphas[t], last)
    is_end = constant(x, kernels.logical_or(kernels.equal(place, sizes), kernels.equal(place, sizes - 1)))
    ends = where(is_end, last, -inf)  # a path ends with the last label or with the blank after it
    loss = -_logaddexp3(_at(ends, sizes), _at(ends, sizes - 1), -inf)
    none, scale = loss == inf, where(loss == inf, 0, loss)
    beta, found = where(is_end, zeros(x, (N, S)), -inf), []
    finish = beta
    for t in range(T - 1, -1, -1):
        if t < T - 1:
            after = beta + emitted[t + 1]
            after = _logaddexp3(after, _moved(after, -1), _moved(after + barrier, -2))
            beta = where(during[t + 1], after, finish)
        found.append(exp(where(during[t], alphas[t] + beta, -inf) + scale))
    return where(none, 0, stack(found[::-1], 0))


def _at(a, place):
    """The element of each row at a place (N, 1), -∞ at none."""
    element = gather(a, 1, constant(a, kernels.maximum(place, 0)))
    return where(constant(a, kernels.less(place, 0)), -inf, element)


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
    states = np.full((N, 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    barrier = np.where(skips, 0, -inf).astype(x.dtype)
    given = (_constant(x, a) for a in (states, barrier, times, 2 * sizes))
    loss, _ = _negative_log(log_softmax_over(x, dim=2), *given)
    if zero_infinity:
        loss = where(loss == inf, 0, loss)
    if single:
        loss = reshape(loss, ())
    if reduction != "mean":
        return reduced_loss(loss, reduction)
    sizes = np.maximum(sizes, 1).astype(x.dtype).reshape(loss.shape)
    return mean_over(loss / _constant(x, sizes))


def _moved(a, k: int):
    """α or β one or two states further on, or back."""
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
