"""NAdam."""

from typing import Any

from .._tape import Tensor
from ._moments import Moments
from ._state import number


class NAdam(Moments):
    """Adam that looks ahead, as Nesterov's momentum does.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²                  v̂ = v / (1 - β₂ᵗ)
        μₜ = β₁ (1 - ½ 0.96^(t ψ)),             Πₜ = μ₁ ⋯ μₜ
        θ ← θ - γ [(1 - μₜ) / (1 - Πₜ) g + μₜ₊₁ / (1 - Πₜ₊₁) m] / (√v̂ + ε)

    Parameters
    ----------
    momentum_decay : float
        ψ, how fast the look ahead grows to its full length; not negative.
    others
        As for `Adam`.

    Notes
    -----
    Dozat: Incorporating Nesterov momentum into Adam; ICLR workshop 2016.
    """

    _scalars = ("step", "mu_product")
    _not_negative = (*Moments._not_negative, "momentum_decay")

    def __init__(
        self,
        params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay),
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
        )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, (rate, beta1, beta2, eps, decay, shrink) = self._kernels(group), self._numbers(group)
        slowness = group["momentum_decay"]
        for x, g, t, (m, v), state in self._each(group, params, ("exp_avg", "exp_avg_sq"), run):
            now, then = (beta1 * (1.0 - 0.5 * 0.96 ** (k * slowness)) for k in (t, t + 1))
            product = state["mu_product"]._array
            product *= now
            so_far = product.item()
            here, ahead = rate * (1.0 - now) / (1.0 - so_far), rate * then / (1.0 - so_far * then)
            run.nadam(x, g, m, v, here, ahead, beta1, beta2, 1 - beta2**t, eps, decay, shrink)

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        super()._start(p, group, state, names)
        state["mu_product"] = number(1)
