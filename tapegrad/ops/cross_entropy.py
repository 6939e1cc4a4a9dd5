"""Losses of classes.

Such a loss is linear in the log-probabilities: it picks one of each row and weighs it. Its transpose writes the weights
back to where they were picked. Rows of logits, all of one weight, are served by a kernel that does both steps at once;
a recorded sweep takes the two steps, which have derivatives of every order.
"""

from math import prod

from numpy import ndarray

from .. import kernels
from .._dtypes import int64
from .._tape import Tensor, declare
from ._losses import check_arrays, chosen_reduction, functional, reduced_loss
from .cast import scalar
from .matmul import linear
from .reduce import sum_over
from .region import array_of
from .selection import where
from .shape import _view, expand_to, reshape
from .softmax import log_softmax_back, log_softmax_over, softmax_over


def _counted(target, ignore):
    """Which rows count, and their classes (0 for the others)."""
    counts = target != ignore
    return counts, where(counts, target, 0)


def _read(x, index):
    """x[n, index[n, …], …]."""
    if x.ndim == 2:
        return kernels.take(x, (kernels.arange(0, x.shape[0], 1, int64, like=x), index))
    return kernels.take_along_axis(x, _column(index), 1).reshape(index.shape)


def _write(shape, v, index):
    """Zeros, but x[n, index[n, …], …] = v[n, …]."""
    if len(shape) == 2:
        nothing = kernels.zeros(shape, v.dtype, like=v)
        return kernels.put(nothing, v, (kernels.arange(0, shape[0], 1, int64, like=v), index))
    return kernels.add_along_axis(shape, _column(v), _column(index), 1)


def _column(v):
    """One entry for each row as an array with one class: (N, d…) as (N, 1, d…)."""
    return v.reshape((v.shape[0], 1, *v.shape[1:]))


def _pick(x, target, weight, *, ignore, reduction):
    """The weighted loss; `weight` is (C,), or 0-d if it is 1 for all classes."""
    if x.ndim == 2 and not weight.ndim:
        terms = kernels.nll_loss(x, target, ignore)
        return terms if reduction == "none" else _shared(kernels.sum(terms), target, ignore, reduction)
    counts, index = _counted(target, ignore)
    terms = -_read(x, index)
    if weight.ndim:
        w = weight[index]
        terms = terms * w
    terms = kernels.where(counts, terms, 0)
    if reduction == "none":
        return terms
    total = kernels.sum(terms)
    return kernels.true_divide(total, _total(counts, weight, index), out=...) if reduction == "mean" else total


def _unpick(c, target, weight, *, shape, ignore, reduction):
    """The transpose of `_pick`."""
    if len(shape) == 2 and not weight.ndim:
        return kernels.nll_loss_grad(_shared(c, target, ignore, reduction), target, shape[1], ignore)
    counts, index = _counted(target, ignore)
    share = -c / _total(counts, weight, index) if reduction == "mean" else -c
    return _write(shape, kernels.where(counts, share * weight[index] if weight.ndim else share, 0), index)


def _total(counts, weight, index):
    """What the mean divides by: the weights of the rows that count, in the dtype of the weights."""
    return kernels.sum(kernels.where(counts, weight[index] if weight.ndim else weight, 0))


_nll = declare(
    "nll_loss",
    _pick,
    [
        lambda g, target, weight, x_shape, ignore, reduction: _nll_back(
            g, target, weight, shape=x_shape, ignore=ignore, reduction=reduction
        ),
        None,
        None,
    ],
    [
        lambda t, target, weight, ignore, reduction: _nll(t, target, weight, ignore=ignore, reduction=reduction),
        None,
        None,
    ],
)

_nll_back = declare(
    "nll_loss_backward",
    _unpick,
    [
        lambda g, target, weight, ignore, reduction: _nll(g, target, weight, ignore=ignore, reduction=reduction),
        None,
        None,
    ],
    [
        lambda t, target, weight, shape, ignore, reduction: _nll_back(
            t, target, weight, shape=shape, ignore=ignore, reduction=reduction
        ),
        None,
        None,
    ],
)


def _shared(v, target, ignore, reduction):
    """`v`, or for a mean its share in one of the rows that count."""
    if reduction != "mean":
        return v
    return kernels.true_divide(v, kernels.count_nonzero(target != ignore).astype(v.dtype), out=...)


def _rows_forward(x, target, *, ignore, reduction):
    terms, p = kernels.cross_entropy(x, target, ignore)
    return (terms if reduction == "none" else _shared(kernels.sum(terms), target, ignore, reduction)), p


def _rows_vjp(g, x, target, y, ignore, reduction):
    if not isinstance(x, Tensor):
        return kernels.cross_entropy_grad(_shared(g[0], target, ignore, reduction), y[1], target, ignore)
    picked = _nll_back(g[0], target, _weight_1(x), shape=x.shape, ignore=ignore, reduction=reduction)
    return log_softmax_back(picked, log_softmax_over(x, dim=1), 1)


def _rows_jvp(t, x, target, ignore, reduction):
    t = t - sum_over(softmax_over(x, dim=1) * t, dim=1, keepdim=True)
    return _nll(t, target, _weight_1(x), ignore=ignore, reduction=reduction), None


# The loss of (N, C) logits, and their softmax, which serves the rule alone.
_of_rows = declare("cross_entropy_loss", _rows_forward, [_rows_vjp, None], [_rows_jvp, None], outputs=2, keeps=(1,))

# ---------------------------------------------------------------------------------------- public


@functional
def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
):
    """Cross-entropy of logits: `log_softmax` over the classes, then `nll_loss`.

        l[n] = -weight[t] log(e^x[n, t] / Σ_c e^x[n, c]),   t = target[n]

    Parameters
    ----------
    input : Tensor or array, (N, C), (C,) or (N, C, d…)
        Logits x.
    target : Tensor or array, (N,), () or (N, d…) of integers; or input.shape, floating
        Classes, or the probability of each class.
    weight : Tensor or array, (C,), optional
        Of each class.
    size_average, reduce : bool, optional
        What PyTorch had before `reduction`; see `mse_loss`.
    ignore_index : int
        Rows with this target count for nothing.
    reduction : "mean", "sum" or "none"
        The mean divides by the weights of the rows that count.
    label_smoothing : float
        In [0, 1]: the share of the target that is spread evenly over the classes.

    Returns
    -------
    Tensor or array
        0-d, or the loss of each row. The mean over nothing is NaN.

    Raises
    ------
    ValueError
        If shapes or settings do not fit.
    IndexError
        If a target is no class.
    RuntimeError
        If `input` or `weight` has a wrong dtype, or `weight` requires gradients.

    Examples
    --------
    >>> tg.nn.functional.cross_entropy(tg.tensor([[0.0, 0.0]]), tg.tensor([1]))
    tensor(0.6931)
    """
    op = "cross_entropy"
    reduction = chosen_reduction(op, reduction, size_average, reduce)
    dim = _check_input(op, input, target)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"[{op}] `label_smoothing` (={label_smoothing}) must lie in 0 … 1")
    if target.dtype.kind == "f" and target.shape == input.shape:
        weight = _check_weight(op, input, weight, dim)
        return _soft_cross_entropy(input, target, weight, dim, reduction, label_smoothing)
    _check_target(op, input, target)
    if weight is None and not label_smoothing and len(input.shape) < 3:
        return _cross_entropy_of_rows(input, target, ignore_index, reduction)
    _check_classes(op, input, target, ignore_index)
    weight = _check_weight(op, input, weight, dim)
    x = log_softmax_over(input, dim=dim)
    hard = _nll_of(x, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return hard
    smooth = _smooth(x, target, weight, dim, ignore_index, reduction)
    return hard * (1 - label_smoothing) + smooth * (label_smoothing / input.shape[dim])


@functional
def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """Negative log-likelihood: l[n] = -weight[t] input[n, t], t = target[n].

    Parameters
    ----------
    input : Tensor or array, (N, C), (C,) or (N, C, d…)
        Log-probabilities.
    target, weight, ignore_index, reduction
        As for `cross_entropy` with classes, with the same errors.
    """
    reduction = chosen_reduction("nll_loss", reduction, size_average, reduce)
    dim = _check_input("nll_loss", input, target)
    _check_target("nll_loss", input, target)
    if weight is not None or len(input.shape) != 2:  # else the kernel looks
        _check_classes("nll_loss", input, target, ignore_index)
    return _nll_of(input, target, _check_weight("nll_loss", input, weight, dim), ignore_index, reduction)


@functional
def linear_cross_entropy(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
):
    """Cross-entropy of logits that are an affine map: cross_entropy(input @ linear_weight.T + linear_bias, target).

    Parameters
    ----------
    input : Tensor or array, (N, E) or (E,)
    linear_weight : Tensor or array, (C, d…, E)
        With further axes d… the logits are (N, C, d…), and `input` must be (N, E).
    target : Tensor or array
        As for `cross_entropy`; so are `weight`, `reduction`, `ignore_index` and `label_smoothing`.
    linear_bias : Tensor or array, (C, d…), optional
    options : ignored
        In PyTorch they say how the batch is cut to save memory.

    Raises
    ------
    RuntimeError
        If the shapes do not fit, or `ignore_index` comes with probabilities.
    """
    op = "linear_cross_entropy"
    if len(input.shape) not in (1, 2) or len(linear_weight.shape) < 2 or input.shape[-1] != linear_weight.shape[-1]:
        raise RuntimeError(
            f"[{op}] `input` (shape {input.shape}) must be (N, E) or (E,), `linear_weight` "
            f"(shape {linear_weight.shape}) (C, …, E)"
        )
    shape = linear_weight.shape[:-1]
    if len(shape) > 1 and len(input.shape) == 1:
        raise RuntimeError(f"[{op}] `input` (shape {input.shape}) must be (N, E) for logits (N, {shape})")
    if linear_bias is not None and linear_bias.shape != shape:
        raise RuntimeError(f"[{op}] `linear_bias` (shape {linear_bias.shape}) must have shape {shape}")
    logits = (*input.shape[:-1], *shape)
    if ignore_index is not None and target.shape == logits:
        raise RuntimeError(f"[{op}] `ignore_index` (={ignore_index}) must not come with probabilities")
    w = reshape(linear_weight, (prod(shape), input.shape[-1]))
    x = linear(input, w, None if linear_bias is None else reshape(linear_bias, (prod(shape),)))
    return cross_entropy(
        reshape(x, logits),
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _cross_entropy_of_rows(x, target, ignore, reduction):
    if len(x.shape) == 2:
        return _of_rows(x, target, ignore=ignore, reduction=reduction)[0]
    row, one = _view(x, shape=(1, *x.shape)), _view(target, shape=(1,))
    y = _of_rows(row, one, ignore=ignore, reduction=reduction)[0]
    return _view(y, shape=()) if reduction == "none" else y


def _nll_of(x, target, weight, ignore, reduction):
    if len(x.shape) > 1:
        return _nll(x, target, weight, ignore=ignore, reduction=reduction)
    row, one = _view(x, shape=(1, *x.shape)), _view(target, shape=(1,))
    y = _nll(row, one, weight, ignore=ignore, reduction=reduction)
    return _view(y, shape=()) if reduction == "none" else y


def _smooth(x, target, weight, dim, ignore, reduction):
    """-Σ_c weight[c] x[n, c] of the rows that count, reduced like the loss of the classes."""
    counts, index = _counted(target, ignore)
    weight = expand_to(weight, shape=(x.shape[dim],))
    terms = where(counts, -sum_over(x * _along(weight, x, dim), dim=dim), 0)
    return (
        sum_over(terms) / sum_over(where(counts, weight[index], 0))
        if reduction == "mean"
        else reduced_loss(terms, reduction)
    )


def _soft_cross_entropy(x, target, weight, dim, reduction, smoothing):
    if smoothing:
        target = target * (1 - smoothing) + smoothing / x.shape[dim]
    terms = -sum_over(log_softmax_over(x, dim=dim) * target * _along(weight, x, dim), dim=dim)
    return reduced_loss(terms, reduction)


def _along(weight, x, dim):
    """Class weights, to be broadcast against the logits."""
    return weight if not weight.shape else weight.reshape((-1, *(1,) * (len(x.shape) - dim - 1)))


def _check_input(op, x, target) -> int:
    """The dim of the classes."""
    check_arrays(op, x, target)
    if x.dtype.kind != "f" or not x.shape:
        raise RuntimeError(f"[{op}] `input` (shape {x.shape}, dtype {x.dtype}) must be floating, with a dim of classes")
    return 1 if len(x.shape) > 1 else 0


def _check_target(op, x, target):
    shape = (*x.shape[:1], *x.shape[2:]) if len(x.shape) > 1 else ()
    if target.shape != shape:
        raise ValueError(f"[{op}] `target` (shape {target.shape}) must have shape {shape} for `input` of {x.shape}")
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"[{op}] `target` (dtype {target.dtype}) must hold integers, the numbers of the classes")


def _check_classes(op, x, target, ignore):
    t = array_of(target)
    classes = x.shape[1 if len(x.shape) > 1 else 0]
    if not t.size or (kernels.min(t).item() >= 0 and kernels.max(t).item() < classes):
        return
    wrong = ((t < 0) | (t >= classes)) & (t != ignore)
    if kernels.any(wrong).item():
        value = t[wrong].reshape(-1)[0].item()
        raise IndexError(f"[{op}] `target` (={value}) must lie in 0 … {classes - 1}, or be {ignore} to be ignored")


def _weight_1(x):
    """The weight of all classes where none are given."""
    if not isinstance(x, Tensor):
        return kernels.ones((), x.dtype, like=x)
    return scalar(1.0, x.dtype, None if type(x._array) is ndarray else x._array)


def _check_weight(op, x, weight, dim):
    """The weights of the classes; a 0-d 1 where none are given."""
    if weight is None:
        return _weight_1(x)
    if weight.shape != x.shape[dim : dim + 1]:
        raise RuntimeError(
            f"[{op}] `weight` (shape {weight.shape}) must have one entry for each of {x.shape[dim]} classes"
        )
    if weight.dtype != x.dtype:
        raise RuntimeError(f"[{op}] `weight` (dtype {weight.dtype}) must have the dtype of `input` ({x.dtype})")
    if isinstance(weight, Tensor) and weight.requires_grad:
        raise RuntimeError(f"[{op}] `weight` must not require gradients: the loss is not differentiated in it")
    return weight
