"""Adam for gradients that are mostly zeros."""

import math
from typing import Any

from .. import kernels
from .._tape import Tensor
from ._check import above_zero, betas_below_one
from ._elementwise import Elementwise


class SparseAdam(Elementwise):
    """Adam where the gradient is not zero ("lazy Adam"); elsewhere nothing changes, not even the means.

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²                                  for the elements with g ≠ 0
        θ ← θ - γ √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)

    Parameters
    ----------
    params : iterable of Tensors or dicts
        Real ones.
    lr : float
        γ > 0, the length of a step.
    betas : (float, float)
        β₁, β₂ in [0, 1).
    eps : float
        ε > 0.
    maximize : bool
        Ascend: ∇f counts negative.

    Raises
    ------
    ValueError
        If a setting is out of its range, or a parameter complex.

    Notes
    -----
    PyTorch's takes sparse gradients alone, and changes the elements that they store. Gradients are dense here, so those
    elements are the ones that are not zero: steps are those of PyTorch with ``p.grad = p.grad.to_sparse()``, and those
    of its ``Embedding(sparse=True)`` but where a row that was looked up has a gradient with zeros in it, which are
    stored there. The count t of steps is one for all elements. A zero costs reading it, no more.

    Examples
    --------
    >>> import tapegrad as tg
    >>> table = tg.nn.Embedding(4, 2, sparse=True)
    >>> optimizer = tg.optim.SparseAdam(table.parameters(), lr=0.1)
    >>> before = table.weight.detach().clone()
    >>> with tg.tape():
    ...     loss = table(tg.tensor([2, 0])).sum()
    >>> loss.backward()
    >>> optimizer.step()
    >>> before - table.weight.detach()
    tensor([[0.1000, 0.1000],
            [0.0000, 0.0000],
            [0.1000, 0.1000],
            [0.0000, 0.0000]])
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        above_zero("SparseAdam", group, "lr", "eps")
        betas_below_one("SparseAdam", group)

    def _accept(self, p: Tensor) -> None:
        if p._dtype.kind == "c":
            raise ValueError(f"[SparseAdam] does not support complex parameters, got one of shape {p._shape}")

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        (beta1, beta2), rate = map(float, group["betas"]), group["lr"]  # a Tensor rounds what follows to its dtype
        for x, g, t, (m, v), _ in self._each(group, params, ("exp_avg", "exp_avg_sq"), kernels):
            length = float(rate * math.sqrt(1 - beta2**t) / (1 - beta1**t))
            kernels.sparse_adam(x, g, m, v, length, beta1, beta2, group["eps"])
