"""Weights that start as ones, and biases that start as zeros."""

from .._creation import empty
from . import init
from .parameter import Parameter


def declare_affine(module, shape, affine: bool, bias: bool, device, dtype) -> None:
    """Give `module` its `weight` and `bias`, None where they are not wanted."""
    for name, wanted in (("weight", affine), ("bias", affine and bias)):
        module.register_parameter(name, Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None)
    reset_affine(module)


def reset_affine(module) -> None:
    """Make the weight ones and the bias zeros, where they are."""
    for name, fill in (("weight", init.ones_), ("bias", init.zeros_)):
        if module._parameters.get(name) is not None:
            fill(module._parameters[name])
