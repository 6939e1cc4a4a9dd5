"""Losses for classes that are rare: few boxes in an image, few pixels in a plane."""

from numpy import finfo

from ._losses import check_arrays, chosen_reduction, functional, reduced_loss
from .elementwise import sigmoid
from .loss import binary_cross_entropy_with_logits
from .reduce import sum_over
from .selection import clamp_min


@functional
def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2.0, reduction="none"):
    """Cross-entropy of logits in which what is already right counts little.

        l = -weight (1 - p)^γ log p,   p = σ(x), weight = α where t = 1,   p = σ(-x), weight = 1 - α where t = 0

    Parameters
    ----------
    inputs : Tensor or array
        Logits x.
    targets : Tensor or array, inputs.shape
        1 or 0; between them 1 - p and the weight are interpolated.
    alpha : float
        α, at most 1; negative: all weights are 1.
    gamma : float
        γ, not negative; 0 makes it the weighted cross-entropy.
    reduction : "none", "mean" or "sum"
        The name, the arguments and this default are torchvision's.

    Raises
    ------
    ValueError
        If shapes or settings do not fit.

    Notes
    -----
    Lin et al.: Focal loss for dense object detection; arXiv:1708.02002.

    Examples
    --------
    >>> tg.nn.functional.sigmoid_focal_loss(tg.tensor([0.0, 3.0]), tg.tensor([1.0, 1.0]))
    tensor([4.3322e-02, 2.7321e-05])
    """
    op = "sigmoid_focal_loss"
    reduction = chosen_reduction(op, reduction)
    if not alpha <= 1:
        raise ValueError(f"[{op}] `alpha` (={alpha}) must not be larger than 1")
    if not gamma >= 0:
        raise ValueError(f"[{op}] `gamma` (={gamma}) must not be negative")
    _same_shape(op, inputs, targets, "targets")
    terms = binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    error = targets * sigmoid(-inputs) + (1 - targets) * sigmoid(inputs)  # 1 - p, without cancellation
    terms = terms * clamp_min(error, finfo(terms.dtype).tiny) ** gamma  # at 0 its slope may be infinite
    if alpha >= 0:
        terms = terms * (targets * alpha + (1 - targets) * (1 - alpha))
    return reduced_loss(terms, reduction)


@functional
def dice_loss(input, target, smooth=1e-5, reduction="mean"):
    """Loss of the overlap of two sets.

        l[n, c] = 1 - (2 Σ_i p[n, c, i] t[n, c, i] + s) / (Σ_i p[n, c, i] + Σ_i t[n, c, i] + s)

    Parameters
    ----------
    input : Tensor or array, (N, C, d…)
        The probability p of each position i to be in the set.
    target : Tensor or array, input.shape
        1 for the positions in the set, else 0.
    smooth : float
        s, not negative: two empty sets have the loss 0.
    reduction : "mean", "sum" or "none"
        Of the losses (N, C).

    Raises
    ------
    ValueError
        If shapes or settings do not fit.

    Notes
    -----
    Milletari et al.: V-Net; arXiv:1606.04797, with sums of p and t in the place of their squares.

    Examples
    --------
    >>> tg.nn.functional.dice_loss(tg.tensor([[[1.0, 1.0, 0.0]]]), tg.tensor([[[1.0, 0.0, 0.0]]]))
    tensor(0.3333)
    """
    op = "dice_loss"
    reduction = chosen_reduction(op, reduction)
    if not smooth >= 0:
        raise ValueError(f"[{op}] `smooth` (={smooth}) must not be negative")
    _same_shape(op, input, target)
    if len(input.shape) < 3:
        raise ValueError(f"[{op}] `input` (shape {input.shape}) must have at least three dimensions, (N, C, d…)")
    dims = tuple(range(2, len(input.shape)))
    both = sum_over(input * target, dim=dims)
    each = sum_over(input, dim=dims) + sum_over(target, dim=dims)
    return reduced_loss(1 - (both * 2 + smooth) / (each + smooth), reduction)


def _same_shape(op: str, input, target, name: str = "target") -> None:
    check_arrays(op, input, target)
    if input.shape != target.shape:
        raise ValueError(f"[{op}] `{name}` (shape {target.shape}) must have the shape {input.shape} of the input")
