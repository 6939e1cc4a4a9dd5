"""Adadelta."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise


class Adadelta(Elementwise):
    """Steps in units of the gradient's root mean square, as long as the steps before them.

        g ← ∇f(θ) + λ θ
        v ← ρ v + (1 - ρ) g²
        δ = √(u + ε) / √(v + ε) · g
        u ← ρ u + (1 - ρ) δ²
        θ ← θ - γ δ

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    rho : float
        ρ in [0, 1].
    eps : float
        ε.
    weight_decay : float
        λ.
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
    Zeiler: ADADELTA: An adaptive learning rate method; arXiv 1212.5701 (2012).
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "capturable": capturable,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("Adadelta", group, "lr", "rho", "eps", "weight_decay")
        if group["rho"] > 1.0:
            raise ValueError(f"[Adadelta] `rho` (={group['rho']}) must be at most 1")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay = self._kernels(group), float(group["lr"]), float(group["weight_decay"])
        for x, g, _, (v, u), _ in self._each(group, params, ("square_avg", "acc_delta"), run):
            run.adadelta(x, g, v, u, rate, group["rho"], group["eps"], decay)
