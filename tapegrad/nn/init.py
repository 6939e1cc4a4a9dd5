"""Initialisation: fill tensors in place, unrecorded. Each function returns the tensor that it filled."""

import math
import warnings
from statistics import NormalDist

import numpy as np

from .._device import place
from .._random import generator_of
from .._tape import Tensor, write_silently

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 0.75,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights before `nonlinearity` keep the variance.

    Parameters
    ----------
    nonlinearity : str
        A layer or an activation, in `nn.functional`'s words.
    param : float, optional
        The slope of "leaky_relu" (0.01).

    Raises
    ------
    ValueError
        For an unknown name, or a slope that is no number.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"[calculate_gain] `param` (={param!r}) must be a number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise ValueError(f"[calculate_gain] `nonlinearity` (={nonlinearity!r}) must be one of {known}")
    return _GAINS[nonlinearity]


# ---------------------------------------------------------------------------------------- distributions


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator=None) -> Tensor:
    """Fill with numbers that are uniform in [a, b)."""
    if a > b:
        raise ValueError(f"[uniform_] `a` (={a}) must not be greater than `b` (={b})")
    values = generator_of(generator).uniform(tensor.shape, tensor.dtype)
    values *= b - a
    values += a
    return _filled(tensor, values)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator=None) -> Tensor:
    """Fill with normal numbers of this mean and standard deviation."""
    if std < 0:
        raise ValueError(f"[normal_] `std` (={std}) must not be negative")
    values = generator_of(generator).normal(tensor.shape, tensor.dtype)
    values *= std
    values += mean
    return _filled(tensor, values)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator=None
) -> Tensor:
    """Fill with normal numbers that lie in [a, b], by inversion of the distribution function."""
    if not a < b:
        raise ValueError(f"[trunc_normal_] `a` (={a}) must be less than `b` (={b})")
    normal = NormalDist(mean, std)
    low, high = normal.cdf(a), normal.cdf(b)
    u = low + (high - low) * generator_of(generator).uniform(tensor.shape, np.dtype("float64"))
    inside = np.finfo("float64")  # the inverse wants 0 < u < 1
    inverse = np.frompyfunc(normal.inv_cdf, 1, 1)
    values = np.asarray(inverse(np.clip(u, inside.tiny, 1 - inside.epsneg)), tensor.dtype)
    return _filled(tensor, np.clip(values, a, b))


# ---------------------------------------------------------------------------------------- given values


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return _filled(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _filled(tensor, 1)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _filled(tensor, 0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity."""
    if tensor.ndim != 2:
        raise ValueError(f"[eye_] `tensor` (shape {tensor.shape}) must have 2 dimensions")
    return _filled(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill filters (K, C, …) so that a convolution passes as many channels as it can, in each group."""
    shape = tensor.shape
    if len(shape) not in (3, 4, 5):
        raise ValueError(f"[dirac_] `tensor` (shape {shape}) must have 3, 4 or 5 dimensions")
    if shape[0] % groups:
        raise ValueError(f"[dirac_] `groups` (={groups}) must divide the first dimension of `tensor` (={shape[0]})")
    values = np.zeros(shape)
    filters, centre = shape[0] // groups, tuple(n // 2 for n in shape[2:])
    for k in range(groups):
        for c in range(min(filters, shape[1])):
            values[(k * filters + c, c, *centre)] = 1
    return _filled(tensor, values)


# ---------------------------------------------------------------------------------------- by the fan


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Fill uniformly in ±gain·√(6 / (fan_in + fan_out)).

    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks; AISTATS 2010.
    """
    bound = gain * math.sqrt(6.0 / sum(_fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    """Fill with normal numbers of standard deviation gain·√(2 / (fan_in + fan_out)). See `xavier_uniform_`."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans("xavier_normal_", tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Fill uniformly in ±gain·√(3 / fan).

    Parameters
    ----------
    tensor : Tensor, (K, C, …)
    a : float
        The slope of "leaky_relu".
    mode : "fan_in" or "fan_out"
        Keep the variance of the forward or of the backward pass.
    nonlinearity : str
        What follows; see `calculate_gain`.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If `tensor` has less than 2 dimensions, or for another mode.

    Notes
    -----
    He, Zhang, Ren, Sun: Delving deep into rectifiers; ICCV 2015.
    """
    std = _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
) -> Tensor:
    """Fill with normal numbers of standard deviation gain / √fan. Parameters as for `kaiming_uniform_`."""
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator=None) -> Tensor:
    """Fill with gain times a random matrix (K, C·…) whose rows or columns, whichever are fewer, are orthonormal.

    Saxe, McClelland, Ganguli: Exact solutions to the nonlinear dynamics of learning in deep linear neural networks;
    ICLR 2014.
    """
    if tensor.ndim < 2:
        raise ValueError(f"[orthogonal_] `tensor` (shape {tensor.shape}) must have at least 2 dimensions")
    if not tensor.numel():
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    dtype = np.promote_types(tensor.dtype, "float32")
    q, r = np.linalg.qr(generator_of(generator).normal((max(rows, columns), min(rows, columns)), dtype))
    q *= np.where(np.diagonal(r) < 0, -gain, gain)  # without this the distribution is not uniform
    return _filled(tensor, (q.T if rows < columns else q).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator=None) -> Tensor:
    """Fill a matrix with normal numbers of this standard deviation, but for a share `sparsity` of each column: zeros.

    Martens: Deep learning via Hessian-free optimization; ICML 2010.
    """
    if tensor.ndim != 2:
        raise ValueError(f"[sparse_] `tensor` (shape {tensor.shape}) must have 2 dimensions")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"[sparse_] `sparsity` (={sparsity}) must be between 0 and 1")
    draw = generator_of(generator)
    values = draw.normal(tensor.shape, tensor.dtype)
    values *= std
    zeros = draw.uniform(tensor.shape, np.dtype("float64")).argsort(0)[: math.ceil(sparsity * tensor.shape[0])]
    np.put_along_axis(values, zeros, 0, 0)
    return _filled(tensor, values)


def _kaiming_std(op: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"[{op}] `mode` (={mode!r}) must be 'fan_in' or 'fan_out'")
    fan = _fans(op, tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan or 1)


def _fans(op: str, tensor: Tensor) -> tuple[int, int]:
    """Numbers of inputs that each output sees, and the other way round: C·R·S and K·R·S of (K, C, R, S)."""
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(f"[{op}] `tensor` (shape {shape}) must have at least 2 dimensions for its fan")
    if 0 in shape:
        warnings.warn(f"[{op}] `tensor` (shape {shape}) has no elements: nothing to initialise", stacklevel=3)
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def _filled(tensor: Tensor, values) -> Tensor:
    write_silently(tensor, place(values, tensor.device) if isinstance(values, np.ndarray) else values)
    return tensor
