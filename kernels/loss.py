"""Losses of classes, fused with the softmax before them."""

from numpy import int64

from ._backend import serve
from .reduce import any, max, min


def cross_entropy(x, target, ignore_index=-100):
    """Cross-entropy of each row of logits, and its softmax.

        y[n] = log Σ_c e^x[n, c] - x[n, target[n]],   p[n, c] = e^x[n, c] / Σ_k e^x[n, k]

    Parameters
    ----------
    x : array, (N, C), floating
        Logits.
    target : array, (N,), integers
        The class of each row.
    ignore_index : int
        Rows with this target have loss 0.

    Returns
    -------
    y : array, (N,)
    p : array, (N, C)
        What `cross_entropy_grad` needs.

    Raises
    ------
    TypeError
        If `x` is not floating or `target` has no integers.
    ValueError
        If the shapes do not fit.
    IndexError
        If a target is no class.
    """
    if x.dtype.kind != "f":
        raise TypeError(f"[cross_entropy] `x` (dtype {x.dtype}) must be floating")
    target = _classes("cross_entropy", x.shape, target, ignore_index)
    return serve("loss", x, target).cross_entropy(x, target, ignore_index)


def cross_entropy_grad(g, p, target, ignore_index=-100):
    """Cotangent of the logits of a cross-entropy.

        gx[n, c] = g[n] (p[n, c] - [c = target[n]]),   0 in rows to be ignored

    Parameters
    ----------
    g : array, (N,)
        Broadcasts: a mean over the rows has the same g for all.
    p : array, (N, C)
        From `cross_entropy`.
    target, ignore_index
        As there, with the same errors.

    Returns
    -------
    array, (N, C)
    """
    target = _classes("cross_entropy_grad", p.shape, target, ignore_index)
    if g.shape not in ((), (1,), target.shape):
        raise ValueError(f"[cross_entropy_grad] `g` (shape {g.shape}) must broadcast to the shape of `target`")
    return serve("loss", g, p, target).cross_entropy_grad(g, p, target, ignore_index)


def nll_loss(x, target, ignore_index=-100):
    """Negative log-likelihood of each row of log-probabilities.

        y[n] = -x[n, target[n]],   0 in rows to be ignored

    Parameters
    ----------
    x : array, (N, C), floating
    target, ignore_index
        As for `cross_entropy`, with the same errors.

    Returns
    -------
    array, (N,)
    """
    target = _classes("nll_loss", x.shape, target, ignore_index)
    return serve("loss", x, target).nll_loss(x, target, ignore_index)


def nll_loss_grad(g, target, classes, ignore_index=-100):
    """Cotangent of the log-probabilities: the transpose of `nll_loss`.

        gx[n, c] = -g[n] [c = target[n]],   0 in rows to be ignored

    Parameters
    ----------
    g : array, (N,)
        Broadcasts.
    target, ignore_index
        As for `cross_entropy`, with the same errors.
    classes : int

    Returns
    -------
    array, (N, classes)
    """
    target = _classes("nll_loss_grad", (*target.shape, classes), target, ignore_index)
    if g.shape not in ((), (1,), target.shape):
        raise ValueError(f"[nll_loss_grad] `g` (shape {g.shape}) must broadcast to the shape of `target`")
    return serve("loss", g, target).nll_loss_grad(g, target, classes, ignore_index)


def _classes(op, shape, target, ignore_index):
    """The targets as int64, every one a class or to be ignored."""
    if target.dtype.kind not in "iu":
        raise TypeError(f"[{op}] `target` (dtype {target.dtype}) must hold integers")
    if len(shape) != 2 or target.shape != shape[:1]:
        raise ValueError(f"[{op}] `target` (shape {target.shape}) must be (N,) for rows (N, C), not {shape}")
    if target.dtype != int64:
        target = target.astype(int64)
    classes = shape[1]
    if target.size and not (min(target).item() >= 0 and max(target).item() < classes):
        wrong = ((target < 0) | (target >= classes)) & (target != ignore_index)
        if any(wrong).item():
            value = target[wrong].reshape(-1)[0].item()
            raise IndexError(f"[{op}] `target` (={value}) must lie in 0 … {classes - 1}, or be {ignore_index}")
    return target
