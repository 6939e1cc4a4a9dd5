"""Losses of numbers and of probabilities, as layers. The functions are in `ops.loss` and `ops.likelihood`.

All have `reduction` ("mean", "sum" or "none") and, for old scripts, `size_average` and `reduce`; see `MSELoss`.
"""

from . import functional
from ._losses import Reduced, Weighed

# ------------------------------------------------------------------------------------------ distances


class MSELoss(Reduced):
    """Squared error: (x - t)².

    Parameters
    ----------
    size_average, reduce : bool, optional
        What PyTorch had before `reduction`: they stand for "mean", ``size_average=False`` for "sum", ``reduce=False``
        for "none". With a warning.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        For another reduction.
    """

    def forward(self, input, target):
        return functional.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Reduced):
    """Absolute error: |x - t|."""

    def forward(self, input, target):
        return functional.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(Reduced):
    """(x - t)²/2 where |x - t| < δ, else δ (|x - t| - δ/2); δ = `delta` > 0."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        if not isinstance(delta, (int, float)):
            raise TypeError(f"[HuberLoss] `delta` (={delta!r}) must be a number")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return functional.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(Reduced):
    """`HuberLoss` with δ = `beta`, divided by it; `L1Loss` for 0."""

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input, target):
        return functional.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


# ------------------------------------------------------------------------------------------ two classes


class BCELoss(Weighed):
    """Cross-entropy of probabilities: l = -weight (t log x + (1 - t) log(1 - x)), logarithms at least -100.

    Parameters
    ----------
    weight : Tensor, broadcast to the target, optional
    size_average, reduce, reduction
        As for `MSELoss`.

    Fields
    ------
    weight : buffer, or None
    """

    def forward(self, input, target):
        return functional.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(Weighed):
    """Cross-entropy of the probabilities σ(x), computed from the logits x without overflow.

        l = -weight (pos_weight t log σ(x) + (1 - t) log(1 - σ(x)))

    Parameters
    ----------
    weight : Tensor, broadcast to the target, optional
    size_average, reduce, reduction
        As for `MSELoss`.
    pos_weight : Tensor, broadcast to the target, optional

    Fields
    ------
    weight, pos_weight : buffers, or None
    """

    def __init__(self, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None):
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return functional.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


# ------------------------------------------------------------------------------------------ distributions


class KLDivLoss(Reduced):
    """Kullback-Leibler divergence of a target p from log-probabilities x: l = p (log p - x), 0 where p is.

    Parameters
    ----------
    size_average, reduce, reduction
        As for `MSELoss`; "batchmean", the divergence of the definition, divides by the length of the first axis alone.
    log_target : bool
        The target is log p.
    """

    reductions = ("batchmean",)

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return functional.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(Reduced):
    """Negative log-likelihood of counts t with the expectation e^x: l = e^x - t x.

    Parameters
    ----------
    log_input : bool
        False: x is the expectation itself, l = x - t log(x + eps).
    full : bool
        Add Stirling's approximation of log(t!), t log t - t + log(2πt) / 2, where t > 1.
    size_average, reduce, reduction
        As for `MSELoss`.
    eps : float
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average=None,
        eps: float = 1e-8,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input, target):
        how = {"log_input": self.log_input, "full": self.full, "eps": self.eps, "reduction": self.reduction}
        return functional.poisson_nll_loss(log_input, target, **how)


class GaussianNLLLoss(Reduced):
    """Negative log-likelihood of samples t of normal distributions with means x: l = (log v + (x - t)²/v) / 2.

    Parameters
    ----------
    full : bool
        Add log(2π) / 2.
    eps : float
        The least v; gradients take no notice of it.
    reduction : "mean", "sum" or "none"
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input, target, var):
        return functional.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
