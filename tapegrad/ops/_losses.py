"""What losses share: their reduction."""

from math import prod

from ._registry import public
from .reduce import mean_over, sum_all

functional = public(function=False, method=False)  # a function that `nn.functional` offers


def reduced_loss(v, reduction: str):
    """All terms of a loss, their sum, or their mean."""
    return v if reduction == "none" else sum_all(v) if reduction == "sum" else mean_over(v)


def share_of(g, shape: tuple, reduction: str):
    """The cotangent of each term, up to broadcasting."""
    return g / prod(shape) if reduction == "mean" else g


def check_arrays(op: str, input, target) -> None:
    """Raise unless both are arrays; `None` or a list would fail deep inside."""
    for name, x in (("input", input), ("target", target)):
        if not hasattr(x, "dtype"):
            raise TypeError(f"[{op}] `{name}` (of type {type(x).__name__}) must be a Tensor or an array")


def check_reduction(op, reduction):
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"[{op}] `reduction` (={reduction!r}) must be 'mean', 'sum' or 'none'")
