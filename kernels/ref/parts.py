"""Complex numbers and their parts in NumPy."""

import numpy as np

__all__ = ["imag", "join", "pairs", "real", "unpairs"]


def real(x):
    """Read the real part."""
    return x.real


def imag(x):
    """Read the imaginary part."""
    return x.imag


def join(re, im):
    """Write both parts: `re + 1j * im` would spread NaN and infinities."""
    y = np.empty(re.shape, np.result_type(re.dtype, np.complex64))
    y.real, y.imag = re, im
    return y


def pairs(x):
    """Lay the last axis over the halves of each number."""
    part = x.real.dtype
    if x.size and (root := _owner(x)) is not None:
        return _read(x, root, (*x.shape, 2), (*x.strides, part.itemsize), part)
    return np.stack([x.real, x.imag], -1)


def unpairs(x):
    """Lay numbers over pairs of neighbours, if they are that."""
    dtype = np.result_type(x.dtype, np.complex64)
    root = _owner(x)
    in_step = x.strides[-1] == x.itemsize and not any(s % x.itemsize for s in x.strides[:-1])
    if x.size and in_step and root is not None:
        return _read(x, root, x.shape[:-1], x.strides[:-1], dtype)
    return join(x[..., 0], x[..., 1])


def _owner(x):
    """The array whose memory `x` reads, if that has no gaps."""
    while isinstance(x.base, np.ndarray):
        x = x.base
    return x if x.flags.forc else None


def _read(x, root, shape, strides, dtype):
    start = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    y = np.ndarray(shape, dtype, root, start, strides)
    y.flags.writeable = x.flags.writeable
    return y
