"""NAdam."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero, betas_below_one
from ._elementwise import Elementwise
from ._state import number


class NAdam(Elementwise):
    """Adam that looks ahead, as Nesterov's momentum does.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²                  v̂ = v / (1 - β₂ᵗ)
        μₜ = β₁ (1 - ½ 0.96^(t ψ)),             Πₜ = μ₁ ⋯ μₜ
        θ ← θ - γ [(1 - μₜ) / (1 - Πₜ) g + μₜ₊₁ / (1 - Πₜ₊₁) m] / (√v̂ + ε)

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    betas : (float, float)
        β₁, β₂ in [0, 1).
    eps : float
        ε.
    weight_decay : float
        λ.
    momentum_decay : float
        ψ, how fast the look ahead grows to its full length.
    decoupled_weight_decay : bool
        Decay apart from the gradient, as `AdamW` does.
    maximize : bool
        Ascend: ∇f counts negative.
    foreach, capturable, differentiable
        See `Optimizer`.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Dozat: Incorporating Nesterov momentum into Adam; ICLR workshop 2016.
    """

    _scalars = ("step", "mu_product")

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        name = type(self).__name__
        at_least_zero(name, group, "lr", "eps", "weight_decay", "momentum_decay")
        betas_below_one(name, group)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay, eps = self._kernels(group), float(group["lr"]), float(group["weight_decay"]), group["eps"]
        (beta1, beta2), slowness = map(float, group["betas"]), group["momentum_decay"]
        decay, shrink = (0.0, 1 - rate * decay) if group["decoupled_weight_decay"] else (decay, 1.0)
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
