"""Products, and running sums and products.

The slope of a product is the product of all others. Dividing by the element would fail at zeros; here nothing is
divided, so any number of zeros is exact, for derivatives of every order.
"""

from .. import kernels
from .._dtypes import int64
from .._tape import declare
from ._dims import dim_of
from ._reduced import axes_of, count, reduced, unfold
from ._registry import public, torch_names
from .axes import permute, transpose
from .cast import cast
from .join import cat
from .rearrange import flip
from .reduce import sum_over
from .region import zeros
from .shape import _view, reshape


def before(y):
    """What a running product was before its last factor: 1, then y[0], y[1] and so on."""
    return cat([zeros(y, (*y.shape[:-1], min(y.shape[-1], 1))) + 1, y[..., :-1]], -1)


def _others(x):
    """The product of all others of each row: of those before, times those after."""
    last = len(x.shape) - 1
    after = flip(before(_cumprod(flip(x, last), dim=last)), last)
    return before(_cumprod(x, dim=last)) * after


def _slope(x, dim):
    """The product of all others among what is reduced over `dim`."""
    axes = axes_of(dim, len(x.shape))
    order = (*(d for d in range(len(x.shape)) if d not in axes), *axes)
    rows = permute(x, order)  # what is reduced comes last …
    flat = reshape(rows, (*rows.shape[: len(order) - len(axes)], count(x.shape, dim)))  # … as one axis
    return permute(reshape(_others(flat), rows.shape), tuple(sorted(range(len(order)), key=order.__getitem__)))


_prod = declare(
    "prod",
    lambda x, *, dim, keepdim: kernels.prod(x, dim, keepdim),
    [lambda g, x, dim, keepdim: unfold(g, x.shape, dim, keepdim) * _slope(x, dim)],
    [lambda t, x, dim, keepdim: sum_over(t * _slope(x, dim), dim=dim, keepdim=keepdim)],
)

# ---------------------------------------------------------------------------------------- running


def _backwards(g, dim):
    """The running sum from the end."""
    return flip(_cumsum(flip(g, dim), dim=dim), dim)


_cumsum = declare(
    "cumsum",
    lambda x, *, dim: kernels.cumsum(x, dim),
    [lambda g, dim: _backwards(g, dim)],
    [lambda t, dim: _cumsum(t, dim=dim)],
)


def _earlier(y):
    """What stood one place before, 0 before the first."""
    return cat([zeros(y, (*y.shape[:-1], min(y.shape[-1], 1))), y[..., :-1]], -1)


def later(g, a):
    """The transpose of a recurrence: s[i] = g[i] + a[i+1] s[i+1]."""
    after = cat([a[..., 1:], a[..., :1]], -1)
    return flip(recurrence(flip(after, -1), flip(g, -1)), -1)


# s[i] = a[i] s[i-1] + b[i] along the last axis
recurrence = declare(
    "recurrence",
    lambda a, b: kernels.recurrence(a, b),
    [lambda g, a, y: later(g, a) * _earlier(y), lambda g, a: later(g, a)],
    [lambda t, a, y: recurrence(a, t * _earlier(y)), lambda t, a: recurrence(a, t)],
)


def _cumprod_vjp(g, x, y, dim):
    """gx[i] = y[i-1] s[i], where s[i] = g[i] + x[i+1] s[i+1]."""
    g, x, y = (transpose(v, dim, -1) for v in (g, x, y))
    return transpose(before(y) * later(g, x), dim, -1)


def _cumprod_jvp(t, x, y, dim):
    """s[i] = x[i] s[i-1] + y[i-1] t[i]."""
    t, x, y = (transpose(v, dim, -1) for v in (t, x, y))
    return transpose(recurrence(x, before(y) * t), dim, -1)


_cumprod = declare("cumprod", lambda x, *, dim: kernels.cumprod(x, dim), [_cumprod_vjp], [_cumprod_jvp])

# ---------------------------------------------------------------------------------------- public


@public()
def prod(x, dim=None, keepdim=False, *, dtype=None, **numpy):
    """Product.

        y[i] = Π_j x[i, j]

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of ints, optional
        The dims j; all if None. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `x` to it first. Without it booleans and integers are multiplied in int64.

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If a dim is named twice.

    Notes
    -----
    The gradient is exact where there are zeros, too. An empty product is 1.

    Examples
    --------
    >>> tg.prod(tg.tensor([2.0, 3.0, 4.0]))
    tensor(24.)
    """
    if numpy:
        return prod(x, **{"dim": dim, "keepdim": keepdim, "dtype": dtype, **torch_names("prod", numpy)})
    return _prod(_summable(x, dtype), dim=reduced("prod", dim, len(x.shape)), keepdim=keepdim)


@public(in_place=True)
def cumsum(x, dim=None, *, dtype=None, **numpy):
    """Running sum.

        y[i] = Σ_{j ≤ i} x[j]

    Parameters
    ----------
    x : Tensor or array
    dim : int
        NumPy's `axis`, too.
    dtype : dtype, optional
        Cast `x` to it first. Without it booleans and integers are summed in int64.

    Raises
    ------
    TypeError
        If `dim` is missing.
    IndexError
        If there is no such dim.

    Examples
    --------
    >>> tg.cumsum(tg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 3., 6.])
    """
    return _running("cumsum", _cumsum, x, dim, dtype, numpy)


@public(in_place=True)
def cumprod(x, dim=None, *, dtype=None, **numpy):
    """Running product y[i] = Π_{j ≤ i} x[j], its gradient exact at zeros; the rest as for `cumsum`."""
    return _running("cumprod", _cumprod, x, dim, dtype, numpy)


def _running(op, primitive, x, dim, dtype, numpy):
    if numpy:
        dim = torch_names(op, numpy).get("dim", dim)
    if dim is None:
        raise TypeError(f"[{op}] `dim` must be given")
    d = dim_of(op, dim, len(x.shape))
    x = _summable(x, dtype)
    return primitive(x, dim=d) if x.shape else _view(primitive(_view(x, shape=(1,)), dim=0), shape=())


def _summable(x, dtype):
    """`x` in `dtype`; without one, booleans and integers in int64."""
    if dtype is not None:
        return cast(x, dtype)
    return cast(x, int64) if x.dtype.kind in "biu" else x
