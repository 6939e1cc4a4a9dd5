"""Sorting, and what is found by it: the order has no derivative, reading in that order is a `gather`."""

from collections import namedtuple
from operator import index as integer

from .. import kernels
from .._dtypes import int64
from .._tape import declare
from ._dims import dim_of
from ._reduced import not_empty
from ._registry import public, torch_names
from .cast import cast
from .gather import gather
from .reduce import sum_over
from .region import array_of, constant
from .selection import where
from .shape import _view, as_row
from .split import narrow

_PAIR = ("values", "indices")
_Sort, _Topk, _Kth = (namedtuple(name, _PAIR) for name in ("sort", "topk", "kthvalue"))
_Median, _Nanmedian, _Mode = (namedtuple(name, _PAIR) for name in ("median", "nanmedian", "mode"))

_order = declare("argsort", lambda x, *, dim, descending: kernels.argsort(x, dim, descending), [None], [None])
_leading = declare(
    "topk", lambda x, *, dim, k, descending: kernels.leading(x, dim, k, descending), [None], [None]
)
_middle_place = declare(
    "median_place", lambda x, *, dim, ignore_nan: kernels.middle(x, dim, ignore_nan), [None], [None]
)
_commonest = declare("mode", lambda x, *, dim: kernels.mode(x, dim), [None], [None])


@public()
def sort(x, dim=-1, descending=False, stable=False, **numpy):
    """Sort along an axis.

        values[i] = x[indices[i]],   values[0] ≤ values[1] ≤ …

    Parameters
    ----------
    x : Tensor or array
    dim : int
        NumPy's `axis`, too.
    descending : bool
    stable : bool
        Equals keep their order in any case.

    Returns
    -------
    values, indices
        A named pair; `indices` is int64.

    Raises
    ------
    IndexError
        If there is no such dim.

    Notes
    -----
    NaN counts as the largest number. O(n log n).

    Examples
    --------
    >>> tg.sort(tg.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    if numpy:
        dim = torch_names("sort", numpy).get("dim", dim)
    if not x.shape:
        dim_of("sort", dim, 0)
        return _Sort(*as_row(sort, x))
    index = argsort(x, dim, descending)
    return _Sort(gather(x, dim, index), index)


@public()
def argsort(x, dim=-1, descending=False, stable=False):
    """Find the order along an axis: the `indices` of `sort`."""
    d = dim_of("argsort", dim, len(x.shape))
    if not x.shape:
        return as_row(argsort, x)
    return _order(x, dim=d, descending=bool(descending))


@public()
def msort(x):
    """Sort along the first axis."""
    return sort(x, 0)[0]


@public()
def topk(x, k, dim=-1, largest=True, sorted=True):
    """Find the k largest (or smallest) along an axis, in order.

    Parameters
    ----------
    x : Tensor or array
    k : int
    dim : int
    largest : bool
    sorted : bool
        They are in order in any case.

    Returns
    -------
    values, indices
        A named pair; among equals the first come first.

    Raises
    ------
    RuntimeError
        If there are fewer than k.
    IndexError
        If there is no such dim.
    """
    d = dim_of("topk", dim, len(x.shape))
    n = x.shape[d] if x.shape else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"[topk] `k` (={k}) must lie in 0 … {n}, the size of `x` along dim {d}")
    if not x.shape:
        return _Topk(*as_row(topk, x, k)) if k else _Topk(*(narrow(_view(y, shape=(1,)), 0, 0, 0) for y in sort(x)))
    index = _leading(x, dim=d, k=integer(k), descending=bool(largest))
    return _Topk(gather(x, d, index), index)


@public()
def kthvalue(x, k, dim=-1, keepdim=False):
    """Find the k-th smallest along an axis, counted from 1; NaN is the largest.

    Parameters
    ----------
    x : Tensor or array
    k : int
    dim : int
    keepdim : bool
        Keep the axis with length 1.

    Returns
    -------
    values, indices
        A named pair.

    Raises
    ------
    RuntimeError
        If there are fewer than k.
    IndexError
        If there is no such dim.
    """
    d = dim_of("kthvalue", dim, len(x.shape))
    n = x.shape[d] if x.shape else 1
    if not 1 <= k <= n:
        raise RuntimeError(f"[kthvalue] `k` (={k}) must lie in 1 … {n}, the size of `x` along dim {d}")
    if not x.shape:
        return _Kth(*as_row(kthvalue, x, k))
    index = narrow(_leading(x, dim=d, k=integer(k), descending=False), d, k - 1, 1)
    return _picked(_Kth, x, d, index, keepdim)


def _picked(pair, x, dim, index, keepdim):
    """The elements at an index that has length 1 along `dim`, and the index."""
    y = gather(x, dim, index)
    if not keepdim:
        shape = y.shape[:dim] + y.shape[dim + 1 :]
        y, index = _view(y, shape=shape), _view(index, shape=shape)
    return pair(y, index)


# ---------------------------------------------------------------------------------------- medians and modes


def _equals(x, y):
    """Where `x` is `y`, or NaN like it; and how often."""
    hit = (x == y) | ((x != x) & (y != y))
    return hit, cast(sum_over(hit, dim=None, keepdim=False), x.dtype)


def _to_equals(g, x, y):
    hit, times = _equals(x, y)
    return where(hit, g / times, 0)


def _of_equals(t, x, y):
    hit, times = _equals(x, y)
    return sum_over(where(hit, t / times, 0), dim=None, keepdim=False)


_median = declare("median", lambda x: kernels.median(x, False), [_to_equals], [_of_equals])
_nanmedian = declare("nanmedian", lambda x: kernels.median(x, True), [_to_equals], [_of_equals])


@public()
def median(x, dim=None, keepdim=False, **numpy):
    """Find the middle, the lower of two; NaN where there is one.

    Parameters
    ----------
    x : Tensor or array
    dim : int, optional
        Without it, the median of all elements. NumPy's `axis`, too.
    keepdim : bool
        Keep the axis with length 1.

    Returns
    -------
    Tensor or array; with `dim` a named pair (values, indices)

    Raises
    ------
    IndexError
        If there is no such dim, or nothing along it.

    Notes
    -----
    Kink: without `dim` equals share the gradient, with it the one that `indices` names gets it. `np.median(x)` is the
    mean of the two in the middle.
    """
    return _middle("median", _median, _Median, x, dim, keepdim, numpy)


@public()
def nanmedian(x, dim=None, keepdim=False, **numpy):
    """Find the middle of what is not NaN; else as `median`."""
    return _middle("nanmedian", _nanmedian, _Nanmedian, x, dim, keepdim, numpy)


def _middle(op, primitive, pair, x, dim, keepdim, numpy):
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, **torch_names(op, numpy)}
        dim, keepdim = given["dim"], given["keepdim"]
    if dim is None:
        return primitive(x)
    d = dim_of(op, dim, len(x.shape))
    if not x.shape:
        return pair(x, constant(x, kernels.zeros((), int64, like=array_of(x))))
    not_empty(op, x.shape, d)
    return _picked(pair, x, d, _middle_place(x, dim=d, ignore_nan=op == "nanmedian"), keepdim)


@public()
def mode(x, dim=-1, keepdim=False):
    """Find the commonest value along an axis, the smallest of several.

    Parameters
    ----------
    x : Tensor or array
    dim : int
    keepdim : bool
        Keep the axis with length 1.

    Returns
    -------
    values, indices
        A named pair; the last place of several.

    Raises
    ------
    IndexError
        If there is no such dim, or nothing along it.
    """
    d = dim_of("mode", dim, len(x.shape))
    if not x.shape:
        return _Mode(*as_row(mode, x))
    not_empty("mode", x.shape, d)
    return _picked(_Mode, x, d, _commonest(x, dim=d), keepdim)
