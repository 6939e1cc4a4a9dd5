"""Norms of vectors.

    y = (Σ_j |x[j]|^p)^(1/p),   ∂y/∂x[j] = sign(x[j]) (|x[j]| / y)^(p-1)

with its limits p = ∞ (the largest), -∞ (the smallest) and 0 (how many are not zero). Kinks have slope 0, above all the
norm of nothing but zeros.
"""

from math import inf

from .. import kernels
from .._tape import declare, unary
from ._operands import level
from ._reduced import not_empty, reduced, unfold, want_floats
from ._registry import public, torch_names
from .cast import cast
from .extrema import _amax, _amin
from .parts import absolute, sign
from .reduce import sum_over
from .selection import where

_is_some = unary("ne", lambda x: kernels.not_equal(x, 0).astype(x.dtype), level)


def _over(v, y):
    """`v / y`, 0 where `y` is."""
    nothing = y == 0
    return where(nothing, 0, v / where(nothing, 1, y))


def _euclidean(x, *, dim, keepdim):
    return kernels.sqrt(kernels.sum(x * x, dim, keepdim), out=...)


_norm2 = declare(
    "linalg_vector_norm",
    _euclidean,
    [lambda g, x, y, dim, keepdim: x * unfold(_over(g, y), x.shape, dim, keepdim)],
    [lambda t, x, y, dim, keepdim: _over(sum_over(x * t, dim=dim, keepdim=keepdim), y)],
)


def _power_sum(x, *, p, dim, keepdim):
    return kernels.power(kernels.sum(kernels.absolute(x) ** p, dim, keepdim), 1 / p, out=...)


def _slope(x, y, p, dim, keepdim):
    """sign(x) (|x| / y)^(p-1), 0 where x or y is."""
    size = absolute(x)
    kink = (size == 0) | unfold(y == 0, x.shape, dim, keepdim)
    ratio = where(kink, 1, size) / unfold(where(y == 0, 1, y), x.shape, dim, keepdim)
    return where(kink, 0, sign(x) * ratio ** (p - 1))


_norm_p = declare(
    "linalg_vector_norm",
    _power_sum,
    [lambda g, x, y, p, dim, keepdim: unfold(g, x.shape, dim, keepdim) * _slope(x, y, p, dim, keepdim)],
    [lambda t, x, y, p, dim, keepdim: sum_over(t * _slope(x, y, p, dim, keepdim), dim=dim, keepdim=keepdim)],
)


@public(function=False, method=False)
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None, **numpy):
    """Norm of vectors.

        y[i] = (Σ_j |x[i, j]|^ord)^(1/ord)

    Parameters
    ----------
    x : Tensor or array, floating or complex
    ord : number
        2 by default; ∞ and -∞ are the largest and the smallest absolute value, 0 counts what is not zero.
    dim : int or tuple of ints, optional
        The dims j; all if None. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `x` to it first.

    Raises
    ------
    IndexError
        If there is no such dim, or no smallest or largest of nothing.
    RuntimeError
        If `x` is not floating, or a dim is named twice.

    Notes
    -----
    Kink: the gradient of a norm at 0 is 0.

    Examples
    --------
    >>> tg.norm(tg.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, **torch_names("norm", numpy)}
        return vector_norm(x, ord, given["dim"], given["keepdim"], dtype=dtype)
    if dtype is not None:
        x = cast(x, dtype)
    want_floats("norm", x)
    if x.dtype.kind == "c":
        x = absolute(x)
    dim = reduced("norm", dim, len(x.shape))
    if ord == 2:
        return _norm2(x, dim=dim, keepdim=keepdim)
    if ord == 1:
        return sum_over(absolute(x), dim=dim, keepdim=keepdim)
    if ord in (inf, -inf):
        not_empty("norm", x.shape, dim)
        return (_amax if ord > 0 else _amin)(absolute(x), dim=dim, keepdim=keepdim)
    if ord == 0:
        return sum_over(_is_some(x), dim=dim, keepdim=keepdim)
    return _norm_p(x, p=float(ord), dim=dim, keepdim=keepdim)
