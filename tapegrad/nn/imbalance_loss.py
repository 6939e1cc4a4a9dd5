"""Losses for classes that are rare, as layers. The functions are in `ops.imbalance`."""

from . import functional
from ._losses import Reduced


class FocalLoss(Reduced):
    """Cross-entropy of logits x in which what is already right counts little.

        l = -weight (1 - p)^γ log p,   p = σ(x), weight = α where t = 1,   p = σ(-x), weight = 1 - α where t = 0

    Parameters
    ----------
    alpha : float
        α, at most 1; negative: all weights are 1.
    gamma : float
        γ, not negative.
    reduction : "mean", "sum" or "none"
    """

    def __init__(self, alpha: float = 0.25, gamma: float = 2.0, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.alpha, self.gamma = alpha, gamma

    def forward(self, input, target):
        return functional.sigmoid_focal_loss(input, target, self.alpha, self.gamma, self.reduction)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, gamma={self.gamma}"


class DiceLoss(Reduced):
    """Loss of the overlap of two sets, of probabilities p (N, C, d…) and of targets t.

        l[n, c] = 1 - (2 Σ_i p[n, c, i] t[n, c, i] + s) / (Σ_i p[n, c, i] + Σ_i t[n, c, i] + s)

    Parameters
    ----------
    smooth : float
        s, not negative: two empty sets have the loss 0.
    reduction : "mean", "sum" or "none"
    """

    def __init__(self, smooth: float = 1e-5, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.smooth = smooth

    def forward(self, input, target):
        return functional.dice_loss(input, target, self.smooth, self.reduction)

    def extra_repr(self) -> str:
        return f"smooth={self.smooth}"
