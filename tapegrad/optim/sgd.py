"""Stochastic gradient descent."""

from typing import Any

from .._tape import Tensor
from ._check import at_least_zero
from ._elementwise import Elementwise


class SGD(Elementwise):
    """Stochastic gradient descent, with momentum.

        g ← ∇f(θ) + λ θ
        b ← μ b + (1 - τ) g         (b ← g in the first step)
        g ← g + μ b if nesterov else b
        θ ← θ - γ g

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the length of a step.
    momentum : float
        μ; 0: none.
    dampening : float
        τ.
    weight_decay : float
        λ.
    nesterov : bool
    maximize : bool
        Ascend: ∇f counts negative.
    foreach, differentiable, fused
        See `Optimizer`.

    Raises
    ------
    ValueError
        If a setting is negative, or `nesterov` is asked for without momentum or with dampening.

    Notes
    -----
    Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep learning; ICML 2013.

    Examples
    --------
    >>> import tapegrad as tg
    >>> x = tg.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = tg.optim.SGD([x], lr=0.25)
    >>> with tg.tape():
    ...     loss = (x * x).sum()
    >>> loss.backward()
    >>> optimizer.step()
    >>> x
    tensor([ 0.5000, -1.0000], requires_grad=True)
    """

    _scalars = ()

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        at_least_zero("SGD", group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                f"[SGD] `nesterov` requires a `momentum` (={group['momentum']}) above 0 and "
                f"zero `dampening` (={group['dampening']})"
            )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        run, rate, decay = self._kernels(group), float(group["lr"]), float(group["weight_decay"])
        factor, dampening, nesterov = float(group["momentum"]), float(group["dampening"]), group["nesterov"]
        for x, g, t, entries, _ in self._each(group, params, ("momentum_buffer",) if factor else (), run):
            if factor:  # the first sum is the gradient
                run.momentum(x, g, *entries, rate, factor, 0.0 if t == 1 else dampening, decay, nesterov)
            else:
                run.sgd(x, g, rate, decay)
