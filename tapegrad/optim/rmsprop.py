"""RMSprop."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise


class RMSprop(Elementwise):
    """Steps in units of the gradient's root mean square of late, or of its standard deviation.

        g ← ∇f(θ) + λ θ
        v ← α v + (1 - α) g²
        m ← α m + (1 - α) g,            ṽ = v - m² if centered else v
        b ← μ b + g / (√ṽ + ε)
        θ ← θ - γ b

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    alpha : float
        α.
    eps : float
        ε.
    weight_decay : float
        λ.
    momentum : float
        μ.
    centered : bool
        Divide by the standard deviation.
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
    Tieleman, Hinton: Lecture 6.5, RMSProp; Coursera (2012). Graves: Generating sequences with recurrent neural
    networks; arXiv 1308.0850 (2013), centered.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("RMSprop", group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay = self._kernels(group), float(group["lr"]), float(group["weight_decay"])
        factor, centered = float(group["momentum"]), group["centered"]
        names = ("square_avg", *["grad_avg"] * bool(centered), *["momentum_buffer"] * (factor > 0))
        for x, g, _, (v, *more), _ in self._each(group, params, names, run):
            m, b = more[0] if centered else None, more[-1] if factor > 0 else None
            run.rmsprop(x, g, v, m, b, rate, group["alpha"], group["eps"], decay, factor)
