"""ASGD."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise
from ._state import number


class ASGD(Elementwise):
    """Stochastic gradient descent in shrinking steps, with the average of where it has been.

        g ← ∇f(θ) + λ θ
        θ ← (1 - Λ η) θ - η g
        a ← a + μ (θ - a)
        η ← γ / (1 + Λ γ t)^α,          μ ← 1 / max(1, t - t₀)

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, what η is at first.
    lambd : float
        Λ, decay of the parameters and of η.
    alpha : float
        α.
    t0 : float
        t₀, the step at which averaging begins.
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
    The average a is `state[p]["ax"]`.

    Polyak, Juditsky: Acceleration of stochastic approximation by averaging; SIAM J. Control Optim. 30 (1992).
    """

    _scalars = ("step", "eta", "mu")

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("ASGD", group, "lr", "weight_decay")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay = self._kernels(group), float(group["lr"]), float(group["weight_decay"])
        lambd = group["lambd"]
        for x, g, t, (average,), state in self._each(group, params, ("ax",), run):
            eta, mu = state["eta"]._array, state["mu"]._array
            length = eta.item()
            run.asgd(x, g, average, length, 1 - lambd * length, mu.item(), decay)
            eta[...] = rate / (1 + lambd * rate * t) ** group["alpha"]
            mu[...] = 1 / max(1, t - group["t0"])

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        super()._start(p, group, state, names)
        state["eta"], state["mu"] = number(float(group["lr"])), number(1)
