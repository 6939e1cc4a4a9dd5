"""Sums over dims and what counts or sums: means, logarithms of sums, truths.

The transpose of a sum is a broadcast. A rule here is `spread`, the cotangent repeated over what was reduced, times a
slope.
"""

from .. import kernels
from .._dtypes import bool_, float32, float64, int64, uint8
from .._tape import declare
from ._reduced import count, in_floats, reduced, spread, unfold, want_floats
from ._registry import public, torch_names
from .arithmetic import divide
from .cast import cast
from .elementwise import exp
from .selection import where
from .shape import expand_to

_add_up = kernels.add.reduce  # the ufunc itself: on small arrays a kernel's checks cost half of the sum
_SMALL = 1 << 10  # elements


def _sum(x, *, dim=None, keepdim=False):
    if x.dtype.char in "fd" and x.size < _SMALL:
        return _add_up(x, axis=dim, keepdims=True, out=...) if keepdim else _add_up(x, axis=dim, out=...)
    return kernels.sum(x.astype(int64) if x.dtype.kind in "biu" else x, dim, keepdim)


def _sum_all(x):
    dtype = x.dtype
    if x.size < _SMALL and (dtype is float32 or dtype is float64):
        return _add_up(x, axis=None, out=...)
    return _sum(x)


sum_over = declare(
    "sum",
    _sum,
    [lambda g, x_shape, dim, keepdim: spread(g, x_shape, dim, keepdim)],
    [lambda t, dim, keepdim: sum_over(t, dim=dim, keepdim=keepdim)],
)
sum_all = declare("sum", _sum_all, [lambda g, x_shape: expand_to(g, shape=x_shape)], [lambda t: sum_all(t)])


def _mean(x, *, dim=None, keepdim=False):
    if x.dtype.itemsize == 2:  # a sum in float16 may overflow where the mean does not
        return _mean(x.astype("float32"), dim=dim, keepdim=keepdim).astype(x.dtype)
    return kernels.true_divide(_sum(x, dim=dim, keepdim=keepdim), count(x.shape, dim), out=...)


mean_over = declare(
    "mean",
    _mean,
    [lambda g, x_shape, dim, keepdim: spread(g / count(x_shape, dim), x_shape, dim, keepdim)],
    [lambda t, dim, keepdim: mean_over(t, dim=dim, keepdim=keepdim)],
)

_logsumexp = declare(
    "logsumexp",
    lambda x, *, dim, keepdim: kernels.logsumexp(x, dim, keepdim),
    [lambda g, x, y, dim, keepdim: unfold(g, x.shape, dim, keepdim) * exp(x - unfold(y, x.shape, dim, keepdim))],
    [lambda t, x, y, dim, keepdim: sum_over(t * exp(x - unfold(y, x.shape, dim, keepdim)), dim=dim, keepdim=keepdim)],
)

_all = declare("all", lambda x, *, dim, keepdim: kernels.all(x, dim, keepdim), [None], [None])
_any = declare("any", lambda x, *, dim, keepdim: kernels.any(x, dim, keepdim), [None], [None])
_count_nonzero = declare(
    "count_nonzero", lambda x, *, dim, keepdim: kernels.count_nonzero(x, dim, keepdim), [None], [None]
)


@public()
def sum(x, dim=None, keepdim=False, *, dtype=None, **numpy):
    """Sum.

        y[i] = Σ_j x[i, j]

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of ints, optional
        The dims j; all if None. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `x` to it first. Without it booleans and integers are summed in int64.

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If a dim is named twice.

    Examples
    --------
    >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    tensor([4., 6.])
    """
    if dim is None and dtype is None and not keepdim and not numpy:
        return sum_all(x)
    if numpy:
        return sum(x, **{"dim": dim, "keepdim": keepdim, "dtype": dtype, **torch_names("sum", numpy)})
    if dtype is not None:
        x = cast(x, dtype)
    if dim.__class__ is not int or not 0 <= dim < len(x.shape):
        dim = reduced("sum", dim, len(x.shape))
    return sum_over(x, dim=dim, keepdim=keepdim)


@public()
def mean(x, dim=None, keepdim=False, *, dtype=None, **numpy):
    """Mean.

        y[i] = 1/n Σ_j x[i, j]

    Parameters
    ----------
    x, dim, keepdim, dtype
        As for `sum`.

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If `x` is not floating and no floating `dtype` is given.

    Notes
    -----
    The mean of nothing is NaN.

    Examples
    --------
    >>> tg.tensor([[1.0, 2.0], [3.0, 4.0]]).mean(dim=1, keepdim=True)
    tensor([[1.5000],
            [3.5000]])
    """
    if numpy:
        return mean(x, **{"dim": dim, "keepdim": keepdim, "dtype": dtype, **torch_names("mean", numpy)})
    if dtype is not None:
        x = cast(x, dtype)
    if x.dtype.kind != "f":
        want_floats("mean", x)
    if dim is not None:
        dim = reduced("mean", dim, len(x.shape))
    return mean_over(x, dim=dim, keepdim=keepdim)


@public()
def nansum(x, dim=None, keepdim=False, *, dtype=None, **numpy):
    """`sum` of what is not NaN, to which alone the gradient goes."""
    return sum(_without_nan(x), dim, keepdim, dtype=dtype, **numpy)


@public()
def nanmean(x, dim=None, keepdim=False, *, dtype=None, **numpy):
    """`mean` of what is not NaN, to which alone the gradient goes; NaN where nothing is left."""
    want_floats("nanmean", x)
    total = nansum(x, dim, keepdim, dtype=dtype, **numpy)
    return divide(total, sum(x == x, dim, keepdim, **numpy))


def _without_nan(x):
    return where(x != x, 0, x) if x.dtype.kind == "f" else x


@public()
def logsumexp(x, dim=None, keepdim=False, **numpy):
    """Logarithm of a sum of exponentials, without overflow.

        y[i] = log Σ_j e^x[i, j]

    Parameters
    ----------
    x : Tensor or array
        Integers are taken in the default dtype.
    dim, keepdim
        As for `sum`, with the same errors.

    Notes
    -----
    -∞ for a row of nothing but -∞ and for an empty one.

    Examples
    --------
    >>> tg.logsumexp(tg.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """
    if numpy:
        return logsumexp(x, **{"dim": dim, "keepdim": keepdim, **torch_names("logsumexp", numpy)})
    return _logsumexp(in_floats(x), dim=reduced("logsumexp", dim, len(x.shape)), keepdim=keepdim)


@public()
def all(x, dim=None, keepdim=False, **numpy):
    """Tell where no element is zero; parameters and errors as for `sum`.

    Returns
    -------
    Tensor or array, bool
        uint8 for uint8.
    """
    return _truth("all", _all, x, dim, keepdim, numpy)


@public()
def any(x, dim=None, keepdim=False, **numpy):
    """Tell where some element is not zero (NaN is not); parameters, result and errors as for `all`."""
    return _truth("any", _any, x, dim, keepdim, numpy)


@public()
def count_nonzero(x, dim=None, keepdim=False, **numpy):
    """Count the elements that are not zero, in int64; parameters and errors as for `sum`."""
    return _counted("count_nonzero", _count_nonzero, x, dim, keepdim, numpy)


def _truth(op, primitive, x, dim, keepdim, numpy):
    return cast(_counted(op, primitive, x, dim, keepdim, numpy), uint8 if x.dtype == uint8 else bool_)


def _counted(op, primitive, x, dim, keepdim, numpy):
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, **torch_names(op, numpy)}
        dim, keepdim = given["dim"], given["keepdim"]
    return primitive(x, dim=reduced(op, dim, len(x.shape)), keepdim=keepdim)
