"""Where in a sequence something stands, told by angles. PyTorch has no layers for this; their names are our own."""

from ..ops.region import array_of, constant
from ._positions import rotary_positions, sinusoidal_positions
from .module import Module


class SinusoidalPositions(Module):
    """Adds sines and cosines of the position; see `functional.sinusoidal_positions`.

    Parameters
    ----------
    base : float

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.nn.SinusoidalPositions()(tg.zeros(1, 2, 4))
    tensor([[[0.0000, 1.0000, 0.0000, 1.0000],
             [0.8415, 0.5403, 0.0100, 0.9999]]])
    """

    def __init__(self, base: float = 10000.0):
        super().__init__()
        self.base = base

    def forward(self, input):
        """Add the positions to an input (…, L, E)."""
        return input + constant(input, array_of(sinusoidal_positions(*input.shape[-2:], self.base, input.dtype)))

    def extra_repr(self) -> str:
        return f"base={self.base}"


class RotaryPositions(Module):
    """Rotates queries or keys by their position; see `functional.rotary_positions`.

    Parameters
    ----------
    base : float
    """

    def __init__(self, base: float = 10000.0):
        super().__init__()
        self.base = base

    def forward(self, input, positions=None):
        """Rotate an input (…, L, E)."""
        return rotary_positions(input, positions, self.base)

    def extra_repr(self) -> str:
        return f"base={self.base}"
