"""Losses of numbers, and all losses by name.

Squared and logistic losses have primitives with the reduction inside, so that each is one record on the tape.
"""

import warnings

from .. import kernels
from .._dtypes import result_dtype
from .._tape import declare, elementwise
from ._losses import check_arrays, chosen_reduction, functional, reduced_loss, share_of
from .arithmetic import xlogy
from .cast import cast
from .cross_entropy import cross_entropy, nll_loss
from .elementwise import exp, log, sigmoid
from .parts import absolute
from .reduce import sum_over
from .region import array_of, zeros
from .selection import maximum, where
from .shape import broadcast_tensors

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]
# ---------------------------------------------------------------------------------------- primitives


def _of_difference(name, bend):
    """Declare a loss l(x - target) of the kernels' table, and its slope times v, with the settings `how`."""

    def vjp_x(g, x, target, how, reduction):
        return back(share_of(g, x.shape, reduction), x, target, how=how)

    def vjp_target(g, x, target, how, reduction):
        return back(share_of(g, x.shape, reduction), target, x, how=how)

    def jvp_x(t, x, target, how, reduction):
        return reduced_loss(back(t, x, target, how=how), reduction)

    def jvp_target(t, x, target, how, reduction):
        return reduced_loss(back(t, target, x, how=how), reduction)

    back_name = f"{name}_grad"
    back = elementwise(
        f"{name}_loss_backward",
        lambda v, a, b, *, how=(): kernels.pointwise(back_name, v, a, b, *how),
        lambda g, a, b, how: back(g, a, b, how=how),
        bend,
        lambda g, v, a, b, how: -bend(g, v, a, b, how),
    )
    loss = declare(
        f"{name}_loss",
        lambda x, target, *, reduction, how=(): reduced_loss(kernels.pointwise(name, x, target, *how), reduction),
        [vjp_x, vjp_target],
        [jvp_x, jvp_target],
    )
    return loss, back


def _huber_bend(g, v, a, b, how):
    delta, share = how
    return where(absolute(a - b) < delta, g * v * share, 0)


_mse, _mse_back = _of_difference("mse", lambda g, v, a, b, how: (g + g) * v)
_huber, _huber_back = _of_difference("huber", _huber_bend)


def _logistic(x, target):
    """log(1 + e^x) - target · x, without overflow."""
    tail = kernels.log1p(kernels.exp(-kernels.absolute(x)))
    return kernels.relu(x) - x * target + tail


_logits = declare(
    "binary_cross_entropy_with_logits",
    lambda x, target, *, reduction: reduced_loss(_logistic(x, target)[...], reduction),
    [
        lambda g, x, target, reduction: (sigmoid(x) - target) * share_of(g, x.shape, reduction),
        lambda g, x, reduction: -x * share_of(g, x.shape, reduction),
    ],
    [
        lambda t, x, target, reduction: reduced_loss((sigmoid(x) - target) * t, reduction),
        lambda t, x, reduction: reduced_loss(-x * t, reduction),
    ],
)


def _log(x):
    """The logarithm, at least -100 so that the loss of a certain error is finite."""
    zero = x == 0
    return kernels.where(zero, -100, kernels.maximum(kernels.log(kernels.where(zero, 1, x)), -100))


_bce = declare(
    "binary_cross_entropy",
    lambda x, target, *, reduction: reduced_loss(((target - 1) * _log(1 - x) - target * _log(x))[...], reduction),
    [
        lambda g, x, target, reduction: _bce_slope(x, target) * share_of(g, x.shape, reduction),
        lambda g, x, reduction: (log(1 - x) - log(x)) * share_of(g, x.shape, reduction),
    ],
    [
        lambda t, x, target, reduction: reduced_loss(_bce_slope(x, target) * t, reduction),
        lambda t, x, reduction: reduced_loss((log(1 - x) - log(x)) * t, reduction),
    ],
)


def _bce_slope(x, target):
    return (x - target) / maximum(x - x * x, 1e-12)


# ---------------------------------------------------------------------------------------- numbers


@functional
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Squared error: the mean of (input - target)².

    Parameters
    ----------
    input, target : Tensor or array
        Of one shape; others broadcast, with a warning.
    size_average, reduce : bool, optional
        What PyTorch had before `reduction`: they stand for "mean", ``size_average=False`` for "sum", ``reduce=False``
        for "none". With a warning.
    reduction : "mean", "sum" or "none"
    weight : Tensor or array, input.shape, optional
        Of each term; the mean divides by their sum.

    Raises
    ------
    ValueError
        If the shapes do not broadcast, or for another reduction.

    Examples
    --------
    >>> tg.nn.functional.mse_loss(tg.tensor([1.0, 2.0]), tg.tensor([1.0, 4.0]))
    tensor(2.)
    """
    reduction = chosen_reduction("mse_loss", reduction, size_average, reduce)
    pair = _pair("mse_loss", input, target)
    if weight is None:
        return _mse(*pair, reduction=reduction)
    return _weighed("mse_loss", _mse(*pair, reduction="none"), weight, input, reduction)


@functional
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Absolute error: the mean of |input - target|. Parameters and errors as for `mse_loss`."""
    reduction = chosen_reduction("l1_loss", reduction, size_average, reduce)
    pair = _pair("l1_loss", input, target)
    terms = absolute(pair[0] - pair[1])
    if weight is None:
        return reduced_loss(terms, reduction)
    return _weighed("l1_loss", terms, weight, input, reduction)


@functional
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Squared error near zero, absolute error far from it.

        l = d²/2 where |d| < δ, else δ (|d| - δ/2),   d = input - target

    Parameters and errors as for `mse_loss`, but a weighted mean divides by the number of terms; `delta` (δ) must be
    positive.
    """
    reduction = chosen_reduction("huber_loss", reduction)
    if not delta > 0:
        raise ValueError(f"[huber_loss] `delta` (={delta}) must be positive")
    pair = _pair("huber_loss", input, target)
    if weight is None:
        return _huber(*pair, how=(delta, 1.0), reduction=reduction)
    terms = _huber(*pair, how=(delta, 1.0), reduction="none")
    return reduced_loss(_weighed("huber_loss", terms, weight, input, "none"), reduction)


@functional
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """`huber_loss` with `delta` = β, divided by β; `l1_loss` for β = 0."""
    reduction = chosen_reduction("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise ValueError(f"[smooth_l1_loss] `beta` (={beta}) must not be negative")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    pair = _pair("smooth_l1_loss", input, target)
    return _huber(*pair, how=(beta, 1.0 / beta), reduction=reduction)


@functional
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Cross-entropy of probabilities.

        l = -weight (target log input + (1 - target) log(1 - input))

    Parameters
    ----------
    input : Tensor or array
        Probabilities. Their logarithms count as at least -100.
    target : Tensor or array, input.shape
    weight : Tensor or array, optional
        Broadcasts against `input`.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        If the shapes differ, or for another reduction.
    RuntimeError
        If a probability does not lie in 0 … 1.
    """
    reduction = chosen_reduction("binary_cross_entropy", reduction, size_average, reduce)
    input, target = _same_shape("binary_cross_entropy", input, target)
    p = array_of(input)
    if not kernels.all((p >= 0) & (p <= 1)):
        raise RuntimeError("[binary_cross_entropy] `input` must lie in 0 … 1: are these logits?")
    if weight is None:
        return _bce(input, target, reduction=reduction)
    return reduced_loss(_bce(input, target, reduction="none") * weight, reduction)


@functional
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """Cross-entropy of logits of two classes, without overflow.

        l = -weight (pos_weight target log σ(input) + (1 - target) log σ(-input)),   σ(x) = 1 / (1 + e^-x)

    Parameters
    ----------
    input : Tensor or array
        Logits.
    target : Tensor or array, input.shape
        Probabilities of the positive class.
    weight, pos_weight : Tensor or array, optional
        Broadcast against `input`.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        If the shapes differ, or for another reduction.

    Examples
    --------
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([0.0]), tg.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = chosen_reduction("binary_cross_entropy_with_logits", reduction, size_average, reduce)
    input, target = _same_shape("binary_cross_entropy_with_logits", input, target)
    if weight is None and pos_weight is None:
        return _logits(input, target, reduction=reduction)
    if pos_weight is None:
        terms = _logits(input, target, reduction="none")
    else:  # the two logarithms one by one: the loss for a target of 1 and of 0
        nothing = zeros(input, input.shape)
        positive, negative = (_logits(input, t, reduction="none") for t in (nothing + 1, nothing))
        terms = target * pos_weight * positive + (1 - target) * negative
    return reduced_loss(terms if weight is None else terms * weight, reduction)


@functional
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """Kullback-Leibler divergence: l = target (log target - input), 0 where the target is.

    Parameters
    ----------
    input : Tensor or array
        Log-probabilities.
    target : Tensor or array
        Probabilities; their logarithms, with `log_target`.
    reduction : "mean", "batchmean", "sum" or "none"
        "batchmean", the divergence of the definition, divides by the length of the first axis alone.
    log_target : bool

    Raises
    ------
    ValueError
        If the shapes do not broadcast, or for another reduction.
    """
    reduction = chosen_reduction("kl_div", reduction, size_average, reduce, others=("batchmean",))
    input, target = _pair("kl_div", input, target)
    terms = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction == "batchmean":
        return sum_over(terms) / (input.shape[0] if input.shape else 1)
    return reduced_loss(terms, reduction)


def _pair(op, input, target):
    """Input and target in one dtype and shape."""
    check_arrays(op, input, target)
    if input.dtype != target.dtype:
        dtype = result_dtype(*((x.dtype, len(x.shape)) for x in (input, target)))
        input, target = cast(input, dtype), cast(target, dtype)
    if input.shape != target.shape:
        shapes = f"`input` (shape {input.shape}) and `target` (shape {target.shape})"
        try:
            input, target = broadcast_tensors(input, target)
        except RuntimeError:
            raise ValueError(f"[{op}] {shapes} must have one shape") from None
        warnings.warn(f"[{op}] {shapes} differ and are broadcast, which is rarely meant", stacklevel=3)
    return input, target


def _same_shape(op, input, target):
    check_arrays(op, input, target)
    if input.shape != target.shape:
        raise ValueError(f"[{op}] `target` (shape {target.shape}) must have the shape of `input` ({input.shape})")
    return _pair(op, input, target)


def _weighed(op, terms, weight, input, reduction):
    """Terms, each times its weight, reduced; a mean divides by the sum of the weights."""
    if weight.shape != input.shape:
        raise ValueError(f"[{op}] `weight` (shape {weight.shape}) must have the shape of `input` ({input.shape})")
    if reduction == "mean":
        return sum_over(terms * weight) / sum_over(weight)
    return reduced_loss(terms * weight, reduction)
