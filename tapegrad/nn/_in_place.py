"""Activations that can write into their input: what `nn.functional` adds to those of `tapegrad.ops`."""

from .._tape import Tensor, write
from ..ops import FUNCTIONS, activation


def run(f, input, inplace: bool, *args):
    """``f(input, *args)``; `inplace`: written into `input`."""
    if not inplace:
        return f(input, *args)
    if isinstance(input, Tensor):
        return write(input, getattr(f, "func", f).__name__, f, *args)
    input[...] = f(input, *args)
    return input


def relu(input, inplace: bool = False):
    """Rectify: max(x, 0). The slope at 0 is 0."""
    return run(activation.relu, input, True) if inplace else activation.relu(input)


def relu6(input, inplace: bool = False):
    """Rectify and limit: min(max(x, 0), 6). The slope at 0 and at 6 is 0."""
    return run(activation.relu6, input, inplace)


def leaky_relu(input, negative_slope: float = 0.01, inplace: bool = False):
    """Rectify with a leak: x where x > 0, else negative_slope · x."""
    return run(activation.leaky_relu, input, inplace, negative_slope)


def elu(input, alpha: float = 1.0, inplace: bool = False):
    """Exponential linear unit: x where x > 0, else α (eˣ - 1)."""
    return run(activation.elu, input, inplace, alpha)


def celu(input, alpha: float = 1.0, inplace: bool = False):
    """Continuously differentiable exponential linear unit: x where x > 0, else α (e^(x/α) - 1)."""
    return run(activation.celu, input, inplace, alpha)


def selu(input, inplace: bool = False):
    """Self-normalising exponential linear unit: 1.0507 · elu(x, alpha=1.6733)."""
    return run(activation.selu, input, inplace)


def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
    """Limit to [min_val, max_val]. The slope at the limits is 0."""
    return run(activation.hardtanh, input, inplace, min_val, max_val)


def hardsigmoid(input, inplace: bool = False):
    """Piecewise linear sigmoid: min(max(x + 3, 0), 6) / 6."""
    return run(FUNCTIONS["hardsigmoid"], input, inplace)


def hardswish(input, inplace: bool = False):
    """Piecewise quadratic silu: x min(max(x + 3, 0), 6) / 6."""
    return run(FUNCTIONS["hardswish"], input, inplace)


def silu(input, inplace: bool = False):
    """Sigmoid linear unit: x / (1 + e⁻ˣ)."""
    return run(activation.silu, input, inplace)


def mish(input, inplace: bool = False):
    """Mish: x tanh(log(1 + eˣ))."""
    return run(activation.mish, input, inplace)


def threshold(input, threshold: float, value: float, inplace: bool = False):
    """Keep what lies above the threshold: x where x > threshold, else `value`."""
    return run(activation.threshold, input, inplace, threshold, value)


def always(f):
    """The function whose name ends in an underscore: it writes into its input."""

    def call(input, *args, **kwargs):
        return f(input, *args, inplace=True, **kwargs)

    call.__wrapped__ = f  # its parameters are this one's
    call.__name__ = call.__qualname__ = f"{f.__name__}_"
    call.__doc__ = f"`{f.__name__}`, written into the input."
    return call


relu_, leaky_relu_, elu_, celu_ = always(relu), always(leaky_relu), always(elu), always(celu)
selu_, hardtanh_, threshold_ = always(selu), always(hardtanh), always(threshold)
