"""Functions with randomness: the dropout family, random slopes, Gumbel's softmax, fractional pooling."""

from functools import partial
from math import prod
from numbers import Real

import numpy as np

from .. import kernels
from .._random import Generator, generator_of
from .._tape import Tensor, plain
from ..ops.activation import leaky_relu
from ..ops.arithmetic import multiply
from ..ops.fractional_pool import fractional_max_pool
from ..ops.random import dropout as _dropout
from ..ops.region import array_of, constant
from ..ops.softmax import softmax
from ._in_place import always, run


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None):
    """Clear each element with probability `p`, and divide the others by 1 - p.

        y[i] = x[i] · [u[i] ≥ p] / (1 - p),   u uniform in [0, 1) with 32 bits, two of them in a word of the stream

    Parameters
    ----------
    input : Tensor or array, floating
    p : float
        In [0, 1].
    training : bool
        False: return the input itself.
    inplace : bool
        Write into the input.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `p` is no probability.
    RuntimeError
        If the input is not floating.
    """
    if not _drops("dropout", input, p, training):
        return input
    seed, offset = generator_of(generator).skip((prod(input.shape) + 1) // 2)
    return run(partial(_dropout, p=float(p), seed=seed, offset=offset), input, inplace)


def dropout1d(
    input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
):
    """`dropout` of whole channels, rows of (N, C, L) or (C, L), which are cleared or kept as one."""
    return _dropped("dropout1d", input, _channels("dropout1d", input, 1), p, training, inplace, generator)


def dropout2d(
    input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
):
    """`dropout` of whole channels, planes of (N, C, H, W) or (C, H, W), which are cleared or kept as one."""
    return _dropped("dropout2d", input, _channels("dropout2d", input, 2), p, training, inplace, generator)


def dropout3d(
    input, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: Generator | None = None
):
    """`dropout` of whole channels, volumes of (N, C, D, H, W) or (C, D, H, W), which are cleared or kept as one."""
    return _dropped("dropout3d", input, _channels("dropout3d", input, 3), p, training, inplace, generator)


def _channels(op: str, x, ndim: int) -> tuple[int, ...]:
    """The shape of one number for each channel."""
    if len(x.shape) not in (ndim + 1, ndim + 2):
        raise ValueError(
            f"[{op}] `input` (shape {x.shape}) must have {ndim + 1} or {ndim + 2} dimensions; see `dropout`"
        )
    return (*x.shape[:-ndim], *(1,) * ndim)


def check_probability(op: str, p: float) -> None:
    """Raise unless `p` lies in [0, 1]."""
    if not isinstance(p, Real):
        raise TypeError(f"[{op}] dropout probability `p` (={p!r}) must be a number")
    if not 0 <= p <= 1:
        raise ValueError(f"[{op}] dropout probability `p` (={p}) must be between 0 and 1")


def _drops(op: str, x, p: float, training: bool) -> bool:
    """Tell whether there is anything to do, and whether it can be done."""
    check_probability(op, p)
    if not training or p == 0:
        return False
    if x.dtype.kind != "f":
        raise RuntimeError(f"[{op}] `input` (dtype {x.dtype}) must be floating")
    return True


def _dropped(op: str, x, shape: tuple[int, ...], p: float, training: bool, inplace: bool, generator):
    """Multiply by one number of `shape` for each channel."""
    if not _drops(op, x, p, training):
        return x
    u = generator_of(generator).uniform(shape, x.dtype, array_of(x))
    number = x.dtype.type
    kept = kernels.where(u >= p, number(1 / (1 - p) if p < 1 else 0), number(0))
    return run(multiply, x, inplace, plain(kept) if isinstance(x, Tensor) else kept)


_SATURATION = -1.7580993408473766  # of selu, where its argument goes to -∞


def alpha_dropout(
    input, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
):
    """Dropout that keeps mean 0 and variance 1, for networks of `selu`.

        y[i] = a (x[i] where u[i] ≥ p, else α) - a p α,   α = -1.758…, a = 1/√((1 - p)(1 + p α²))

    Parameters and errors as for `dropout`.

    Notes
    -----
    Klambauer et al.: Self-normalizing neural networks; arXiv:1706.02515.
    """
    return _saturated("alpha_dropout", input, input.shape, p, training, inplace, generator)


def feature_alpha_dropout(
    input, p: float = 0.5, training: bool = False, inplace: bool = False, *, generator: Generator | None = None
):
    """`alpha_dropout` of whole channels of (N, C, …), which are replaced or kept as one."""
    if len(input.shape) < 2:
        raise RuntimeError(f"[feature_alpha_dropout] `input` (shape {input.shape}) must have at least 2 dimensions")
    shape = (*input.shape[:2], *(1,) * (len(input.shape) - 2))
    return _saturated("feature_alpha_dropout", input, shape, p, training, inplace, generator)


def _saturated(op: str, x, shape: tuple[int, ...], p: float, training: bool, inplace: bool, generator):
    """Keep by one number of `shape` for each channel, and replace the others by where selu saturates."""
    if not _drops(op, x, p, training):
        return x
    if p == 1:
        return run(multiply, x, inplace, 0)
    number, scale = x.dtype.type, ((1 - p) * (1 + p * _SATURATION**2)) ** -0.5
    kept = generator_of(generator).uniform(shape, x.dtype, array_of(x)) >= p
    factor = constant(x, kernels.where(kept, number(scale), number(0)))
    shift = constant(x, kernels.where(kept, number(0), number(scale * _SATURATION)) - number(scale * p * _SATURATION))
    return run(_affine, x, inplace, factor, shift)


def _affine(x, factor, shift):
    return x * factor + shift


# ---------------------------------------------------------------------------------------- other noise


def rrelu(
    input,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
):
    """Rectify with a random leak: x where x > 0, else u x with u uniform in [lower, upper).

    Not while `training`, u is (lower + upper) / 2.

    Raises
    ------
    ValueError
        If `lower` is above `upper`.

    Notes
    -----
    Xu et al.: Empirical evaluation of rectified activations in convolutional network; arXiv:1505.00853.
    """
    if lower > upper:
        raise ValueError(f"[rrelu] `lower` (={lower}) must not be above `upper` (={upper})")
    if not training:
        return run(leaky_relu, input, inplace, (lower + upper) / 2)
    u = generator_of(generator).uniform(tuple(input.shape), input.dtype, array_of(input)) * (upper - lower) + lower
    return run(_leaking, input, inplace, constant(input, u.astype(input.dtype)))


rrelu_ = always(rrelu)


def _leaking(x, slopes):
    return x * constant(x, kernels.where(array_of(x) > 0, slopes.dtype.type(1), array_of(slopes)))


def gumbel_softmax(
    logits, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1, *, generator: Generator | None = None
):
    """Draw from categorical distributions, differentiably.

        y = softmax((logits + γ) / τ),   γ = -log(-log(u)),   u uniform

    Parameters
    ----------
    logits : Tensor or array
    tau : float
        τ; towards 0 the draws become one-hot.
    hard : bool
        Answer the one-hot draw, with the gradient of y.
    eps : float
        Without effect, as in PyTorch.
    dim : int
        The axis of the distributions.

    Notes
    -----
    Jang et al.: Categorical reparameterization with Gumbel-softmax; arXiv:1611.01144.
    """
    u = 1 - generator_of(generator).uniform(tuple(logits.shape), logits.dtype, array_of(logits))  # in (0, 1]
    gamma = -kernels.log(kernels.maximum(-kernels.log(u), np.finfo(logits.dtype).tiny))
    y = softmax((logits + constant(logits, gamma)) / tau, dim)
    if not hard:
        return y
    soft = array_of(y)
    winner = kernels.argmax(soft, dim, True)
    drawn = kernels.put_along_axis(kernels.zeros(soft.shape, soft.dtype, like=soft), 1, winner, dim)
    return y + constant(y, drawn - soft)


def fractional_max_pool2d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None
):
    """Take the largest elements of windows of an image whose starts are random.

    Parameters
    ----------
    input : Tensor or array, (N, C, H, W) or (C, H, W)
    kernel_size : int or (int, int)
    output_size : int or (int, int), optional
    output_ratio : float or (float, float), optional
        Output over input, in (0, 1): instead of the size.
    return_indices : bool
        Return the winners' positions h·W + w as well.

    Raises
    ------
    ValueError
        If the arguments do not fit.

    Notes
    -----
    Graham: Fractional max-pooling; arXiv:1412.6071.
    """
    how = (kernel_size, output_size, output_ratio, return_indices, _random_samples)
    return _fractional("fractional_max_pool2d", 2, input, *how)


def fractional_max_pool3d(
    input, kernel_size, output_size=None, output_ratio=None, return_indices: bool = False, _random_samples=None
):
    """Take the largest elements of windows of a volume whose starts are random; see `fractional_max_pool2d`."""
    how = (kernel_size, output_size, output_ratio, return_indices, _random_samples)
    return _fractional("fractional_max_pool3d", 3, input, *how)


def _fractional(op, rank, x, kernel_size, output_size, output_ratio, return_indices, samples):
    if samples is None:
        samples = constant(x, generator_of(None).uniform((*x.shape[:-rank], rank), x.dtype, array_of(x)))
    y, winner = fractional_max_pool(op, rank, x, kernel_size, output_size, output_ratio, samples)
    return (y, winner) if return_indices else y
