"""Fractional max pooling: windows whose starts are drawn at random."""

from . import functional
from .module import Module


class FractionalMaxPool2d(Module):
    """The largest elements of windows of an image whose starts are random.

    Parameters
    ----------
    kernel_size : int or (int, int)
    output_size : int or (int, int), optional
    output_ratio : float or (float, float), optional
        Output over input, in (0, 1): instead of the size.
    return_indices : bool
        Return the winners' positions h·W + w as well.

    Notes
    -----
    Graham: Fractional max-pooling; arXiv:1412.6071.
    """

    n = 2

    def __init__(
        self, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None
    ):
        super().__init__()
        op = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"[{op}] one of `output_size` and `output_ratio` must be given")
        if output_ratio is not None:
            ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * self.n
            if not all(0 < ratio < 1 for ratio in ratios):
                raise ValueError(f"[{op}] `output_ratio` (={output_ratio}) must be between 0 and 1")
        self.kernel_size, self.output_size, self.output_ratio = kernel_size, output_size, output_ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input):
        pool = getattr(functional, f"fractional_max_pool{self.n}d")
        how = (self.kernel_size, self.output_size, self.output_ratio, self.return_indices)
        return pool(input, *how, self._random_samples)


class FractionalMaxPool3d(FractionalMaxPool2d):
    """The largest elements of windows of a volume whose starts are random; see `FractionalMaxPool2d`."""

    n = 3
