"""Sorting, and what is found by it."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .._dtypes import complex64, complex128, float32, float64
from ..ops import FUNCTIONS
from .protocol import HANDLED, into, tensor_of

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _along(a, axis):
    """What a function of one axis works on: all elements in a row for `axis=None`."""
    return (a.reshape(-1), 0) if axis is None else (a, axis)


def _sort(a, axis=-1, kind=None, order=None, *, stable=None):
    return FUNCTIONS["sort"](*_along(a, axis))[0]


def _argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    return FUNCTIONS["argsort"](*_along(a, axis))


def _sort_complex(a):
    """By the real parts, then by the imaginary ones; as complex numbers."""
    x = FUNCTIONS["take_along_dim"](a, tensor_of(np.argsort(a.detach().numpy(), axis=-1, kind="stable")), -1)
    short = x.dtype.kind in "iu" and x.dtype.itemsize <= 2
    return x if x.dtype.kind == "c" else x.to(complex64 if short or x.dtype == float32 else complex128)


def _partition(a, kth, axis=-1, kind="introselect", order=None):
    return _sort(a, axis)


def _argpartition(a, kth, axis=-1, kind="introselect", order=None):
    return _argsort(a, axis)


def _rows(op: str, a, axis):
    """Join the axes asked for to one, behind the others; and the shape that `keepdims` wants."""
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim, f"[np.{op}] axis")
    kept = [i for i in range(a.ndim) if i not in axes]
    rows = a.permute(*kept, *axes).reshape(*(a.shape[i] for i in kept), int(np.prod([a.shape[i] for i in axes])))
    return rows, [1 if i in axes else n for i, n in enumerate(a.shape)]


def _middle(op: str, a, axis, out, keepdims, drop_nans: bool):
    """The mean of the two in the middle; NaN is the largest number, so it shows at the end of a row."""
    rows, shape = _rows(op, a, axis)
    if drop_nans:
        rows = _floating(rows)
        low, high = (FUNCTIONS["nanquantile"](rows, 0.5, dim=-1, interpolation=one) for one in ("lower", "higher"))
        y = (low + high) / 2
    else:
        s, n = FUNCTIONS["sort"](rows, -1)[0], rows.shape[-1]
        last = s[..., -1]
        y = FUNCTIONS["where"](last != last, last, _floating(s[..., (n - 1) // 2 : n // 2 + 1]).mean(-1))
    return into(out, y.reshape(*shape) if keepdims is not np._NoValue and keepdims else y)


def _median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _middle("median", a, axis, out, keepdims, False)


def _nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _middle("nanmedian", a, axis, out, keepdims, True)


def _floating(x):
    return x if x.is_floating_point() else x.to(float64)


def _share(op: str, ours: str, scale: float):
    """Quantiles for any axes and any shape of `q`, whose axes come first."""

    def find(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
        x, q = _floating(tensor_of(a)), tensor_of(q)
        rows, shape = _rows(op, x, axis)
        share = (q.to(rows.dtype) / scale).reshape(-1)
        if weights is None and method in _METHODS:
            y = FUNCTIONS[ours](rows, share, dim=-1, interpolation=method)
        elif share.requires_grad or (weights is not None and ours == "nanquantile"):
            what = "`weights`" if weights is not None else f"`method` (={method!r}, not one of {', '.join(_METHODS)})"
            tracked = " with a tracked `q`" if share.requires_grad else ""
            raise TypeError(f"[np.{op}] {what} is not supported on tensors{tracked}")
        elif ours == "nanquantile":
            y = _of_numbers(rows, share.numpy(), method)
        else:
            y = _by_rank(rows, share.numpy(), method, None if weights is None else _weights(op, weights, x, axis))
        kept = shape if keepdims is not np._NoValue and keepdims else rows.shape[:-1]
        return into(out, y.reshape(*q.shape, *kept))

    return find


def _by_rank(rows, share, method, weights):
    """Quantiles as NumPy places them among the sorted elements: what it answers for the numbers 0, 1, … in their place.

    Of weighted rows these numbers are the ranks of the elements.
    """
    ordered = FUNCTIONS["sort"](rows)[0]
    if weights is None:
        place = np.quantile(np.arange(rows.shape[-1], dtype=float), share, method=method)
        low, part = np.floor(place).astype(int), place - np.floor(place)
        least, next_one = ordered[..., low], ordered[..., np.ceil(place).astype(int)]
        between = FUNCTIONS["lerp"](least, next_one, tensor_of(part.astype(rows.dtype)))
        y = FUNCTIONS["where"](tensor_of(part == 0), least, between)
    else:
        ranks = rows.detach().numpy().argsort(-1, "stable").argsort(-1).astype(float)
        place = np.quantile(ranks, share, axis=-1, method=method, weights=weights)
        y = FUNCTIONS["take_along_dim"](ordered, tensor_of(np.moveaxis(place, 0, -1).astype(int)), -1)
    last = ordered[..., -1:]  # NaN if there is one in the row
    return FUNCTIONS["where"](last.isnan(), last, y).moveaxis(-1, 0)


def _of_numbers(rows, share, method):
    """The same of what is not NaN: NaN stand behind the numbers, so rows of as many numbers have the same places."""
    counts = np.count_nonzero(~np.isnan(rows.detach().numpy()), -1)
    place = np.zeros((*counts.shape, len(share)))
    for n in np.unique(counts[counts > 0]):
        place[counts == n] = np.quantile(np.arange(n, dtype=float), share, method=method)
    ordered = FUNCTIONS["sort"](rows)[0]
    ends = [f(place).astype(int) for f in (np.floor, np.ceil)]
    least, next_one = (FUNCTIONS["take_along_dim"](ordered, tensor_of(end), -1) for end in ends)
    part = place - ends[0]
    between = FUNCTIONS["lerp"](least, next_one, tensor_of(part.astype(rows.dtype)))
    return FUNCTIONS["where"](tensor_of(part == 0), least, between).moveaxis(-1, 0)


def _weights(op: str, weights, x, axis):
    """Weights in the layout of `_rows`; 1-D ones belong to a single axis."""
    w = tensor_of(weights).detach()
    if w.shape != x.shape:
        if not isinstance(axis, int) or w.shape != (x.shape[axis],):
            raise TypeError(f"[np.{op}] `weights` (shape {tuple(w.shape)}) must have the shape of `a`, or fit one axis")
        w = w.reshape(-1, *(1,) * (x.ndim - 1 - axis % x.ndim)).expand(*x.shape)
    return _rows(op, w, axis)[0].numpy()


HANDLED.update(
    {
        np.argpartition: _argpartition,
        np.argsort: _argsort,
        np.median: _median,
        np.nanmedian: _nanmedian,
        np.nanpercentile: _share("nanpercentile", "nanquantile", 100.0),
        np.nanquantile: _share("nanquantile", "nanquantile", 1.0),
        np.partition: _partition,
        np.percentile: _share("percentile", "quantile", 100.0),
        np.quantile: _share("quantile", "quantile", 1.0),
        np.sort: _sort,
        np.sort_complex: _sort_complex,
    }
)
