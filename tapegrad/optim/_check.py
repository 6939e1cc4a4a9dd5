"""What settings of optimisers must be."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

from .._tape import Tensor


def at_least_zero(op: str, group: dict[str, Any], *names: str) -> None:
    """Raise unless the settings `names` of a group are at least 0."""
    for name in names:
        if not _number(op, group, name) >= 0.0:
            raise ValueError(f"[{op}] `{name}` (={group[name]}) must not be negative")


def above_zero(op: str, group: dict[str, Any], *names: str) -> None:
    """Raise unless the settings `names` of a group are greater than 0."""
    for name in names:
        if not _number(op, group, name) > 0.0:
            raise ValueError(f"[{op}] `{name}` (={group[name]}) must be greater than 0")


def _number(op: str, group: dict[str, Any], name: str) -> float:
    value = group[name]
    if isinstance(value, bool) or not isinstance(value, Real | Tensor):
        raise TypeError(f"[{op}] `{name}` (={value!r}) must be a number")
    one_number(op, name, value)
    return float(value)


def one_number(op: str, name: str, value) -> None:
    """Raise if `value` is a Tensor of several elements."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"[{op}] Tensor {name} must be 1-element, it has shape {value._shape}")


def betas_below_one(op: str, group: dict[str, Any]) -> None:
    """Raise unless the setting `betas` of a group is two numbers in [0, 1)."""
    betas = group["betas"]
    if isinstance(betas, Sequence) and len(betas) == 2:
        for k, beta in enumerate(betas):
            one_number(op, f"betas[{k}]", beta)
        if all(0.0 <= beta < 1.0 for beta in betas):
            return
    raise ValueError(f"[{op}] `betas` (={betas}) must be two numbers in [0, 1)")


def hints(op: str, group: dict[str, Any]) -> None:
    """Raise if what a group says of the implementation contradicts itself."""
    if group.get("fused") and group.get("differentiable"):
        raise RuntimeError(f"[{op}] `fused` does not support `differentiable`")
    if group.get("fused") and group.get("foreach"):
        raise RuntimeError(f"[{op}] `fused` and `foreach` cannot be `True` together")
    lr = group["lr"]
    if group.get("differentiable") and isinstance(lr, Tensor) and lr.requires_grad:
        raise NotImplementedError(f"[{op}] `lr` must not require gradients: they would be lost; `lr.detach()` it")
