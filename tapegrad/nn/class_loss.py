"""Losses of classes and of sequences of classes, as layers. The functions are in `ops.cross_entropy` and `ops.ctc`."""

import warnings
from dataclasses import dataclass
from math import prod
from typing import Any

from . import functional
from ._losses import Reduced, Weighed
from .linear import Linear


class CrossEntropyLoss(Weighed):
    """Cross-entropy of logits: `log_softmax` over the classes, then `NLLLoss`.

        l[n] = -weight[t] log(e^x[n, t] / Σ_c e^x[n, c]),   t = target[n]

    Parameters
    ----------
    weight : Tensor, (C,), optional
        Of each class.
    size_average, reduce : bool, optional
        What PyTorch had before `reduction`; see `MSELoss`.
    ignore_index : int
        Rows with this target count for nothing.
    reduction : "mean", "sum" or "none"
        The mean divides by the weights of the rows that count.
    label_smoothing : float
        In [0, 1]: the share of the target that is spread evenly over the classes.

    Fields
    ------
    weight : buffer, (C,), or None

    Examples
    --------
    >>> import tapegrad as tg
    >>> loss = tg.nn.CrossEntropyLoss()
    >>> loss(tg.tensor([[0.0, 0.0]]), tg.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self,
        weight=None,
        size_average=None,
        ignore_index: int = -100,
        reduce=None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        return functional.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Weighed):
    """Negative log-likelihood of log-probabilities: l[n] = -weight[t] x[n, t], t = target[n].

    Parameters and fields are those of `CrossEntropyLoss`, without the smoothing.
    """

    def __init__(self, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return functional.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


@dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch cuts the batch of a `LinearCrossEntropyLoss` to save memory; without effect here."""

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None


class NLLLoss2d(NLLLoss):
    """`NLLLoss`, which serves images too, under its older name; with a warning."""

    def __init__(self, *args, **kwargs):
        warnings.warn("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead.", FutureWarning, stacklevel=2)
        super().__init__(*args, **kwargs)


class LinearCrossEntropyLoss(Weighed):
    """`Linear`, then `CrossEntropyLoss`: l = cross_entropy(x Wᵀ + b, target).

    Parameters
    ----------
    in_features, num_classes : int
    out_features : tuple of int
        Further axes (d…) of the logits (N, C, d…).
    bias : bool
    device : device, optional
    dtype : dtype, optional
    reduction, weight, ignore_index, label_smoothing
        As for `CrossEntropyLoss`.
    options : LinearCrossEntropyOptions, ignored
        In PyTorch they say how the batch is cut to save memory.

    Fields
    ------
    linear : Linear
        With prod(C, d…) outputs.
    weight : buffer, (C,), or None
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device=None,
        dtype=None,
        reduction: str = "mean",
        weight=None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options=None,
    ):
        op = "LinearCrossEntropyLoss"
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"[{op}] `weight` (shape {weight.shape}) must have shape {(num_classes,)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"[{op}] `label_smoothing` (={label_smoothing}) must lie in 0 … 1")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, tuple(out_features)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        self.options = options
        self.linear = Linear(in_features, prod(out_features, start=num_classes), bias, device=device, dtype=dtype)

    def forward(self, input, target):
        bias, shape = self.linear.bias, (self.num_classes, *self.out_features)
        return functional.linear_cross_entropy(
            input,
            self.linear.weight.reshape((*shape, self.linear.in_features)),
            target,
            linear_bias=None if bias is None else bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
            f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, "
            f"options={self.options}"
        )


class CTCLoss(Reduced):
    """Connectionist temporal classification: the loss of a sequence of labels, summed over all its alignments.

    Parameters
    ----------
    blank : int
        The label that says nothing.
    reduction : "mean", "sum" or "none"
        The mean is of losses divided by the lengths of their targets.
    zero_infinity : bool
        Give a target that is too long for its input the loss and gradient 0 instead of ∞.

    Notes
    -----
    Graves et al.: Connectionist temporal classification; ICML 2006. Inputs and errors: `nn.functional.ctc_loss`.
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False):
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs, targets, input_lengths, target_lengths):
        how = (self.blank, self.reduction, self.zero_infinity)
        return functional.ctc_loss(log_probs, targets, input_lengths, target_lengths, *how)
