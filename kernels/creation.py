"""New arrays.

Every function takes `like`, an array: the result lives where that one lives; None means NumPy.
"""

from ._backend import serve


def empty(shape, dtype, like=None):
    """Make an array whose values are undefined."""
    return serve("creation", like).empty(shape, dtype)


def zeros(shape, dtype, like=None):
    """Make an array of zeros."""
    return serve("creation", like).zeros(shape, dtype)


def ones(shape, dtype, like=None):
    """Make an array of ones."""
    return serve("creation", like).ones(shape, dtype)


def full(shape, value, dtype, like=None):
    """Make an array of one value.

    Raises
    ------
    ValueError, TypeError, OverflowError
        NumPy's own, where `value` is no scalar of this dtype.
    """
    return serve("creation", like).full(shape, value, dtype)


def arange(start, stop, step, dtype, like=None):
    """Count y[i] = start + i step, up to but without `stop`.

    Raises
    ------
    ValueError
        If `step` is zero.
    """
    if step == 0:
        raise ValueError(f"[arange] `step` (={step}) must not be zero")
    return serve("creation", like).arange(start, stop, step, dtype)


def linspace(start, stop, num, dtype, like=None):
    """Divide an interval into `num` points, both ends included.

    Raises
    ------
    ValueError
        If `num` is negative.
    """
    if num < 0:
        raise ValueError(f"[linspace] `num` (={num}) must not be negative")
    return serve("creation", like).linspace(start, stop, num, dtype)


def eye(n, m, dtype, like=None):
    """Make an (n, m) matrix with ones on its diagonal.

    Raises
    ------
    ValueError
        If a size is negative.
    """
    if n < 0 or m < 0:
        raise ValueError(f"[eye] `n` (={n}) and `m` (={m}) must not be negative")
    return serve("creation", like).eye(n, m, dtype)


def from_numpy(x, like=None):
    """Bring a NumPy array to where `like` lives; on the CPU it is the same array."""
    return serve("creation", like).from_numpy(x)


def to_numpy(x):
    """Bring an array to NumPy; on the CPU it is the same array."""
    return serve("creation", x).to_numpy(x)
