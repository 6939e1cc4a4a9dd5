"""Adam, and AdamW: the same with weight decay apart from the gradient."""

from collections.abc import Sequence
from typing import Any

from numpy import negative

from .. import kernels
from .._tape import Tensor, plain
from .optimizer import Optimizer, at_least_zero


class Adam(Optimizer):
    """Steps in the direction of the mean gradient, each element in units of its own root mean square.

        g ← ∇f(θ) + λ θ
        m ← β₁ m + (1 - β₁) g             m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²            v̂ = v / (1 - β₂ᵗ)
        θ ← θ - γ m̂ / (√v̂ + ε)

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
    amsgrad : bool
        Use the largest v so far.
    maximize : bool
        Ascend: ∇f counts negative.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Kingma, Ba: Adam: A method for stochastic optimization; ICLR 2015. Reddi, Kale, Kumar: On the convergence of Adam
    and beyond; ICLR 2018 (amsgrad).

    Examples
    --------
    >>> import tapegrad as tg
    >>> x = tg.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = tg.optim.Adam([x], lr=0.25)
    >>> with tg.tape():
    ...     loss = (x * x).sum()
    >>> loss.backward()
    >>> optimizer.step()
    >>> x
    tensor([ 0.7500, -1.7500], requires_grad=True)
    """

    def __init__(
        self,
        params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ):
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        name = type(self).__name__
        at_least_zero(name, group, "lr", "eps", "weight_decay")
        betas = group["betas"]
        if not isinstance(betas, Sequence) or len(betas) != 2 or not all(0.0 <= beta < 1.0 for beta in betas):
            raise ValueError(f"[{name}] `betas` (={betas}) must be two numbers in [0, 1)")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        for p in params:
            state = self.state[p]
            if not state:
                state["step"] = 0
                for name in ("exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])):
                    state[name] = plain(kernels.zeros(p._shape, p._dtype, like=p._array))
            state["step"] += 1
            self._update_one(group, p, state)

    def _update_one(self, group: dict[str, Any], p: Tensor, state: dict[str, Any]) -> None:
        x, g = p._array, p._grad._array
        if group["maximize"]:
            g = negative(g, out=...)
        m, v = state["exp_avg"]._array, state["exp_avg_sq"]._array
        largest = state["max_exp_avg_sq"]._array if group["amsgrad"] else None
        (beta1, beta2), rate = group["betas"], float(group["lr"])
        decay, shrink = self._decay(rate, group["weight_decay"])
        kernels.adam(x, g, m, v, state["step"], rate, beta1, beta2, group["eps"], decay, shrink, largest)

    def _decay(self, rate: float, weight_decay: float) -> tuple[float, float]:
        """What of the parameter is added to the gradient, and what remains of it."""
        return weight_decay, 1.0


class AdamW(Adam):
    """Adam with weight decay apart from the gradient.

        θ ← θ - γ λ θ,   then the step of Adam with λ = 0

    Parameters are those of `Adam`; `weight_decay` is 0.01 by default.

    Notes
    -----
    Loshchilov, Hutter: Decoupled weight decay regularization; ICLR 2019.
    """

    def __init__(
        self,
        params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def _decay(self, rate: float, weight_decay: float) -> tuple[float, float]:
        return 0.0, 1 - rate * weight_decay
