"""Elements picked out, put together, or read between."""

import numpy as np

from .._tape import Tensor
from ..ops import FUNCTIONS
from .protocol import HANDLED, into, tensor_of


def _plain(value) -> np.ndarray:
    """The numbers of an index, a mask or sorted places."""
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


def _take(a, indices, axis=None, out=None, mode="raise"):
    a = tensor_of(a)
    a, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
    if not -a.ndim <= axis < a.ndim:
        raise IndexError(f"[np.take] `axis` (={axis}) must lie in {-a.ndim} … {a.ndim - 1}")
    places, n = _plain(indices), a.shape[axis]
    if mode != "raise":
        places = places % n if mode == "wrap" else places.clip(0, n - 1)
    return into(out, a[(slice(None),) * (axis % a.ndim) + (places,)])


def _take_along_axis(arr, indices, axis=-1):
    return FUNCTIONS["take_along_dim"](arr, tensor_of(indices), axis)


def _compress(condition, a, axis=None, out=None):
    return _take(a, np.flatnonzero(_plain(condition)), axis, out)


def _extract(condition, arr):
    return _compress(np.ravel(_plain(condition)), arr)


def _choose(a, choices, out=None, mode="raise"):
    """The rows of a stack, one for each place."""
    places, *choices = np.broadcast_arrays(tensor_of(_plain(a)), *choices)
    n = len(choices)
    if mode != "raise":
        places = places % n if mode == "wrap" else places.clip(0, n - 1)
    return into(out, FUNCTIONS["take_along_dim"](FUNCTIONS["stack"](choices), places[None], 0)[0])


def _select(condlist, choicelist, default=0):
    """The first choice whose condition holds."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"[np.select] `condlist` ({len(condlist)}) must be as long as `choicelist` ({len(choicelist)})"
        )
    y = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = FUNCTIONS["where"](tensor_of(condition), choice, y)
    return y


def _append(arr, values, axis=None):
    return np.concatenate([arr, values] if axis is not None else [np.ravel(arr), np.ravel(values)], axis=axis or 0)


def _delete(arr, obj, axis=None):
    a, axis = (arr.reshape(-1), 0) if axis is None else (arr, axis)
    return _take(a, np.delete(np.arange(a.shape[axis]), obj), axis)


def _insert(arr, obj, values, axis=None):
    """What is there and what is put in, joined and read in NumPy's order."""
    a = tensor_of(arr)
    a, d = (a.reshape(-1), 0) if axis is None else (a, axis % a.ndim)
    n, v, places = a.shape[d], tensor_of(values), _plain(obj) if not isinstance(obj, slice) else obj
    count = len(np.insert(np.arange(n), places, 0)) - n
    if np.ndim(places) == 0 and not isinstance(places, slice) and v.ndim:  # one place takes rows as they come
        v = v.moveaxis(0, d) if axis is not None and v.ndim <= a.ndim else v
        count = v.shape[d] if v.ndim == a.ndim else count
        v = v if v.ndim == a.ndim or axis is None else v.reshape(*(1,) * (a.ndim - v.ndim), *v.shape)
    v = v.to(arr.dtype)  # NumPy's answer has it, too
    shape = [count if i == d else m for i, m in enumerate(a.shape)]
    rows = FUNCTIONS["cat"]([a, FUNCTIONS["broadcast_to"](v, shape)], dim=d)
    order = np.insert(np.arange(n), places, np.arange(n, n + count))
    return rows[(slice(None),) * d + (order,)]


def _interp(x, xp, fp, left=None, right=None, period=None):
    """Straight lines between the points; the places `xp` are numbers."""
    places = _plain(xp)
    x, fp = (tensor_of(v if isinstance(v, Tensor) else np.asarray(v, np.float64)) for v in (x, fp))
    if period is not None:
        if not period:
            raise ValueError(f"[np.interp] `period` (={period}) must not be 0")
        period, left, right = abs(period), None, None
        x, places = FUNCTIONS["remainder"](x, period), places % period
        order = np.argsort(places)
        around = np.concatenate([order[-1:], order, order[:1]])
        places, fp = places[around] + period * np.r_[-1, np.zeros(len(order)), 1], fp[around]
    i = np.clip(np.searchsorted(places, _plain(x), "right") - 1, 0, len(places) - 2)
    share = (x - places[i]) / np.diff(places)[i]
    y = fp[i] + FUNCTIONS["clip"](share, 0, 1) * (fp[i + 1] - fp[i])
    for beyond, value in ((x < places[0], left), (x > places[-1], right)):
        y = y if value is None else FUNCTIONS["where"](beyond, value, y)
    return y


HANDLED.update(
    {
        np.append: _append,
        np.choose: _choose,
        np.compress: _compress,
        np.delete: _delete,
        np.extract: _extract,
        np.insert: _insert,
        np.interp: _interp,
        np.select: _select,
        np.take: _take,
        np.take_along_axis: _take_along_axis,
    }
)
