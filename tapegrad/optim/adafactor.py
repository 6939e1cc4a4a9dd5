"""Adafactor."""

import math
from typing import Any

from .._dtypes import finfo
from .._tape import Tensor, no_grad, write_silently
from ..ops.elementwise import rsqrt
from ..ops.norm import vector_norm
from ..ops.reduce import mean
from ..ops.selection import clamp
from ._check import at_least_zero
from ._state import number, zeros_like
from .optimizer import Optimizer


class Adafactor(Optimizer):
    """Steps in units of the root mean square, of which matrices keep rows and columns alone: little memory.

        ρ = min(γ, 1 / √t),     α = max(ε₂, RMS(θ)) ρ,     β = 1 - t^τ
        R ← β R + (1 - β) mean of g² over the last axis
        C ← β C + (1 - β) mean of g² over the last but one
        V = R C / max(mean of R, ε₁)            (vectors: V ← β V + (1 - β) g²)
        u = g / √max(V, ε₁²)
        θ ← θ - γ λ θ
        θ ← θ - α u / max(1, RMS(u) / d)

    Parameters
    ----------
    params : iterable of Tensors or dicts
    lr : float
        γ, the largest ρ.
    beta2_decay : float
        τ, at most 0.
    eps : (float or None, float)
        ε₁ and ε₂; None: the precision of the dtype.
    d : float
        The root mean square above which a step is scaled down, at least 1.
    weight_decay : float
        λ.
    foreach
        See `Optimizer`.
    maximize : bool
        Ascend: ∇f counts negative.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    RuntimeError
        At a step, if a parameter is complex.

    Notes
    -----
    Shazeer, Stern: Adafactor: Adaptive learning rates with sublinear memory cost; ICML 2018.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ):
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        at_least_zero("Adafactor", group, "lr", "weight_decay")
        if not group["beta2_decay"] <= 0.0:
            raise ValueError(f"[Adafactor] `beta2_decay` (={group['beta2_decay']}) must be at most 0")
        if not all(eps is None or eps >= 0.0 for eps in group["eps"]):
            raise ValueError(f"[Adafactor] `eps` (={group['eps']}) must not be negative")
        if not group["d"] >= 1.0:
            raise ValueError(f"[Adafactor] `d` (={group['d']}) must be at least 1")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if any(p._dtype.kind == "c" for p in params):
            raise RuntimeError("[Adafactor] does not support complex parameters")
        rate, decay, (_, least) = float(group["lr"]), float(group["weight_decay"]), group["eps"]
        with no_grad():
            for p in params:
                if 0 in p._shape:
                    continue
                state = self.state[p] or self._start(p)
                state["step"]._array[...] += 1
                t = state["step"].item()
                x, g = p.detach(), -p._grad.detach() if group["maximize"] else p._grad.detach()
                length = max(least, _root_mean_square(x)) * min(rate, 1 / math.sqrt(t))
                u = g * _inverse_root(g, state, t ** group["beta2_decay"], group["eps"][0])
                length /= max(1.0, _root_mean_square(u) / group["d"])
                write_silently(p, (x * (1 - rate * decay) - u * length)._array)

    def _start(self, p: Tensor) -> dict[str, Any]:
        state = self.state[p]
        state["step"] = number(0)
        for name in ("row_var", "col_var") if len(p._shape) > 1 else ("variance",):
            state[name] = zeros_like(p, self._state_shape(name, p))
        return state

    def _state_shape(self, name: str, p: Tensor) -> tuple[int, ...]:
        shape = p._shape
        return {"row_var": (*shape[:-1], 1), "col_var": (*shape[:-2], 1, *shape[-1:])}.get(name, shape)


def _root_mean_square(x: Tensor) -> float:
    return vector_norm(x).item() / math.sqrt(x.numel())


def _inverse_root(g: Tensor, state: dict[str, Any], share: float, precision: float | None) -> Tensor:
    """1 / √V, after this gradient."""
    eps = float(finfo(g._dtype).eps) if precision is None else precision
    square = g * g
    if "variance" in state:
        estimate = _blend(state["variance"], square, share)
    else:
        rows = _blend(state["row_var"], mean(square, -1, True), share)
        columns = _blend(state["col_var"], mean(square, -2, True), share)
        estimate = rows @ columns / clamp(mean(rows, -2, True), min=eps)
    return rsqrt(clamp(estimate, min=eps * eps))


def _blend(average: Tensor, value: Tensor, share: float) -> Tensor:
    write_silently(average, (average + (value - average) * share)._array)
    return average
