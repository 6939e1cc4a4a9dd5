"""All parameters as one vector, and back."""

from collections.abc import Iterable
from math import prod

from ..._tape import Tensor, write_silently
from ...ops.join import cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Join the elements of all parameters, in order, to one vector."""
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the elements of a vector into parameters, in order.

    Raises
    ------
    TypeError
        If `vec` is no Tensor.
    ValueError
        If it has not as many elements as the parameters together.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"[vector_to_parameters] `vec` must be a Tensor, got {type(vec).__name__}")
    parameters = list(parameters)
    sizes = [prod(p.shape) for p in parameters]
    if tuple(vec.shape) != (sum(sizes),):
        raise ValueError(f"[vector_to_parameters] `vec` (shape {vec.shape}) must have the shape ({sum(sizes)},)")
    start = 0
    for p, size in zip(parameters, sizes, strict=True):
        write_silently(p, vec._array[start : start + size].reshape(p.shape))
        start += size
