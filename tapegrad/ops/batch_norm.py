"""Normalisations over a batch or an image, with running estimates; and by the neighbouring channels."""

from math import prod

from .. import kernels
from .._tape import Tensor, write_silently
from ._registry import public
from .cast import cast
from .elementwise import rsqrt
from .normalization import _affine, _batch, _floating, _group, _of_nothing, _shaped, per_channel
from .pool import avg_pool2d
from .rearrange import constant_pad_nd
from .region import array_of
from .shape import reshape


@public(function=False, method=False)
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Normalise channels over the batch.

        y[n, c, …] = (x[n, c, …] - μ[c]) / √(σ²[c] + eps) · weight[c] + bias[c]

    Parameters
    ----------
    input : Tensor or array, (N, C, …), floating
    running_mean, running_var : Tensor, (C,), or None
        μ and σ² without `training`. With it they are those of the batch, and the running ones are moved towards them
        (the variance with correction 1) by the share `momentum`, in place.
    weight, bias : Tensor or array, (C,), optional
    training : bool
    momentum : float
    eps : float

    Returns
    -------
    Tensor or array, input.shape

    Raises
    ------
    RuntimeError
        If ranks or shapes do not fit, `input` is not floating, or running estimates are missing without `training`.
    ValueError
        If there is but one value for each channel to train on.
    """
    op = "batch_norm"
    c = _checked(op, input, running_mean, running_var, weight, bias)
    if input.shape == (0,):
        return input * 1
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError(f"[{op}] `running_mean` and `running_var` must be given without `training`")
        return _with_estimates(input, running_mean, running_var, weight, bias, eps)
    count = input.shape[0] * prod(input.shape[2:])
    if not prod(input.shape):
        return _of_nothing(input, *(per_channel(w, input) for w in (weight, bias)))
    if count == 1:
        raise ValueError(f"[{op}] `input` (shape {input.shape}) must have more than one value per channel to train on")
    x = reshape(input, (input.shape[0], c, prod(input.shape[2:])))
    y, mean, scale = _batch(x, *_affine(x, (c,), weight, bias), eps=eps)
    _move(running_mean, running_var, mean, scale, count, momentum, eps)
    return reshape(y, input.shape)


@public(function=False, method=False)
def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Normalise each channel of each image.

    Parameters
    ----------
    input, running_mean, running_var, weight, bias, momentum, eps
        As for `batch_norm`, with the same errors; running estimates are moved towards the mean over the batch.
    use_input_stats : bool
        Take μ and σ² from each image; else the running ones.
    """
    op = "instance_norm"
    c = _checked(op, input, running_mean, running_var, weight, bias)
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError(f"[{op}] `running_mean` and `running_var` must be given without `use_input_stats`")
        return _with_estimates(input, running_mean, running_var, weight, bias, eps)
    count = prod(input.shape[2:])
    if not prod(input.shape):
        return _of_nothing(input, *(per_channel(w, input) for w in (weight, bias)))
    if count == 1:
        raise ValueError(f"[{op}] `input` (shape {input.shape}) must have more than one spatial element")
    x = reshape(input, (input.shape[0], c, 1, count))
    y, mean, scale = _group(x, *_affine(x, (c, 1), weight, bias), eps=eps)
    _move(running_mean, running_var, mean, scale, count, momentum, eps)
    return reshape(y, input.shape)


def _checked(op, input, running_mean, running_var, weight, bias) -> int:
    _floating(op, input)
    if len(input.shape) < 2 and input.shape != (0,):
        raise RuntimeError(f"[{op}] `input` (shape {input.shape}) must have at least two dimensions, (N, C, …)")
    c = input.shape[1] if len(input.shape) > 1 else 0
    _shaped(op, (c,), running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    return c


def _with_estimates(input, mean, var, weight, bias, eps):
    scale = rsqrt(cast(var, input.dtype) + eps)
    scale = scale if weight is None else scale * cast(weight, input.dtype)
    y = (input - per_channel(cast(mean, input.dtype), input)) * per_channel(scale, input)
    return y if bias is None else y + per_channel(cast(bias, input.dtype), input)


def _move(running_mean, running_var, mean, scale, count, momentum, eps) -> None:
    """Move running estimates towards μ and, from σ⁻¹, the unbiased variance; of several sets a channel their mean."""
    if running_mean is not None:
        _move_one(running_mean, array_of(mean), momentum)
    if running_var is not None:
        scale = array_of(scale)
        _move_one(running_var, (1 / (scale * scale) - eps) * (count / (count - 1)), momentum)


def _move_one(running, batch, momentum) -> None:
    if len(batch.shape) > 1:
        batch = kernels.sum(batch, 0) / batch.shape[0]
    moved = array_of(running) * (1 - momentum) + batch * momentum
    if isinstance(running, Tensor):
        write_silently(running, moved)
    else:
        running[...] = moved


@public(function=False, method=False)
def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide by a power of the mean square of the neighbouring channels.

        y[n, c, …] = x[n, c, …] / (k + alpha · mean of x² over `size` channels around c)^beta

    Parameters
    ----------
    input : Tensor or array, (N, C, …)
        At least 3-D.
    size : int
        Zeros stand beyond the first and the last channel.
    alpha, beta, k : float

    Raises
    ------
    ValueError
        If `input` has fewer dimensions, or `size` is less than 1.
    """
    op = "local_response_norm"
    if len(input.shape) < 3:
        raise ValueError(f"[{op}] `input` (shape {input.shape}) must have at least three dimensions, (N, C, …)")
    if size < 1:
        raise ValueError(f"[{op}] `size` (={size}) must be at least 1")
    if not prod(input.shape):
        return input
    squares = reshape(input * input, (input.shape[0], 1, input.shape[1], prod(input.shape[2:])))
    squares = constant_pad_nd(squares, (0, 0, size // 2, (size - 1) // 2))
    around = reshape(avg_pool2d(squares, (size, 1), 1), input.shape)
    return input / (around * alpha + k) ** beta
