"""Normalisations of channels, with running estimates. The functions are in `ops.batch_norm`."""

import warnings

from .._creation import ones, zeros
from .._dtypes import int64
from .._tape import write_silently
from . import functional
from ._affine import declare_affine, reset_affine
from .module import Module


class Estimating(Module):
    """A normalisation with running estimates of means and variances; a subclass says which ranks it takes."""

    ranks: tuple[int, ...] = ()
    _may_be_missing = ("num_batches_tracked",)  # states from before PyTorch 0.4.1, and many files of weights

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        declare_affine(self, num_features, affine, bias, device, dtype)
        tracks, where = track_running_stats, {"device": device}
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype, **where) if tracks else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype, **where) if tracks else None)
        self.register_buffer("num_batches_tracked", zeros((), dtype=int64, **where) if tracks else None)

    def reset_running_stats(self) -> None:
        """Forget what was estimated: mean 0, variance 1, of no batches."""
        if self.track_running_stats:
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                write_silently(buffer, value)

    def reset_parameters(self) -> None:
        """Make the weight ones and the bias zeros, and forget what was estimated."""
        self.reset_running_stats()
        reset_affine(self)

    def _check(self, input) -> None:
        if len(input.shape) not in self.ranks:
            raise ValueError(
                f"[{type(self).__name__}] `input` (shape {input.shape}) must have {' or '.join(map(str, self.ranks))} "
                "dimensions"
            )

    def _channels(self, input) -> int:
        return input.shape[1]

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


# ------------------------------------------------------------------------------------------ of a batch


class _BatchNorm(Estimating):
    def forward(self, input):
        self._check(input)
        moves = self.training and self.track_running_stats
        share = self.momentum
        if moves and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            if share is None:
                share = 1.0 / self.num_batches_tracked.item()
        estimates = (self.running_mean, self.running_var) if moves or not self.training else (None, None)
        of_batch = self.training or estimates == (None, None)
        return functional.batch_norm(input, *estimates, self.weight, self.bias, of_batch, share or 0.0, self.eps)


class BatchNorm1d(_BatchNorm):
    """Normalises channels of (N, C) or (N, C, L) over the batch.

        y[n, c, …] = (x[n, c, …] - μ[c]) / √(σ²[c] + eps) · weight[c] + bias[c]

    μ and σ² are those of the batch while training, the running estimates in evaluation.

    Parameters
    ----------
    num_features : int
        C.
    eps : float
    momentum : float, optional
        The share by which the running estimates move towards those of a batch (the variance with correction 1);
        None: they are the mean of all batches.
    affine : bool
        Have a weight and, with `bias`, a bias.
    track_running_stats : bool
        Have estimates. Without them, μ and σ² are always those of the batch.
    device : device, optional
    dtype : dtype, optional
    bias : bool

    Fields
    ------
    weight : Parameter, (C,), or None
        Ones.
    bias : Parameter, (C,), or None
        Zeros.
    running_mean, running_var : buffers, (C,), or None
    num_batches_tracked : buffer, (), or None

    Raises
    ------
    ValueError
        If the input has another rank, or but one value for each channel to train on.

    Notes
    -----
    Ioffe, Szegedy: Batch normalization; arXiv:1502.03167.

    Examples
    --------
    >>> import tapegrad as tg
    >>> layer = tg.nn.BatchNorm1d(2)
    >>> layer(tg.tensor([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-0.9999949932098389, 0.0], [0.9999949932098389, 0.0]]
    >>> layer.running_mean
    tensor([0.2000, 0.5000])
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for images: normalises channels of (N, C, H, W)."""

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """`BatchNorm1d` for volumes: normalises channels of (N, C, D, H, W)."""

    ranks = (5,)


# ------------------------------------------------------------------------------------------ of one image


class _InstanceNorm(Estimating):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input):
        self._check(input)
        self._check_channels(self._channels(input))
        if len(input.shape) == self.ranks[0]:
            return self._normal(input[None])[0]
        return self._normal(input)

    def _channels(self, input) -> int:
        return input.shape[-self.ranks[0]]

    def _check_channels(self, c: int) -> None:
        if c == self.num_features:
            return
        text = f"[{type(self).__name__}] `input` ({c} channels) must have `num_features` (={self.num_features})"
        if self.affine:
            raise ValueError(text)
        warnings.warn(f"{text}, though without `affine` it does not matter", stacklevel=4)

    def _normal(self, input):
        estimates = self.running_mean, self.running_var
        of_image = self.training or not self.track_running_stats
        how = (self.weight, self.bias, of_image, self.momentum or 0.0, self.eps)
        return functional.instance_norm(input, *estimates, *how)


class InstanceNorm1d(_InstanceNorm):
    """Normalises each channel of each example of (N, C, L), or of one example (C, L).

        y[n, c, …] = (x[n, c, …] - μ[n, c]) / √(σ²[n, c] + eps) · weight[c] + bias[c]

    Parameters and fields are those of `BatchNorm1d`, but `affine` and `track_running_stats` are False by default.
    With estimates, these take the place of μ and σ² in evaluation.

    Raises
    ------
    ValueError
        If the input has another rank, another number of channels, or but one value in each.

    Notes
    -----
    Ulyanov et al.: Instance normalization; arXiv:1607.08022.
    """

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """`InstanceNorm1d` for images, (N, C, H, W) or (C, H, W)."""

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """`InstanceNorm1d` for volumes, (N, C, D, H, W) or (C, D, H, W)."""

    ranks = (4, 5)
