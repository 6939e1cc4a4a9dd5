"""Losses that ask for a margin, as layers. The functions are in `ops.margin`.

`size_average`, `reduce` and `reduction` are those of `MSELoss`.
"""

from collections.abc import Callable

from . import functional
from ._losses import Reduced, Weighed

# ------------------------------------------------------------------------------------------ pairs


class MarginRankingLoss(Reduced):
    """Loss of a wrong order: l = max(0, margin - t (x₁ - x₂)), t = 1 where x₁ should be the larger one, else -1."""

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return functional.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(Reduced):
    """Loss of a distance x: x where t is 1, max(0, margin - x) where it is -1."""

    def __init__(self, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input, target):
        return functional.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(Reduced):
    """Loss of the angle of two vectors: 1 - cos where t is 1, max(0, cos - margin) where it is -1."""

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return functional.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class SoftMarginLoss(Reduced):
    """Logistic loss of two classes: l = log(1 + e^(-t x)), with targets 1 and -1."""

    def forward(self, input, target):
        return functional.soft_margin_loss(input, target, reduction=self.reduction)


# ------------------------------------------------------------------------------------------ triplets


class TripletMarginLoss(Reduced):
    """Loss of a stranger being near: l = max(0, margin + d(anchor, positive) - d(anchor, negative)).

    Parameters
    ----------
    margin : float
        Positive.
    p, eps : float
        d(a, b) = ‖a - b + eps‖ₚ.
    swap : bool
        Take the distance of `positive` and `negative` where that is smaller.
    size_average, reduce, reduction
        As for `MSELoss`.
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average=None,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(size_average, reduce, reduction)
        self.margin, self.p, self.eps, self.swap = _positive(self, margin), p, eps, swap

    def forward(self, anchor, positive, negative):
        how = (self.margin, self.p, self.eps, self.swap)
        return functional.triplet_margin_loss(anchor, positive, negative, *how, reduction=self.reduction)


class TripletMarginWithDistanceLoss(Reduced):
    """`TripletMarginLoss` with a distance of your own, d = `distance_function`; by default `pairwise_distance`."""

    def __init__(
        self,
        *,
        distance_function: Callable | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ):
        super().__init__(reduction=reduction)
        self.distance_function = functional.pairwise_distance if distance_function is None else distance_function
        self.margin, self.swap = _positive(self, margin), swap

    def forward(self, anchor, positive, negative):
        how = {"distance_function": self.distance_function, "margin": self.margin, "swap": self.swap}
        return functional.triplet_margin_with_distance_loss(anchor, positive, negative, **how, reduction=self.reduction)


def _positive(loss, margin: float) -> float:
    if not margin > 0:
        raise ValueError(f"[{type(loss).__name__}] `margin` (={margin}) must be positive")
    return margin


# ------------------------------------------------------------------------------------------ classes


class MultiMarginLoss(Weighed):
    """Loss of each class whose score comes too near to that of the right one.

        l[n] = 1/C Σ_{c ≠ t} weight[t] max(0, margin - x[n, t] + x[n, c])^p,   t = target[n]

    Parameters
    ----------
    p : 1 or 2
    margin : float
    weight : Tensor, (C,), optional
    size_average, reduce, reduction
        As for `MSELoss`.

    Fields
    ------
    weight : buffer, (C,), or None
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight=None,
        size_average=None,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"[MultiMarginLoss] `p` (={p}) must be 1 or 2")
        if weight is not None and len(weight.shape) != 1:
            raise ValueError(f"[MultiMarginLoss] `weight` (shape {weight.shape}) must be 1-D")
        self.p, self.margin = p, margin

    def forward(self, input, target):
        how = (self.p, self.margin, self.weight)
        return functional.multi_margin_loss(input, target, *how, reduction=self.reduction)


class MultiLabelMarginLoss(Reduced):
    """Loss of each class whose score comes too near to that of a right one, where several are right.

        l[n] = 1/C Σ_{t right} Σ_{c wrong} max(0, 1 - x[n, t] + x[n, c])

    Each row of the target lists the right classes, up to the first -1.
    """

    def forward(self, input, target):
        return functional.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(Weighed):
    """Logistic loss of each class: l[n] = -1/C Σ_c weight[c] (t log σ(x) + (1 - t) log σ(-x)).

    Fields
    ------
    weight : buffer, (C,), or None
    """

    def forward(self, input, target):
        return functional.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)
