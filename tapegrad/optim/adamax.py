"""Adamax."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero, betas_below_one
from ._elementwise import Elementwise


class Adamax(Elementwise):
    """Adam in the infinity norm: steps in units of the largest gradient of late.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + ε)
        θ ← θ - γ / (1 - β₁ᵗ) · m / u

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
    maximize : bool
        Ascend: ∇f counts negative.
    foreach, differentiable, capturable
        See `Optimizer`.

    Raises
    ------
    ValueError
        If a setting is out of its range.

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        name = type(self).__name__
        at_least_zero(name, group, "lr", "eps", "weight_decay")
        betas_below_one(name, group)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay, eps = self._kernels(group), float(group["lr"]), float(group["weight_decay"]), group["eps"]
        beta1, beta2 = map(float, group["betas"])
        for x, g, t, (m, u), _ in self._each(group, params, ("exp_avg", "exp_inf"), run):
            run.adamax(x, g, m, u, rate / (1 - beta1**t), beta1, beta2, eps, decay)
