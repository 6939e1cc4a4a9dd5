"""Batch norms in evaluation are affine: fold them into the layer before."""

import copy

from ..._tape import no_grad
from ...ops.elementwise import rsqrt
from ..module import Module
from ..parameter import Parameter


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """A convolution that computes what `conv` and then `bn` compute in evaluation.

    Parameters
    ----------
    conv : Module
        Of any number of axes, in evaluation mode.
    bn : Module
        A batch norm with running statistics, in evaluation mode.
    transpose : bool
        The convolution is a transposed one.

    Raises
    ------
    ValueError
        If one of the two is in training mode, or there are no running statistics.
    """
    fused = _ready("fuse_conv_bn_eval", conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """A linear layer that computes what `linear` and then `bn` compute in evaluation; see `fuse_conv_bn_eval`."""
    fused = _ready("fuse_linear_bn_eval", linear, bn)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        linear.weight, linear.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_conv_bn_weights(
    conv_w, conv_b, bn_rm, bn_rv, bn_eps: float, bn_w, bn_b, transpose: bool = False
) -> tuple[Parameter, Parameter]:
    """The weight and the bias of `fuse_conv_bn_eval`: with s = bn_w / √(bn_rv + ε), s w and s (b - bn_rm) + bn_b."""
    with no_grad():
        scale = rsqrt(bn_rv + bn_eps)
        scale = scale if bn_w is None else bn_w * scale
        per_filter = (1, -1) if transpose else (-1, 1)
        weight = conv_w * scale.reshape(*per_filter, *(1,) * (len(conv_w.shape) - 2))
        bias = (-bn_rm if conv_b is None else conv_b - bn_rm) * scale
        bias = bias if bn_b is None else bias + bn_b
    trains = [conv_w.requires_grad, conv_w.requires_grad if conv_b is None else conv_b.requires_grad]
    return Parameter(weight.to(conv_w.dtype), trains[0]), Parameter(bias.to(conv_w.dtype), trains[1])


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps: float, bn_w, bn_b) -> tuple[Parameter, Parameter]:
    """The weight and the bias of `fuse_linear_bn_eval`."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _ready(op: str, layer: Module, bn: Module) -> Module:
    """A copy of the layer, if the two can be fused."""
    if layer.training or bn.training:
        raise ValueError(f"[{op}] both modules must be in evaluation mode: call `.eval()`")
    if bn.running_mean is None or bn.running_var is None:
        raise ValueError(f"[{op}] `bn` must have running statistics")
    return copy.deepcopy(layer)
