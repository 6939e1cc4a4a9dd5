"""Losses that are negative log-likelihoods of numbers: of a normal and of a Poisson distribution."""

from math import log as log_of
from math import pi

from .. import kernels
from .._tape import elementwise, one
from ._losses import check_arrays, chosen_reduction, functional, reduced_loss
from .elementwise import exp, log
from .region import array_of
from .selection import where
from .shape import unsqueeze

_held = elementwise("clamp_min", lambda x, *, low: kernels.maximum(x, low), one)  # keeps its slope below the limit


@functional
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Negative log-likelihood of a normal distribution.

        l = (log v + (input - target)² / v) / 2,   v = max(var, ε);   `full` adds log(2π) / 2

    Parameters
    ----------
    input : Tensor or array
        Means.
    target : Tensor or array
        Samples; they broadcast.
    var : Tensor, array or number, input.shape, input.shape[:-1], or with one axis of length 1
        Variances, not negative.
    full : bool
    eps : float
        ε, positive. Gradients take no notice of this limit.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        If `var` does not fit or is negative, or for another reduction.
    """
    op = "gaussian_nll_loss"
    check_arrays(op, input, target)
    reduction = chosen_reduction(op, reduction)
    if not hasattr(var, "dtype"):
        if var < 0:
            raise ValueError(f"[{op}] `var` (={var}) must not be negative")
        var = input * 0 + var
    elif kernels.any(kernels.less(array_of(var), 0)):
        raise ValueError(f"[{op}] `var` must not be negative")
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = unsqueeze(var, -1)
        elif len(var.shape) != len(input.shape) or [
            m for m, n in zip(var.shape, input.shape, strict=True) if m != n
        ] != [1]:
            raise ValueError(f"[{op}] `var` (shape {var.shape}) must have the shape {input.shape} of `input`")
    v, d = _held(var, low=eps), input - target
    terms = (log(v) + d * d / v) * 0.5
    return reduced_loss(terms + log_of(2 * pi) / 2 if full else terms, reduction)


@functional
def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean"
):
    """Negative log-likelihood of a Poisson distribution, without the constant log(target!).

        l = e^input - target · input,   without `log_input`  input - target log(input + ε)

    Parameters
    ----------
    input : Tensor or array
        The logarithm of the expected count; the count itself without `log_input`.
    target : Tensor or array
        Counts; they broadcast.
    log_input : bool
    full : bool
        Add Stirling's approximation of log(target!), t log t - t + log(2πt) / 2, where t > 1.
    eps : float
        ε.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        For another reduction.
    """
    check_arrays("poisson_nll_loss", input, target)
    reduction = chosen_reduction("poisson_nll_loss", reduction, size_average, reduce)
    terms = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        many = target > 1
        t = where(many, target, 2)  # where Stirling's formula is not used its logarithm would be infinite
        terms = terms + where(many, t * log(t) - t + log(t * (2 * pi)) * 0.5, 0)
    return reduced_loss(terms, reduction)
