"""What Adam and its kin share: the means of gradients that they keep, their settings, and the checks of these."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero, betas_below_one
from ._elementwise import Elementwise


class Moments(Elementwise):
    """Base class: running means of the gradients, β₁, and of their size, β₂.

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    betas : (float, float)
        β₁, β₂ in [0, 1).
    eps : float
        ε, added where the size of the gradients divides.
    weight_decay : float
        λ.
    **others
        Settings that not all of them have.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """

    _not_negative: tuple[str, ...] = ("lr", "eps", "weight_decay")

    def __init__(
        self, params, lr: float | Tensor, betas: tuple[float, float], eps: float, weight_decay: float, **others
    ):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, **others})

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        name = type(self).__name__
        at_least_zero(name, group, *self._not_negative)
        betas_below_one(name, group)

    def _numbers(self, group: dict[str, Any]) -> tuple[float, float, float, float, float, float]:
        """γ, β₁, β₂, ε, what of λ belongs to the gradient, and what it leaves of a parameter apart from that."""
        rate, (beta1, beta2), eps, decay = group["lr"], group["betas"], group["eps"], float(group["weight_decay"])
        if group.get("decoupled_weight_decay"):
            return float(rate), float(beta1), float(beta2), eps, 0.0, 1 - float(rate) * decay
        return float(rate), float(beta1), float(beta2), eps, decay, 1.0
