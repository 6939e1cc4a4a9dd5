"""Lion."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero, betas_below_one
from ._elementwise import Elementwise


class Lion(Elementwise):
    """Steps by the sign of the mean gradient.

        θ ← θ - γ λ θ
        θ ← θ - γ sign(β₁ m + (1 - β₁) g)
        m ← β₂ m + (1 - β₂) g

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step: three to ten times less than Adam's.
    betas : (float, float)
        β₁, β₂ in [0, 1).
    weight_decay : float
        λ: three to ten times more than AdamW's.
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
    Chen, Liang, Huang, Real, Wang, Pham, Dong, Luong, Hsieh, Lu, Le: Symbolic discovery of optimization algorithms;
    NeurIPS 2023.
    """

    _scalars = ()

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        defaults = {
            "lr": lr,
            "betas": betas,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("Lion", group, "lr", "weight_decay")
        betas_below_one("Lion", group)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, (beta1, beta2) = self._kernels(group), float(group["lr"]), map(float, group["betas"])
        shrink = 1 - rate * group["weight_decay"]
        for x, g, _, (m,), _ in self._each(group, params, ("exp_avg",), run):
            run.lion(x, g, m, rate, beta1, beta2, shrink)
