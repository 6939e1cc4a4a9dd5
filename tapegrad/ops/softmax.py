"""Softmax and its logarithm.

With p = softmax(x), the derivative of p is diag(p) - p pᵀ, its own transpose; that of log p is 1 - 1 pᵀ. A plain sweep
takes the cotangents from one pass of a kernel; a recorded one makes them of recorded operations, which have derivatives
of every order.
"""

from .. import kernels
from .._tape import Tensor, declare
from ._dims import dim_of
from ._reduced import in_floats
from ._registry import public, torch_names
from .cast import cast
from .elementwise import exp
from .reduce import sum_over


def _through(v, y, dim):
    """(diag(y) - y yᵀ) v, along one dim."""
    if not isinstance(v, Tensor) and not isinstance(y, Tensor):
        return kernels.softmax_grad(v, y, dim)
    s = y * v
    return s - y * sum_over(s, dim=dim, keepdim=True)


def log_softmax_back(g, y, dim):
    """The cotangent of the argument of a log_softmax with the answer y."""
    if not isinstance(g, Tensor) and not isinstance(y, Tensor):
        return kernels.log_softmax_grad(g, y, dim)
    return g - exp(y) * sum_over(g, dim=dim, keepdim=True)


softmax_over = declare(
    "softmax",
    lambda x, *, dim: kernels.softmax(x, dim),
    [lambda g, y, dim: _through(g, y, dim)],
    [lambda t, y, dim: _through(t, y, dim)],
)
log_softmax_over = declare(
    "log_softmax",
    lambda x, *, dim: kernels.log_softmax(x, dim),
    [lambda g, y, dim: log_softmax_back(g, y, dim)],
    [lambda t, y, dim: t - sum_over(exp(y) * t, dim=dim, keepdim=True)],
)


@public()
def softmax(x, dim=None, dtype=None, **numpy):
    """Normalised exponentials.

        y[i, j] = e^x[i, j] / Σ_k e^x[i, k]

    Parameters
    ----------
    x : Tensor or array
        Integers are taken in the default dtype.
    dim : int
        The dim j that sums to 1. NumPy's `axis`, too.
    dtype : dtype, optional
        Cast `x` to it first.

    Returns
    -------
    Tensor or array, x.shape
        A row of nothing but -∞, or with an ∞, is NaN.

    Raises
    ------
    TypeError
        If `dim` is missing.
    IndexError
        If there is no such dim.

    Examples
    --------
    >>> tg.softmax(tg.tensor([0.0, 0.0, 0.0, 0.0]), 0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return _along("softmax", softmax_over, x, dim, dtype, numpy)


@public()
def log_softmax(x, dim=None, dtype=None, **numpy):
    """Logarithm of `softmax`, exact where that underflows.

        y[i, j] = x[i, j] - log Σ_k e^x[i, k]

    Parameters, Raises: as for `softmax`.

    Examples
    --------
    >>> tg.log_softmax(tg.tensor([1000.0, 0.0]), 0)
    tensor([    0., -1000.])
    """
    return _along("log_softmax", log_softmax_over, x, dim, dtype, numpy)


@public(method=False, function=False)
def softmin(x, dim=None, dtype=None, **numpy):
    """`softmax` of -x."""
    return _along("softmin", softmax_over, -x, dim, dtype, numpy)


def _along(op, primitive, x, dim, dtype, numpy):
    if numpy:
        return _along(op, primitive, x, torch_names(op, numpy).get("dim", dim), dtype, {})
    if dim is None:
        raise TypeError(f"[{op}] `dim` must be given: which dim shall sum to 1?")
    dim = dim_of(op, dim, len(x.shape))
    return primitive(in_floats(x) if dtype is None else cast(x, dtype), dim=dim)
