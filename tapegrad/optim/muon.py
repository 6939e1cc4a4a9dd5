"""Muon."""

import math
from typing import Any

from .. import kernels
from .._tape import Tensor, no_grad, plain, write_silently
from ._check import at_least_zero
from ._state import zeros_like
from .optimizer import Optimizer

_RATES = (None, "original", "match_rms_adamw")


class Muon(Optimizer):
    """Momentum whose every step is a matrix with singular values near 1; for the matrices of hidden layers.

        m ← μ m + (1 - μ) ∇f(θ)
        g ← (1 - μ) ∇f(θ) + μ m if nesterov else m
        θ ← θ - γ λ θ
        θ ← θ - γ c NS(g)

    NS is Newton's and Schulz's iteration towards the nearest orthogonal matrix: X ← a X + (b A + c A²) X, A = X Xᵀ. It
    runs in bfloat16, as PyTorch's.

    Parameters
    ----------
    params : iterable of Tensors of two axes, or dicts
        Train embeddings, biases, norms and the last layer by another optimiser.
    lr : float
        γ, the length of a step.
    weight_decay : float
        λ.
    momentum : float
        μ.
    nesterov : bool
    ns_coefficients : (float, float, float)
        a, b, c.
    eps : float
        The least norm that a gradient is divided by.
    ns_steps : int
        How many iterations.
    adjust_lr_fn : str, optional
        Of a matrix (M, N): "original", c = √max(1, M / N), the default; "match_rms_adamw", c = 0.2 √max(M, N).

    Raises
    ------
    ValueError
        If a setting is out of its range, or a parameter is no matrix.
    RuntimeError
        At a step, if a parameter is complex.

    Notes
    -----
    Jordan et al.: Muon: An optimizer for hidden layers in neural networks; kellerjordan.github.io/posts/muon (2024).
    Liu et al.: Muon is scalable for LLM training; arXiv 2502.16982 (2025).
    """

    _scalars = ()

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ):
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        at_least_zero("Muon", group, "lr", "weight_decay", "momentum", "eps")
        if group["adjust_lr_fn"] not in _RATES:
            raise ValueError(f"[Muon] `adjust_lr_fn` (={group['adjust_lr_fn']!r}) must be one of {_RATES}")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError(f"[Muon] `ns_coefficients` (={group['ns_coefficients']}) must be exactly 3 numbers")
        if not 0 <= group["ns_steps"] < 100:
            raise ValueError(f"[Muon] `ns_steps` (={group['ns_steps']}) must be less than 100")

    def _accept(self, p: Tensor) -> None:
        if len(p._shape) != 2:
            raise ValueError(f"[Muon] only supports 2D parameters, got one of shape {p._shape}")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if any(p._dtype.kind == "c" for p in params):
            raise RuntimeError("[Muon] does not support complex parameters")
        rate, factor = group["lr"], float(group["momentum"])
        shrink = float(1 - rate * group["weight_decay"])  # a Tensor's in its own precision, as PyTorch
        with no_grad():
            for p in params:
                state = self.state[p]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = zeros_like(p)
                x, g, m = p.detach(), p._grad.detach(), state["momentum_buffer"]
                write_silently(m, (m + (g - m) * (1 - factor))._array)
                direction = g + (m - g) * factor if group["nesterov"] else m
                settings = group["ns_coefficients"], group["ns_steps"], group["eps"]
                step = plain(kernels.orthogonalize(direction._array, *settings))
                length = float(rate * _adjusted(group["adjust_lr_fn"], *p._shape))
                write_silently(p, (x * shrink - step * length)._array)

    def _state_shape(self, name: str, p: Tensor) -> tuple[int, ...]:
        return p._shape


def _adjusted(how: str | None, m: int, n: int) -> float:
    return 0.2 * math.sqrt(max(m, n)) if how == "match_rms_adamw" else math.sqrt(max(1, m / n)) if n else 1.0
