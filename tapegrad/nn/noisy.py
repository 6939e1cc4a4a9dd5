"""Layers whose weights are noisy while training."""

import math

from .._creation import empty, zeros
from .._random import generator_of
from .._tape import write_silently
from ..ops.matmul import linear
from . import init
from .module import Module
from .parameter import Parameter


class NoisyLinear(Module):
    """An affine map with learnt noise in its weights, for exploration.

        y = x (μ + σ ∘ ε)ᵀ + (μ_b + σ_b ∘ ε_b),   ε[k, c] = f(u[k]) f(v[c]),   ε_b = f(u),   f(z) = sign(z) √|z|

    u and v are normal, drawn by `reset_noise`: call it once a step. In evaluation ε is 0.

    Parameters
    ----------
    in_features, out_features : int
        C and K.
    bias : bool
    device : device, optional
    dtype : dtype, optional
    std_init : float
        σ begins as std_init/√C, σ_b as std_init/√K.

    Fields
    ------
    weight_mu, weight_sigma : Parameter, (K, C)
        μ, uniform in ±1/√C, and σ.
    bias_mu, bias_sigma : Parameter, (K,), or None
    weight_epsilon, bias_epsilon : buffers of the same shapes

    Notes
    -----
    Fortunato et al.: Noisy networks for exploration; arXiv:1706.10295.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device=None, dtype=None, std_init: float = 0.1
    ):
        super().__init__()
        self.in_features, self.out_features, self.std_init = in_features, out_features, std_init
        like = {"device": device, "dtype": dtype}
        for name, shape in (("weight", (out_features, in_features)), ("bias", (out_features,))):
            wanted = bias or name == "weight"
            self.register_parameter(f"{name}_mu", Parameter(empty(shape, **like)) if wanted else None)
            self.register_parameter(f"{name}_sigma", Parameter(empty(shape, **like)) if wanted else None)
            self.register_buffer(f"{name}_epsilon", zeros(shape, **like) if wanted else None)
        self.reset_parameters()
        self.reset_noise()

    def reset_parameters(self) -> None:
        """Draw the means anew and set the deviations to their first value."""
        bound = 1 / math.sqrt(self.in_features)
        init.uniform_(self.weight_mu, -bound, bound)
        init.constant_(self.weight_sigma, self.std_init * bound)
        if self.bias_mu is not None:
            init.uniform_(self.bias_mu, -bound, bound)
            init.constant_(self.bias_sigma, self.std_init / math.sqrt(self.out_features))

    def reset_noise(self) -> None:
        """Draw the noise anew."""
        generator, dtype = generator_of(None), self.weight_mu.dtype
        v, u = (generator.normal((n,), dtype) for n in (self.in_features, self.out_features))
        v, u = (abs(z) ** 0.5 * ((z > 0) * dtype.type(2) - 1) for z in (v, u))
        write_silently(self.weight_epsilon, u[:, None] * v)
        if self.bias_epsilon is not None:
            write_silently(self.bias_epsilon, u)

    @property
    def weight(self):
        """The weights as they are now, (K, C)."""
        return self.weight_mu + self.weight_sigma * self.weight_epsilon if self.training else self.weight_mu

    @property
    def bias(self):
        """The shifts as they are now, (K,), or None."""
        if self.bias_mu is None:
            return None
        return self.bias_mu + self.bias_sigma * self.bias_epsilon if self.training else self.bias_mu

    def forward(self, input):
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias_mu is not None}"

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        return math.prod(y_shape) * self.in_features
