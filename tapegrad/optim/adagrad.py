"""Adagrad."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise


class Adagrad(Elementwise):
    """Steps in units of the root of the sum of all squared gradients so far.

        g ← ∇f(θ) + λ θ
        s ← s + g²
        θ ← θ - γ / (1 + (t - 1) η) · g / (√s + ε)

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    lr_decay : float
        η.
    weight_decay : float
        λ.
    initial_accumulator_value : float
        What s is at first.
    eps : float
        ε.
    maximize : bool
        Ascend: ∇f counts negative.
    foreach, differentiable, fused
        See `Optimizer`.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic optimization; JMLR 12 (2011).
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("Adagrad", group, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay, eps = self._kernels(group), float(group["lr"]), float(group["weight_decay"]), group["eps"]
        for x, g, t, (s,), _ in self._each(group, params, ("sum",), run):
            run.adagrad(x, g, s, rate / (1 + (t - 1) * group["lr_decay"]), eps, decay)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As `Optimizer.add_param_group`; the sums exist from the beginning."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for p in group["params"]:
            self._start(p, group, self.state[p], ("sum",))

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        super()._start(p, group, state, names)
        start = group["initial_accumulator_value"]
        if start:
            state["sum"] = state["sum"] + (complex(start, start) if p._dtype.kind == "c" else start)
