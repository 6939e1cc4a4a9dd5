"""Adam, and AdamW: the same with weight decay apart from the gradient."""

from typing import Any

from .._tape import Tensor
from ._moments import Moments


class Adam(Moments):
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
    foreach, capturable, differentiable, fused
        See `Optimizer`.
    maximize : bool
        Ascend: ∇f counts negative.
    decoupled_weight_decay : bool
        Decay apart from the gradient, as `AdamW` does.

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
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay),
            amsgrad=amsgrad,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        )

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        name = type(self).__name__
        tensors = [isinstance(beta, Tensor) for beta in group["betas"]]
        if any(tensors) and not all(tensors):
            raise ValueError(f"[{name}] betas must be either both floats or both Tensors, got {group['betas']}")
        if group["foreach"] and not group["capturable"]:
            for what, value in (("lr", group["lr"]), ("betas[0]", group["betas"][0])):
                if isinstance(value, Tensor):
                    raise ValueError(
                        f"[{name}] {what} as a Tensor is not supported for capturable=False and foreach=True"
                    )

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")
        run, (rate, beta1, beta2, eps, decay, shrink) = self._kernels(group), self._numbers(group)
        for x, g, t, (m, v, *w), _ in self._each(group, params, names, run):
            run.adam(x, g, m, v, t, rate, beta1, beta2, eps, decay, shrink, w[0] if w else None)


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
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(
            *(params, lr, betas, eps, weight_decay, amsgrad),
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
