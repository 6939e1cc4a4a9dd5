"""Stochastic gradient descent."""

from typing import Any

from numpy import negative

from .. import kernels
from .._tape import Tensor, plain
from .optimizer import Optimizer, at_least_zero


class SGD(Optimizer):
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

    def __init__(
        self,
        params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ):
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        at_least_zero("SGD", group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                f"[SGD] `nesterov` requires a `momentum` (={group['momentum']}) above 0 and "
                f"zero `dampening` (={group['dampening']})"
            )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        momentum, decay, rate = group["momentum"], group["weight_decay"], float(group["lr"])
        for p in params:
            x, g = p._array, p._grad._array
            if group["maximize"]:
                g = negative(g, out=...)
            if not momentum:
                kernels.sgd(x, g, rate, decay)
                continue
            state, dampening = self.state[p], group["dampening"]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = plain(kernels.zeros(p._shape, p._dtype, like=x))
                dampening = 0  # the first sum is the gradient
            b = state["momentum_buffer"]._array
            kernels.momentum(x, g, b, rate, momentum, dampening, decay, group["nesterov"])
