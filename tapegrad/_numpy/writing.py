"""Functions that write into their first argument: recorded, as every write into a tensor is."""

import numpy as np

from .._tape import Tensor
from ..ops import FUNCTIONS
from .protocol import HANDLED, tensor_of


def _plain(value) -> np.ndarray:
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


def _target(op: str, name: str, x) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"[np.{op}] `{name}` ({type(x).__name__}) must be a Tensor where a Tensor is written")
    return x


def _around(values, places: np.ndarray):
    """The values in a row, read again and again, at these places."""
    v = tensor_of(values).reshape(-1)
    return v[places % len(v)] if len(v) else v


def _copyto(dst, src, casting="same_kind", where=True):
    x, v = _target("copyto", "dst", dst), tensor_of(src)
    if not np.can_cast(v.dtype, x.dtype, casting):
        raise TypeError(f"[np.copyto] `src` (dtype {v.dtype}) must cast to {x.dtype} by the rule {casting!r}")
    x.copy_(v if where is True else FUNCTIONS["where"](tensor_of(where), v.to(x.dtype), x))


def _fill_diagonal(a, val, wrap=False):
    x = _target("fill_diagonal", "a", a)
    if x.ndim < 2 or (x.ndim > 2 and len(set(x.shape)) > 1):
        raise ValueError(f"[np.fill_diagonal] `a` (shape {tuple(x.shape)}) must be a matrix, or have equal axes")
    if x.ndim == 2:
        step, end = x.shape[1] + 1, x.numel() if wrap else min(x.numel(), x.shape[1] ** 2)
    else:
        step, end = 1 + int(np.cumprod(x.shape[:-1]).sum()), x.numel()
    places = np.arange(0, end, step)
    x[np.unravel_index(places, x.shape)] = _around(val, np.arange(len(places)))


def _place(arr, mask, vals):
    x, places = _target("place", "arr", arr), np.nonzero(_plain(mask))
    if len(places[0]):
        x[places] = _around(vals, np.arange(len(places[0])))


def _putmask(a, /, mask, values):
    x, mask = _target("putmask", "a", a), _plain(mask)
    if mask.any():
        x[np.nonzero(mask)] = _around(values, np.flatnonzero(mask))


def _put(a, ind, v, mode="raise"):
    x, places = _target("put", "a", a), _plain(ind).reshape(-1)
    n = x.numel()
    if mode == "raise" and len(places) and not -n <= places.min() <= places.max() < n:
        raise IndexError(f"[np.put] `ind` must lie in {-n} … {n - 1}")
    places = places.clip(0, n - 1) if mode == "clip" else places % n
    if len(places):
        x[np.unravel_index(places, x.shape)] = _around(v, np.arange(len(places)))


def _put_along_axis(arr, indices, values, axis):
    x, places = _target("put_along_axis", "arr", arr), _plain(indices)
    if axis is None:
        x[np.unravel_index(places % x.numel(), x.shape)] = values
        return
    mesh = [np.arange(n).reshape((-1,) + (1,) * (x.ndim - i - 1)) for i, n in enumerate(x.shape)]
    mesh[axis] = places
    x[tuple(mesh)] = values


HANDLED.update(
    {
        np.copyto: _copyto,
        np.fill_diagonal: _fill_diagonal,
        np.place: _place,
        np.put: _put,
        np.put_along_axis: _put_along_axis,
        np.putmask: _putmask,
    }
)
