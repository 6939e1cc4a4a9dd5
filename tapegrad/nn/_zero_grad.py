"""Forgetting gradients, for modules and optimisers."""

from collections.abc import Iterable

from .._creation import zeros_like
from .._tape import Tensor, write_silently


def zero_grad(params: Iterable[Tensor], set_to_none: bool) -> None:
    """Set the gradients of `params` to None, or their elements to zero."""
    if set_to_none:
        for p in params:
            p._grad = None
        return
    for p in params:
        g = getattr(p, "_grad", None)
        if g is None:
            continue
        if g.requires_grad:  # made by a recorded sweep: its history still needs the values
            p._grad = zeros_like(g)
        else:
            write_silently(g, 0)
