"""Quantiles: sorted rows read at places between their elements."""

from .. import kernels
from .._dtypes import float32, float64, int64
from ._dims import dim_of
from ._operands import all_true
from ._registry import public, torch_names
from .axes import movedim
from .cast import cast
from .elementwise import ceil, floor, rint
from .gather import gather
from .order import sort
from .reduce import sum_over
from .region import array_of, constant
from .selection import where
from .shape import _view, expand_to


@public()
def quantile(x, q, dim=None, keepdim=False, *, interpolation="linear", **numpy):
    """Find what a share q of the numbers lies below.

        y = (1 - w) s[i] + w s[i + 1],   i + w = q (n - 1),   s sorted

    Parameters
    ----------
    x : Tensor or array, float32 or float64
    q : float, or 0-d or 1-D Tensor or array of the dtype of `x`
        In [0, 1].
    dim : int, optional
        Without it, of all elements. NumPy's `axis`, too.
    keepdim : bool
        Keep the axis with length 1.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
        What is taken between s[i] and s[i + 1].

    Returns
    -------
    Tensor or array
        With the axis of a 1-D `q` first.

    Raises
    ------
    RuntimeError
        If dtypes or the rank of `q` do not fit, there is nothing along `dim`, or `interpolation` is not known.
    ValueError
        If `q` does not lie in [0, 1].

    Notes
    -----
    NaN where there is one. The gradient goes to the elements read, and to `q`.
    """
    return _quantile("quantile", x, q, dim, keepdim, interpolation, numpy)


@public()
def nanquantile(x, q, dim=None, keepdim=False, *, interpolation="linear", **numpy):
    """Find what a share q of the numbers that are not NaN lies below; else as `quantile`."""
    return _quantile("nanquantile", x, q, dim, keepdim, interpolation, numpy)


def _quantile(op, x, q, dim, keepdim, interpolation, numpy):
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, **torch_names(op, numpy)}
        dim, keepdim = given["dim"], given["keepdim"]
    if x.dtype not in (float32, float64):
        raise RuntimeError(f"[{op}] `x` (dtype {x.dtype}) must be float32 or float64")
    q = _share(op, q, x)
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"[{op}] `interpolation` (={interpolation!r}) must be 'linear', 'lower', 'higher', 'midpoint' or 'nearest'"
        )
    if dim is None:
        kept, x, d = (1,) * len(x.shape), _view(x, shape=(-1,)), 0
    else:
        d = dim_of(op, dim, len(x.shape))
        kept = (*x.shape[:d], 1, *x.shape[d + 1 :]) if x.shape else ()
        x = x if x.shape else _view(x, shape=(1,))
    if not x.shape[d]:
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have elements along dim {d}")
    rows = movedim(sort(x, d)[0], d, -1)
    n = rows.shape[-1]
    nans = sum_over(rows != rows, dim=len(rows.shape) - 1, keepdim=True)
    if op == "quantile":
        rank = where(nans > 0, n - 1, q * (n - 1))
    else:
        rank = q * cast(where(nans == n, 0, n - 1 - nans), x.dtype)
    y = _between(rows, rank, interpolation)
    if not q.shape:
        return _view(y, shape=kept if keepdim else y.shape[:-1])
    y = movedim(y, -1, 0)
    return _view(y, shape=(*q.shape, *kept)) if keepdim else y


def _share(op, q, x):
    """`q`, checked, as a tensor or array of the dtype of `x`."""
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise ValueError(f"[{op}] `q` (={q}) must lie in [0, 1]")
        return constant(x, kernels.full((), q, x.dtype, like=array_of(x)))
    if len(q.shape) > 1 or q.dtype != x.dtype:
        raise RuntimeError(
            f"[{op}] `q` ({q.dtype}, shape {q.shape}) must be 0-d or 1-D, of the dtype of `x` ({x.dtype})"
        )
    if not all_true((q >= 0) & (q <= 1)):
        raise ValueError(f"[{op}] `q` (={q.tolist()}) must lie in [0, 1]")
    return q


_ROUNDED = {"lower": floor, "higher": ceil, "nearest": rint}


def _between(rows, rank, interpolation):
    """The rows read at places between their elements."""

    def read(place):
        index = cast(place, int64)
        return gather(rows, -1, expand_to(index, shape=(*rows.shape[:-1], index.shape[-1])))

    if interpolation in _ROUNDED:
        return read(_ROUNDED[interpolation](rank))
    below = floor(rank)
    low, high = read(below), read(ceil(rank))
    return low + (high - low) * (0.5 if interpolation == "midpoint" else rank - below)
