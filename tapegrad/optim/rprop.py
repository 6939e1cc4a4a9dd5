"""Rprop."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise


class Rprop(Elementwise):
    """Steps by the sign of the gradient alone: each element's grow while the sign stays, and shrink when it turns.

        s ← s · (η₊ if g·g₀ > 0, η₋ if g·g₀ < 0, else 1), within [smallest, largest]
        g ← 0 where g·g₀ < 0
        θ ← θ - sign(g) s,              g₀ ← g

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        s at first.
    etas : (float, float)
        η₋ in (0, 1) and η₊ > 1.
    step_sizes : (float, float)
        The smallest and the largest step.
    maximize : bool
        Ascend: ∇f counts negative.
    capturable, foreach, differentiable
        See `Optimizer`.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    For gradients of all the data: the sign of a small batch's says little.

    Riedmiller, Braun: A direct adaptive method for faster backpropagation learning: the RPROP algorithm; ICNN 1993.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("Rprop", group, "lr")
        low, high = group["etas"]
        if not 0.0 < low < 1.0 < high:
            raise ValueError(f"[Rprop] `etas` (={group['etas']}) must be a number in (0, 1) and one above 1")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, (low, high), (smallest, largest) = self._kernels(group), group["etas"], group["step_sizes"]
        for x, g, _, (before, size), _ in self._each(group, params, ("prev", "step_size"), run):
            run.rprop(x, g, before, size, low, high, smallest, largest)

    def _start(self, p: Tensor, group: dict[str, Any], state: dict[str, Any], names: tuple[str, ...]) -> None:
        super()._start(p, group, state, names)
        size = float(group["lr"])
        state["step_size"] = state["step_size"] + (complex(size, size) if p._dtype.kind == "c" else size)
