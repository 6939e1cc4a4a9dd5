"""Normalisations that look at one example at a time. The functions are in `ops.normalization` and `ops.batch_norm`."""

from operator import index

from .._creation import empty
from . import functional
from ._affine import declare_affine, reset_affine
from .module import Module
from .parameter import Parameter


def _sizes(op: str, shape) -> tuple[int, ...]:
    try:
        return (index(shape),) if hasattr(shape, "__index__") else tuple(index(n) for n in shape)
    except TypeError:
        raise TypeError(f"[{op}] `normalized_shape` (={shape!r}) must be an int or a sequence of ints") from None


class LayerNorm(Module):
    """Normalises over the last axes.

        y = (x - mean(x)) / √(var(x) + eps) · weight + bias

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The sizes D… of the axes over which mean and variance (of correction 0) are taken.
    eps : float
    elementwise_affine : bool
        Have a weight and, with `bias`, a bias.
    bias : bool
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (D…), or None
        Ones.
    bias : Parameter, (D…), or None
        Zeros.

    Notes
    -----
    Ba et al.: Layer normalization; arXiv:1607.06450.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.nn.LayerNorm(3)(tg.tensor([1.0, 2.0, 3.0]))
    tensor([-1.2247,  0.0000,  1.2247])
    """

    def __init__(
        self,
        normalized_shape,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.normalized_shape = _sizes("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        declare_affine(self, self.normalized_shape, elementwise_affine, bias, device, dtype)

    def reset_parameters(self) -> None:
        """Make the weight ones and the bias zeros."""
        reset_affine(self)

    def forward(self, input):
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divides by the root mean square over the last axes.

        y = x / √(mean(x²) + eps) · weight

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The sizes D… of these axes.
    eps : float, optional
        The precision of the input's dtype if None.
    elementwise_affine : bool
        Have a weight.
    device : device, optional
    dtype : dtype, optional

    Fields
    ------
    weight : Parameter, (D…), or None
        Ones.

    Notes
    -----
    Zhang, Sennrich: Root mean square layer normalization; arXiv:1910.07467.
    """

    def __init__(
        self, normalized_shape, eps: float | None = None, elementwise_affine: bool = True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = _sizes("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Make the weight ones."""
        reset_affine(self)

    def forward(self, x):
        return functional.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Normalises groups of channels of each image.

        y[n, c, …] = (x[n, c, …] - μ[n, group of c]) / √(σ²[n, group of c] + eps) · weight[c] + bias[c]

    Parameters
    ----------
    num_groups, num_channels : int
        Neighbouring channels form a group; the number of groups divides C.
    eps : float
    affine : bool
        Have a weight and, with `bias`, a bias.
    device : device, optional
    dtype : dtype, optional
    bias : bool

    Fields
    ------
    weight : Parameter, (C,), or None
        Ones.
    bias : Parameter, (C,), or None
        Zeros.

    Raises
    ------
    ValueError
        If the channels do not make equal groups.

    Notes
    -----
    Wu, He: Group normalization; arXiv:1803.08494.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"[GroupNorm] `num_groups` (={num_groups}) must be positive and divide `num_channels` (={num_channels})"
            )
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        declare_affine(self, num_channels, affine, bias, device, dtype)

    def reset_parameters(self) -> None:
        """Make the weight ones and the bias zeros."""
        reset_affine(self)

    def forward(self, input):
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Divides by a power of the mean square of the neighbouring channels.

        y[n, c, …] = x[n, c, …] / (k + alpha · mean of x² over `size` channels around c)^beta

    Parameters
    ----------
    size : int
        Zeros stand beyond the first and the last channel.
    alpha, beta, k : float

    Notes
    -----
    Krizhevsky et al.: ImageNet classification with deep convolutional neural networks; NIPS 2012.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input):
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """`LocalResponseNorm` of images (N, C, H, W), with a window of as many channels before c as after it.

    The window has `size` channels, for an even size one less; the mean always divides by `size`. (PyTorch's
    layer keeps channel 0 in every window, and its gradient looks at another window.)
    """

    def forward(self, input):
        if len(input.shape) != 4:
            raise ValueError(f"[CrossMapLRN2d] `input` (shape {input.shape}) must be (N, C, H, W)")
        odd = (self.size - 1) // 2 * 2 + 1
        return functional.local_response_norm(input, odd, self.alpha * odd / self.size, self.beta, self.k)
