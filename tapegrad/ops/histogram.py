"""Counting: how many elements fall into each bin.

Counts are steps in the elements: they have no derivative there. In the weights they are a sum, and `bincount`,
`histogram` and `histogramdd` are differentiable in them.

    y[b] = Σ_{i in bin b} w[i]          transpose: w[i] = g[bin of i]
"""

from collections import namedtuple
from math import isfinite
from operator import index

from .. import kernels
from .._dtypes import float64, int64
from .._tape import Tensor, plain
from ._registry import public
from .cast import cast
from .indexing import add_at
from .reduce import sum_over
from .region import array_of, constant
from .shape import reshape

_Histogram, _Histogramdd = (namedtuple(name, ("hist", "bin_edges")) for name in ("histogram", "histogramdd"))


def _counted(bins: int, at, weights):
    """The sum of the weights at each of the places `at`, an array; of ones in int64 without weights."""
    if weights is None:
        weights = kernels.ones(at.shape, int64, like=at)
    return add_at(weights, constant(weights, at), shape=(bins,), index=(at.shape,))


@public()
def bincount(x, weights=None, minlength=0):
    """Count how often each number is there.

        y[b] = Σ_{x[i] = b} weights[i]

    Parameters
    ----------
    x : integer Tensor or array, (N,)
        Not negative.
    weights : Tensor or array, (N,), optional
        1 each without them. The answer is differentiable in them (PyTorch's is not).
    minlength : int
        Answer at least so many counts.

    Returns
    -------
    Tensor or array, (max(max(x) + 1, minlength),)
        int64; with weights floating.

    Raises
    ------
    RuntimeError
        If `x` is not 1-D, of non-negative integers, or `weights` or `minlength` do not fit.

    Examples
    --------
    >>> tg.bincount(tg.tensor([0, 2, 2]), minlength=4)
    tensor([1, 0, 2, 0])
    """
    array = array_of(x)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise RuntimeError(f"[bincount] `x` (dtype {array.dtype}, shape {array.shape}) must be 1-D integers")
    if index(minlength) < 0:
        raise RuntimeError(f"[bincount] `minlength` (={minlength}) must not be negative")
    if array.size and bool(kernels.any(array < 0)):
        raise RuntimeError("[bincount] `x` must not hold negative numbers")
    if weights is not None:
        if weights.shape != x.shape:
            raise RuntimeError(f"[bincount] `weights` (shape {tuple(weights.shape)}) must have the shape {array.shape}")
        if weights.dtype.kind not in "biuf":
            raise RuntimeError(f"[bincount] `weights` (dtype {weights.dtype}) must be real")
        weights = weights if weights.dtype.kind == "f" else cast(weights, float64)
    bins = max(int(kernels.to_numpy(kernels.max(array))) + 1 if array.size else 0, index(minlength))
    y = _counted(bins, array.astype(int64), weights)
    return plain(y) if weights is None and isinstance(x, Tensor) else y


@public()
def histc(x, bins=100, min=0, max=0):
    """Count the elements in `bins` equal parts of the interval from `min` to `max`, both included.

    Parameters
    ----------
    x : floating Tensor or array
    bins : int
    min, max : number
        If equal, the least and the greatest element take their place. What lies outside is not counted, nor is NaN.

    Returns
    -------
    Tensor or array, (bins,), in the dtype of `x`

    Raises
    ------
    RuntimeError
        If `bins` is not positive, `max` < `min`, an end is not finite, or `x` is not floating.
    """
    array = array_of(x)
    _check_floats("histc", "x", array)
    if index(bins) < 1:
        raise RuntimeError(f"[histc] `bins` (={bins}) must be positive")
    low, high = _interval("histc", array, min, max)
    edges = kernels.linspace(low, high, bins + 1, array.dtype, like=array)
    flat = array.reshape((-1,))
    y = _counted(index(bins), *_inside(_bins_of(flat, edges), bins, None)).astype(array.dtype)
    return constant(x, y)


@public()
def histogram(x, bins=100, *, range=None, weight=None, density=False):
    """Count the elements between edges; the last bin includes both of its own.

    Parameters
    ----------
    x : floating Tensor or array
    bins : int, or 1-D Tensor or array
        How many equal bins, or their edges, ascending.
    range : (number, number), optional
        Where equal bins begin and end; the least and the greatest element without it.
    weight : Tensor or array, x.shape, optional
        What each element counts: 1 without it. The answer is differentiable in it (PyTorch's is not).
    density : bool
        Divide by the total and by the widths of the bins.

    Returns
    -------
    hist, bin_edges
        A named pair in the dtype of `x`, (bins,) and (bins + 1,).

    Raises
    ------
    RuntimeError
        If the arguments do not fit each other.
    """
    array = array_of(x)
    _check_floats("histogram", "x", array)
    edges = _edges("histogram", array, bins, range)
    _check_weight("histogram", array, array.shape, weight)
    n = edges.shape[0] - 1
    at, weights = _inside(_bins_of(array.reshape((-1,)), edges), n, weight)
    return _Histogram(*_as_asked(x, _counted(n, at, weights), [edges], (n,), density, weight))


@public(method=False)
def histogramdd(x, bins, range=None, weight=None, density=False):
    """Count points between edges in several dimensions; the last bins include both of their edges.

    Parameters
    ----------
    x : floating Tensor or array, (…, D)
        D coordinates for each point.
    bins : int, D ints, or D 1-D Tensors or arrays
        As for `histogram`, for each dimension.
    range : 2 D numbers, optional
        Least and greatest of each dimension, one after the other.
    weight : Tensor or array, (…), optional
    density : bool
        As for `histogram`.

    Returns
    -------
    hist, bin_edges
        A named pair: (bins[0], …, bins[D - 1]), and a tuple of D edges.

    Raises
    ------
    RuntimeError
        If the arguments do not fit each other.
    """
    array = array_of(x)
    _check_floats("histogramdd", "x", array)
    if array.ndim < 2:
        raise RuntimeError(f"[histogramdd] `x` (shape {array.shape}) must have at least two dimensions")
    d = array.shape[-1]
    given = [bins] * d if hasattr(bins, "__index__") and not getattr(bins, "shape", ()) else list(bins)
    if len(given) != d:
        raise RuntimeError(f"[histogramdd] `bins` ({len(given)} given) must have one for each of {d} dimensions")
    if range is not None and len(range) != 2 * d:
        raise RuntimeError(f"[histogramdd] `range` ({len(range)} numbers) must have two for each of {d} dimensions")
    _check_weight("histogramdd", array, array.shape[:-1], weight)
    points = array.reshape((array.size // max(d, 1), d))
    edges, place, outside = [], None, None
    for k, one in enumerate(given):
        column = points[:, k]
        edges.append(_edges("histogramdd", column, one, None if range is None else range[2 * k : 2 * k + 2]))
        n = edges[-1].shape[0] - 1
        at = _bins_of(column, edges[-1])
        lost = (at < 0) | (at >= n)
        place, outside = (at, lost) if place is None else (place * n + at, outside | lost)
    shape = tuple(e.shape[0] - 1 for e in edges)
    bins = 1
    for n in shape:
        bins *= n
    at, weights = _inside(kernels.where(outside, -1, place), bins, weight)
    hist, *edges = _as_asked(x, _counted(bins, at, weights), edges, shape, density, weight)
    return _Histogramdd(hist, tuple(edges))


def _check_floats(op: str, name: str, array) -> None:
    if array.dtype.kind != "f":
        raise RuntimeError(f"[{op}] `{name}` (dtype {array.dtype}) must be floating")


def _check_weight(op: str, array, shape: tuple, weight) -> None:
    if weight is None:
        return
    if tuple(weight.shape) != tuple(shape):
        raise RuntimeError(f"[{op}] `weight` (shape {tuple(weight.shape)}) must have the shape {tuple(shape)}")
    if weight.dtype != array.dtype:
        raise RuntimeError(f"[{op}] `weight` (dtype {weight.dtype}) must have the dtype {array.dtype} of `x`")


def _interval(op: str, array, low, high) -> tuple:
    """Where bins begin and end; of equal ends those of the elements, and one more to each side if these are equal."""
    if high < low:
        raise RuntimeError(f"[{op}] `max` (={high}) must not be less than `min` (={low})")
    if low == high and array.size:
        low, high = (float(kernels.to_numpy(f(array))) for f in (kernels.min, kernels.max))
    if not (isfinite(low) and isfinite(high)):
        raise RuntimeError(f"[{op}] `min` (={low}) and `max` (={high}) must be finite, and so must the elements be")
    return (low - 1, high + 1) if low == high else (low, high)


def _edges(op: str, array, bins, span):
    """The edges that `bins` and `range` say, in the dtype of the elements."""
    if hasattr(bins, "__index__") and not getattr(bins, "shape", ()):
        if index(bins) < 1:
            raise RuntimeError(f"[{op}] `bins` (={bins}) must be positive")
        if span is not None and (len(span) != 2 or span[1] < span[0]):
            raise RuntimeError(f"[{op}] `range` (={tuple(span)}) must be two numbers in order")
        low, high = _interval(op, array, *((0, 0) if span is None else span))
        return kernels.linspace(low, high, index(bins) + 1, array.dtype, like=array)
    if span is not None:
        raise RuntimeError(f"[{op}] `range` (={tuple(span)}) must not be given with edges")
    edges = array_of(bins)
    if edges.ndim != 1 or edges.shape[0] < 2:
        raise RuntimeError(f"[{op}] `bins` (shape {tuple(edges.shape)}) must be an int or at least two edges, 1-D")
    if edges.dtype != array.dtype:
        raise RuntimeError(f"[{op}] `bins` (dtype {edges.dtype}) must have the dtype {array.dtype} of `x`")
    return edges


def _bins_of(values, edges):
    """The bin of each value, -1 or the number of bins where it has none; the last edge belongs to the last bin."""
    at, n = kernels.searchsorted(edges, values, True) - 1, edges.shape[0] - 1
    return kernels.where(values == edges[-1:], n - 1, at)


def _inside(at, bins: int, weights):
    """The places that exist, and the weights there."""
    kept = kernels.nonzero((at >= 0) & (at < bins))[0]
    if weights is not None:
        weights = reshape(weights, -1)[constant(weights, kept)]
    return kernels.take(at, (kept,)), weights


def _as_asked(x, counts, edges: list, shape: tuple, density: bool, weight):
    """The counts in their shape, as densities if wanted, and the edges; Tensors beside a Tensor."""
    y = cast(counts, edges[0].dtype)
    y = reshape(plain(y) if isinstance(x, Tensor) and weight is None else y, shape)
    if density:
        y = y / sum_over(y, dim=None, keepdim=False)
        for k, e in enumerate(edges):
            widths = (e[1:] - e[:-1]).reshape((-1, *(1,) * (len(shape) - k - 1)))
            y = y / constant(y, widths)
    return y, *(constant(x, e) for e in edges)
