"""The state of an optimiser as a dictionary, and back: all of it or nothing."""

from collections import defaultdict
from itertools import chain
from typing import Any

import numpy as np

from .. import kernels
from .._device import CPU, device_of, place
from .._dtypes import float64, get_default_dtype
from .._tape import Tensor, plain


def number(value: float) -> Tensor:
    """A number of the state: in float64 where that is the default, else in float32, on the CPU."""
    return plain(np.array(value, float64 if get_default_dtype() == float64 else np.float32))


def zeros_like(p: Tensor, shape: tuple[int, ...] | None = None) -> Tensor:
    """Zeros in the dtype of a parameter, and in its shape if no other is given."""
    return plain(kernels.zeros(p._shape if shape is None else shape, p._dtype, like=p._array))


def collect(optimizer) -> dict[str, Any]:
    """See `Optimizer.state_dict`."""
    numbers: dict[int, int] = {}
    groups, first = [], 0
    for group in optimizer.param_groups:
        for k, p in enumerate(group["params"], first):
            numbers.setdefault(id(p), k)
        first += len(group["params"])
        groups.append({**group, "params": [numbers[id(p)] for p in group["params"]]})
    return {"state": {numbers[id(p)]: dict(s) for p, s in optimizer.state.items()}, "param_groups": groups}


def load(optimizer, state_dict: dict[str, Any]) -> tuple[defaultdict, list[dict[str, Any]]]:
    """See `Optimizer.load_state_dict`; returns state and groups to take over."""
    if not {"state", "param_groups"} <= state_dict.keys():
        raise ValueError("[load_state_dict] `state_dict` must have the keys 'state' and 'param_groups'")
    saved, own = state_dict["param_groups"], optimizer.param_groups
    if len(saved) != len(own):
        raise ValueError(f"[load_state_dict] there are {len(own)} parameter groups, the state has {len(saved)}")
    for k, (theirs, ours) in enumerate(zip(saved, own, strict=True)):
        if len(theirs["params"]) != len(ours["params"]):
            raise ValueError(
                f"[load_state_dict] group {k} has {len(ours['params'])} parameters, that of the state "
                f"{len(theirs['params'])}"
            )
    params = dict(zip(chain.from_iterable(g["params"] for g in saved), optimizer._all_params(), strict=True))
    state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
    for k, values in state_dict["state"].items():
        if k not in params:
            raise ValueError(f"[load_state_dict] the state is of a parameter {k!r} that no group has")
        p = params[k]
        state[p] = {name: _own(optimizer, name, value, p) for name, value in values.items()}
    groups = []
    for theirs, ours in zip(saved, own, strict=True):
        settings = {name: _copy(value) for name, value in theirs.items()}
        groups.append({**ours, **settings, "params": ours["params"]})
    return state, groups


def _own(optimizer, name: str, value, p: Tensor):
    """A copy of a loaded value: numbers in their own dtype, on the CPU; all else as and where its parameter is."""
    value = _ours(value)
    if name in optimizer._scalars:
        return plain(place(value._array.copy(), CPU)) if isinstance(value, Tensor) else number(value)
    if isinstance(value, dict):
        return {key: _own(optimizer, name, v, p) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_own(optimizer, name, v, p) for v in value)
    if not isinstance(value, Tensor):
        return value
    shape = optimizer._state_shape(name, p)
    if shape is not None and value._shape != shape:
        raise ValueError(f"[load_state_dict] `{name}` has shape {value._shape}, its parameter needs {shape}")
    array = value._array.astype(p._dtype if value._dtype.kind in "fc" else value._dtype)
    return plain(place(array, device_of(p._array)))


def _ours(value):
    """Arrays, and the tensors of other libraries, as Tensors."""
    if isinstance(value, Tensor | np.generic) or not hasattr(value, "__array__"):
        return value
    return plain(np.asarray(value).copy())


def _copy(value):
    value = _ours(value)
    return plain(value._array.copy()) if isinstance(value, Tensor) else value
