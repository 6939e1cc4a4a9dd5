"""Losses as layers. The functions are in `ops.loss`."""

from . import functional
from .module import Module


class _Loss(Module):
    """A loss, reduced to its "mean", to its "sum", or not at all: "none"."""

    def __init__(self, *, reduction: str = "mean"):
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"[{type(self).__name__}] `reduction` (={reduction!r}) must be 'mean', 'sum' or 'none'")
        self.reduction = reduction


class CrossEntropyLoss(_Loss):
    """Cross-entropy of logits: `log_softmax` over the classes, then `NLLLoss`.

        l[n] = -weight[t] log(e^x[n, t] / Σ_c e^x[n, c]),   t = target[n]

    Parameters
    ----------
    weight : Tensor, (C,), optional
        Of each class.
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

    def __init__(self, weight=None, *, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0):
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)
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


class NLLLoss(_Loss):
    """Negative log-likelihood of log-probabilities: l[n] = -weight[t] x[n, t], t = target[n].

    Parameters and fields are those of `CrossEntropyLoss`, without the smoothing.
    """

    def __init__(self, weight=None, *, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return functional.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class BCELoss(_Loss):
    """Cross-entropy of probabilities: l = -weight (t log x + (1 - t) log(1 - x)), logarithms at least -100.

    Parameters
    ----------
    weight : Tensor, broadcast to the target, optional
    reduction : "mean", "sum" or "none"

    Fields
    ------
    weight : buffer, or None
    """

    def __init__(self, weight=None, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)

    def forward(self, input, target):
        return functional.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Cross-entropy of the probabilities σ(x), computed from the logits x without overflow.

        l = -weight (pos_weight t log σ(x) + (1 - t) log(1 - σ(x)))

    Parameters
    ----------
    weight : Tensor, broadcast to the target, optional
    reduction : "mean", "sum" or "none"
    pos_weight : Tensor, broadcast to the target, optional

    Fields
    ------
    weight, pos_weight : buffers, or None
    """

    def __init__(self, weight=None, *, reduction: str = "mean", pos_weight=None):
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return functional.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class MSELoss(_Loss):
    """Squared error: (x - t)²."""

    def forward(self, input, target):
        return functional.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Absolute error: |x - t|."""

    def forward(self, input, target):
        return functional.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """(x - t)²/2 where |x - t| ≤ δ, else δ (|x - t| - δ/2)."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return functional.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(_Loss):
    """`HuberLoss` with δ = `beta`, divided by it; `L1Loss` for 0."""

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction=reduction)
        self.beta = beta

    def forward(self, input, target):
        return functional.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)
