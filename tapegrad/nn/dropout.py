"""Dropout: noise while training, nothing in evaluation."""

from . import functional
from ._noise import check_probability
from .module import Module


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        check_probability(type(self).__name__, p)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Clears each element with probability `p` while training, and divides the others by 1 - p.

    Parameters
    ----------
    p : float
        In [0, 1].
    inplace : bool
        Write into the input.

    Notes
    -----
    Hinton et al.: Improving neural networks by preventing co-adaptation of feature detectors; arXiv:1207.0580.
    """

    def forward(self, input):
        return functional.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """`Dropout` of whole channels: every (n, c) of (N, C, L) is cleared or kept as one; (C, L) too."""

    def forward(self, input):
        return functional.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """`Dropout` of whole channels: every (n, c) of (N, C, H, W) is cleared or kept as one; (C, H, W) too."""

    def forward(self, input):
        return functional.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """`Dropout` of whole channels: every (n, c) of (N, C, D, H, W) is cleared or kept as one; (C, D, H, W) too."""

    def forward(self, input):
        return functional.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout for networks of `SELU`: mean 0 and variance 1 stay what they are.

    Parameters
    ----------
    p : float
        In [0, 1]: the probability that an element becomes -1.758…, the limit of SELU.
    inplace : bool
        Write into the input.

    Notes
    -----
    Klambauer et al.: Self-normalizing neural networks; arXiv:1706.02515.
    """

    def forward(self, input):
        return functional.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels: every (n, c) of (N, C, …) is replaced or kept as one."""

    def forward(self, input):
        return functional.feature_alpha_dropout(input, self.p, self.training, self.inplace)
