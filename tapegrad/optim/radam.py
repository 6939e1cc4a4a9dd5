"""RAdam."""

import math
from typing import Any

from .._tape import Tensor
from ._moments import Moments


class RAdam(Moments):
    """Adam that goes by the mean gradient alone until the root mean square is known well enough.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g                   m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²                  v̂ = v / (1 - β₂ᵗ)
        ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ),           ρ∞ = 2 / (1 - β₂) - 1
        r = √[(ρ - 4)(ρ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρ)]
        θ ← θ - γ m̂ · (r / √v̂ if ρ > 5 else 1)

    Parameters, and what they must be, are those of `Adam`; `eps` is added to √v.

    Notes
    -----
    Liu, Jiang, He, Chen, Liu, Gao, Han: On the variance of the adaptive learning rate and beyond; ICLR 2020.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay),
            decoupled_weight_decay=decoupled_weight_decay,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
        )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, (rate, beta1, beta2, eps, decay, shrink) = self._kernels(group), self._numbers(group)
        for x, g, t, (m, v), _ in self._each(group, params, ("exp_avg", "exp_avg_sq"), run):
            run.radam(x, g, m, v, rate / (1 - beta1**t), _gain(t, beta2), beta1, beta2, eps, decay, shrink)


def _gain(t: float, beta2: float) -> float:
    """R √(1 - β₂ᵗ), what the mean gradient over √v is multiplied by; 0: too early to divide."""
    correction, most = 1 - beta2**t, 2 / (1 - beta2) - 1
    rho = most - 2 * t * beta2**t / correction
    if rho <= 5.0:
        return 0.0
    return math.sqrt(correction * (rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
