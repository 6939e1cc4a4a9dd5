"""NovoGrad."""

import math
from typing import Any

from .. import kernels
from .._tape import Tensor, plain
from ..ops.norm import vector_norm
from ._moments import Moments
from ._state import number


class NovoGrad(Moments):
    """Momentum of gradients, each parameter's in units of the norm of the whole of it.

        v ← β₂ v + (1 - β₂) ‖∇f(θ)‖²            (v ← ‖∇f(θ)‖² in the first step)
        g ← ∇f(θ) / (√v + ε) + λ θ
        m ← β₁ m + g
        θ ← θ - γ m

    Parameters
    ----------
    grad_averaging : bool
        m ← β₁ m + (1 - β₁) g, a mean.
    others
        As for `Adam`.

    Notes
    -----
    v, `state[p]["exp_avg_sq"]`, is one number a parameter.

    Ginsburg, Castonguay, Hrinchuk, Kuchaiev, Leary, Lavrukhin, Li, Nguyen, Zhang, Cohen: Stochastic gradient methods
    with layer-wise adaptive moments for training of deep networks; arXiv 1905.11286 (2019).
    """

    _scalars = ("step", "exp_avg_sq", "max_exp_avg_sq")

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.95, 0.98),
        eps: float = 1e-8,
        weight_decay: float = 0,
        grad_averaging: bool = False,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay),
            grad_averaging=grad_averaging,
            amsgrad=amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
        )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        rate, beta1, beta2, eps, decay, _ = self._numbers(group)
        share = 1 - beta1 if group["grad_averaging"] else 1.0
        for x, g, t, (m,), state in self._each(group, params, ("exp_avg",), kernels):
            v, largest = state["exp_avg_sq"]._array, state["max_exp_avg_sq"]._array
            square = vector_norm(plain(g)).item() ** 2
            v[...] = square if t == 1 else beta2 * v.item() + (1 - beta2) * square
            largest[...] = max(largest.item(), v.item())
            norm = math.sqrt((largest if group["amsgrad"] else v).item()) + eps
            kernels.novograd(x, g, m, rate, 1 / norm if norm else 0.0, beta1, share, decay)

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        super()._start(p, group, state, names)
        state["exp_avg_sq"], state["max_exp_avg_sq"] = number(0), number(0)
