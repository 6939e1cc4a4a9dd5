"""Activations as layers. The functions, their slopes and their kinks are in `ops.activation`."""

from .._creation import empty
from ..ops.activation import gelu, hardshrink, logsigmoid, prelu, softplus, softshrink, softsign, tanhshrink
from ..ops.elementwise import sigmoid, tanh
from ..ops.softmax import log_softmax, softmax, softmin
from . import functional
from .init import constant_
from .module import Module
from .parameter import Parameter

# ------------------------------------------------------------------------------ without settings


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, input):
        return sigmoid(input)


class LogSigmoid(Module):
    """-log(1 + e⁻ˣ)."""

    def forward(self, input):
        return logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input):
        return tanh(input)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def forward(self, input):
        return tanhshrink(input)


class Softsign(Module):
    """x / (1 + |x|)."""

    def forward(self, input):
        return softsign(input)


# ------------------------------------------------------------------------------ perhaps in place


class _InPlace(Module):
    """A layer whose only setting is whether it writes into its input."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """max(x, 0)."""

    def forward(self, input):
        return functional.relu(input, self.inplace)


class SELU(_InPlace):
    """1.0507 · elu(x, alpha=1.6733)."""

    def forward(self, input):
        return functional.selu(input, self.inplace)


class SiLU(_InPlace):
    """x / (1 + e⁻ˣ)."""

    def forward(self, input):
        return functional.silu(input, self.inplace)


class Mish(_InPlace):
    """x tanh(log(1 + eˣ))."""

    def forward(self, input):
        return functional.mish(input, self.inplace)


class Hardswish(_InPlace):
    """x min(max(x + 3, 0), 6) / 6."""

    def forward(self, input):
        return functional.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardsigmoid(_InPlace):
    """min(max(x + 3, 0), 6) / 6."""

    def forward(self, input):
        return functional.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class _Settled(_InPlace):
    """A layer with numbers for settings; a subclass names them in `settings`."""

    settings: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        texts = [f"{name}={getattr(self, name)}" for name in self.settings]
        return ", ".join([*texts, *(["inplace=True"] if self.inplace else [])])


class LeakyReLU(_Settled):
    """x where x > 0, else negative_slope · x."""

    settings = ("negative_slope",)

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False):
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input):
        return functional.leaky_relu(input, self.negative_slope, self.inplace)


class ELU(_Settled):
    """x where x > 0, else α (eˣ - 1)."""

    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input):
        return functional.elu(input, self.alpha, self.inplace)


class CELU(_Settled):
    """x where x > 0, else α (e^(x/α) - 1)."""

    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input):
        return functional.celu(input, self.alpha, self.inplace)


class Hardtanh(_Settled):
    """min(max(x, min_val), max_val)."""

    settings: tuple[str, ...] = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
        super().__init__(inplace)
        if not max_val > min_val:
            raise ValueError(f"[Hardtanh] `max_val` (={max_val}) must be larger than `min_val` (={min_val})")
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input):
        return functional.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """min(max(x, 0), 6)."""

    settings = ()

    def __init__(self, inplace: bool = False):
        super().__init__(0.0, 6.0, inplace)


class Threshold(_Settled):
    """x where x > threshold, else `value`."""

    settings = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        super().__init__(inplace)
        self.threshold, self.value = threshold, value

    def forward(self, input):
        return functional.threshold(input, self.threshold, self.value, self.inplace)


# ------------------------------------------------------------------------------ with settings


class GELU(Module):
    """x Φ(x), Φ being the normal distribution; `approximate="tanh"`: with a formula for Φ."""

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + e^(βx)) / β, and x where βx > threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input):
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardshrink(Module):
    """x where |x| > lambd, else 0."""

    def __init__(self, lambd: float = 0.5):
        super().__init__()
        self.lambd = lambd

    def forward(self, input):
        return hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Hardshrink):
    """x - min(max(x, -lambd), lambd)."""

    def forward(self, input):
        return softshrink(input, self.lambd)


class Softmax(Module):
    """e^x / Σ e^x, the sum along `dim`."""

    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log Σ e^x, the sum along `dim`."""

    def forward(self, input):
        return log_softmax(input, self.dim)


class Softmin(Softmax):
    """e^-x / Σ e^-x, the sum along `dim`."""

    def forward(self, input):
        return softmin(input, self.dim)


class Softmax2d(Module):
    """e^x / Σ e^x, the sum over the channels of (N, C, H, W) or (C, H, W)."""

    def forward(self, input):
        if len(input.shape) not in (3, 4):
            raise ValueError(f"[Softmax2d] `input` (shape {input.shape}) must have 3 or 4 dimensions")
        return softmax(input, -3)


class GLU(Module):
    """a σ(b), a and b being the halves of the input along `dim`."""

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class RReLU(_Settled):
    """x where x > 0, else u x; in training u is uniform in [lower, upper), in evaluation their mean."""

    settings = ("lower", "upper")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False):
        super().__init__(inplace)
        self.lower, self.upper = lower, upper

    def forward(self, input):
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class PReLU(Module):
    """x where x > 0, else weight · x, with a weight that is learnt.

    Parameters
    ----------
    num_parameters : int
        1, or one for each channel (axis 1).
    init : float
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (num_parameters,)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to their first value."""
        constant_(self.weight, self.init)

    def forward(self, input):
        return prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
