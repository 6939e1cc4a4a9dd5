"""Functions that call functions: row by row, axis after axis, piece by piece."""

import numpy as np

from ..ops import FUNCTIONS
from .protocol import HANDLED, tensor_of


def _apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """What the function makes of each row stands where the row stood."""
    x = tensor_of(arr)
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"[np.apply_along_axis] `axis` (={axis}) must lie in {-x.ndim} … {x.ndim - 1}")
    axis %= x.ndim
    rows = x.moveaxis(axis, -1)
    lead = rows.shape[:-1]
    if 0 in lead:
        raise ValueError(f"[np.apply_along_axis] `arr` (shape {tuple(x.shape)}) must have rows along axis {axis}")
    made = [tensor_of(func1d(rows[place], *args, **kwargs)) for place in np.ndindex(lead)]
    y = FUNCTIONS["stack"](made).reshape(*lead, *made[0].shape)
    places = [*range(axis), *range(len(lead), y.ndim), *range(axis, len(lead))]
    return y.permute(*places) if y.ndim else y


def _apply_over_axes(func, a, axes):
    x = tensor_of(a)
    for axis in np.atleast_1d(axes).tolist():
        axis %= x.ndim
        y = func(x, axis)
        x = y if y.ndim == x.ndim else y.unsqueeze(axis)
        if y.ndim not in (x.ndim, x.ndim - 1):
            raise ValueError("[np.apply_over_axes] `func` must keep the axis, or drop it")
    return x


def _piecewise(x, condlist, funclist, *args, **kw):
    """Where no condition holds the last function (or 0); a later condition overrides an earlier one."""
    x = tensor_of(x)
    plain = [np.asarray(tensor_of(c).detach().numpy(), bool) for c in _listed(condlist, x)]
    if len(funclist) == len(plain) + 1:
        plain.append(~np.any(plain, axis=0))
    elif len(funclist) != len(plain):
        raise ValueError(f"[np.piecewise] `funclist` ({len(funclist)}) must hold {len(plain)} or {len(plain) + 1}")
    y = x.detach() * 0
    for mask, f in zip(plain, funclist, strict=True):
        if mask.any():
            value = f(x[mask], *args, **kw) if callable(f) else f
            y = FUNCTIONS["index_put"](y, (tensor_of(mask),), tensor_of(value).to(y.dtype))
    return y


def _listed(condlist, x):
    """Conditions as a list, also where one is given alone."""
    first = condlist[0] if len(condlist) else condlist
    return [condlist] if np.ndim(first) == 0 and x.ndim else condlist


HANDLED.update(
    {
        np.apply_along_axis: _apply_along_axis,
        np.apply_over_axes: _apply_over_axes,
        np.piecewise: _piecewise,
    }
)
