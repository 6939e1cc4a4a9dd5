"""Adamax."""

from typing import Any

from .._tape import Tensor
from ._moments import Moments


class Adamax(Moments):
    """Adam in the infinity norm: steps in units of the largest gradient of late.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + ε)
        θ ← θ - γ / (1 - β₁ᵗ) · m / u

    Parameters, and what they must be, are those of `Adam`.

    Notes
    -----
    Kingma, Ba: Adam: A method for stochastic optimization; ICLR 2015, section 7.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay),
            foreach=foreach,
            maximize=maximize,
            differentiable=differentiable,
            capturable=capturable,
        )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, (rate, beta1, beta2, eps, decay, _) = self._kernels(group), self._numbers(group)
        for x, g, t, (m, u), _ in self._each(group, params, ("exp_avg", "exp_inf"), run):
            run.adamax(x, g, m, u, rate / (1 - beta1**t), beta1, beta2, eps, decay)
