"""What losses share: their reduction."""

import warnings
from math import prod

from ._registry import public
from .reduce import mean_over, sum_all

_REDUCTIONS = ("mean", "sum", "none")

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


def chosen_reduction(op: str, reduction, size_average=None, reduce=None, *, others: tuple[str, ...] = ()) -> str:
    """The reduction, checked: one of the three or of `others`, or what PyTorch's two older arguments say, if given."""
    if size_average is not None or reduce is not None:
        each = reduce is not None and not reduce
        reduction = "none" if each else "mean" if size_average or size_average is None else "sum"
        text = "size_average and reduce args will be deprecated, please use reduction='{}' instead."
        warnings.warn(f"[{op}] {text.format(reduction)}", stacklevel=3)
    if reduction not in (*_REDUCTIONS, *others):
        names = ", ".join(map(repr, (*others, *_REDUCTIONS[:-1])))
        raise ValueError(f"[{op}] `reduction` (={reduction!r}) must be {names} or 'none'")
    return reduction
