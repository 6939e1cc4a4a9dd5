"""Variance and standard deviation.

    v = 1/(n - c) Σ_j (x[j] - m)²,   ∂v/∂x[j] = 2/(n - c) (x[j] - m)

The mean m adds nothing to the slope: the deviations sum to zero. c is `correction`: 1 is the unbiased estimate.
"""

from .. import kernels
from .._tape import declare
from ._reduced import count, reduced, unfold, want_floats
from ._registry import public, torch_names
from .arithmetic import add
from .elementwise import sqrt
from .parts import imag, real
from .reduce import mean, mean_over, sum_over
from .selection import where


def _deviations(x, dim):
    return x - mean_over(x, dim=dim, keepdim=True)


def _freedom(shape, dim, correction):
    return max(0, count(shape, dim) - correction)


def _variance(x, *, dim, keepdim, correction):
    d = _deviations(x, dim)
    return kernels.true_divide(kernels.sum(d * d, dim, keepdim), _freedom(x.shape, dim, correction), out=...)


def _slope(x, dim, correction):
    """(x - m) / (n - c): half the slope of the variance, and the slope of the deviation times the deviation."""
    return _deviations(x, dim) / _freedom(x.shape, dim, correction)


def _over(v, y):
    """`v / y`, 0 where `y` is: the deviation of equal numbers has a kink there."""
    flat = y == 0
    return where(flat, 0, v / where(flat, 1, y))


_var = declare(
    "var",
    _variance,
    [lambda g, x, dim, keepdim, correction: unfold(g + g, x.shape, dim, keepdim) * _slope(x, dim, correction)],
    [lambda t, x, dim, keepdim, correction: sum_over((t + t) * _slope(x, dim, correction), dim=dim, keepdim=keepdim)],
)

_std = declare(
    "std",
    lambda x, *, dim, keepdim, correction: kernels.sqrt(
        _variance(x, dim=dim, keepdim=keepdim, correction=correction), out=...
    ),
    [lambda g, x, y, dim, keepdim, correction: unfold(_over(g, y), x.shape, dim, keepdim) * _slope(x, dim, correction)],
    [
        lambda t, x, y, dim, keepdim, correction: _over(
            sum_over(t * _slope(x, dim, correction), dim=dim, keepdim=keepdim), y
        )
    ],
)


@public()
def var(x, dim=None, unbiased=None, keepdim=False, *, correction=None, **numpy):
    """Variance.

        y[i] = 1/(n - c) Σ_j (x[i, j] - mean[i])²

    Parameters
    ----------
    x : Tensor or array, floating or complex
        Of complex numbers it is the sum of the variances of their parts.
    dim : int or tuple of ints, optional
        The dims j, of n elements in all; all dims if None. NumPy's `axis`, too.
    unbiased : bool, optional
        Another way to say `correction` 1 or 0.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    correction : int
        c, 1 by default (unlike NumPy's, whose `ddof` it is).

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If `x` is not floating, or a dim is named twice.
    TypeError
        If both `unbiased` and `correction` are given.

    Notes
    -----
    With no degree of freedom left, NaN or ∞.

    Examples
    --------
    >>> tg.var(tg.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return _spread("var", _var, x, dim, unbiased, keepdim, correction, numpy)


@public()
def std(x, dim=None, unbiased=None, keepdim=False, *, correction=None, **numpy):
    """Standard deviation: the square root of `var`, with its parameters and errors.

    Notes
    -----
    Kink: the gradient is 0 where the deviation is 0.

    Examples
    --------
    >>> tg.std(tg.tensor([1.0, 3.0]), correction=0)
    tensor(1.)
    """
    return _spread("std", _std, x, dim, unbiased, keepdim, correction, numpy)


@public(method=False)
def var_mean(x, dim=None, unbiased=None, keepdim=False, *, correction=None, **numpy):
    """`var` and `mean` as a pair."""
    dim, unbiased, keepdim, correction = _given("var_mean", dim, unbiased, keepdim, correction, numpy)
    return var(x, dim, unbiased, keepdim, correction=correction), mean(x, dim, keepdim)


@public(method=False)
def std_mean(x, dim=None, unbiased=None, keepdim=False, *, correction=None, **numpy):
    """`std` and `mean` as a pair."""
    dim, unbiased, keepdim, correction = _given("std_mean", dim, unbiased, keepdim, correction, numpy)
    return std(x, dim, unbiased, keepdim, correction=correction), mean(x, dim, keepdim)


def _spread(op, primitive, x, dim, unbiased, keepdim, correction, numpy):
    dim, unbiased, keepdim, correction = _given(op, dim, unbiased, keepdim, correction, numpy)
    want_floats(op, x)
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    dim = reduced(op, dim, len(x.shape))
    if x.dtype.kind == "c":
        v = (_var(part, dim=dim, keepdim=keepdim, correction=correction) for part in (real(x), imag(x)))
        return add(*v) if primitive is _var else sqrt(add(*v))
    return primitive(x, dim=dim, keepdim=keepdim, correction=correction)


def _given(op, dim, unbiased, keepdim, correction, numpy):
    """The arguments in PyTorch's words; `var(x, False)` says `unbiased`."""
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, "correction": correction, **torch_names(op, numpy)}
        dim, keepdim, correction = given["dim"], given["keepdim"], given["correction"]
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"[{op}] `unbiased` (={unbiased}) and `correction` (={correction}) say the same: give one")
    return dim, unbiased, keepdim, correction
