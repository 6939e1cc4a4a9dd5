"""Nested state as JSON, and the arrays that it speaks of.

What JSON has itself (None, bools, ints, finite floats, texts, lists) is written as it is; everything else is an object
with one key that says its kind:

    {"dict": [[key, value], …]}   {"tuple": […]}   {"float": "inf"}   {"complex": [re, im]}
    {"tensor": name}   {"array": name}   {"scalar": name}   {"dtype": "float32"}   {"device": "cpu"}

A complex array lies in the file as pairs of reals, under ``{"tensor": name, "pairs": true}``.
"""

from math import isfinite
from typing import Any

import numpy as np

from .._device import device, place
from .._interop import values
from .._tape import Tensor, plain
from ._safetensors import CheckpointError, tag_of

_HOLDS = "a checkpoint holds Tensors, arrays, numbers, texts, None, and dicts, lists and tuples of them"
_ARRAYS = {"tensor": Tensor, "array": np.ndarray, "scalar": np.generic}


def flatten(state) -> tuple[Any, dict[str, np.ndarray]]:
    """The structure of `state`, and its arrays by their dotted paths, contiguous and little-endian."""
    arrays: dict[str, np.ndarray] = {}
    return _Writer(arrays).write(state, (), ()), arrays


class _Writer:
    def __init__(self, arrays: dict[str, np.ndarray]):
        self.arrays = arrays

    def write(self, value, path: tuple, above: tuple):
        """`above` are the containers on the way here: one that holds itself would never end."""
        if value is None or type(value) in (bool, int, str):
            return value
        if type(value) is float:
            return value if isfinite(value) else {"float": repr(value)}
        if type(value) is complex:
            return {"complex": [self.write(part, path, above) for part in (value.real, value.imag)]}
        for kind, of in _ARRAYS.items():
            if isinstance(value, of):
                return self.array(kind, value, path)
        if isinstance(value, np.dtype):
            return {"dtype": str(value)}
        if isinstance(value, device):
            return {"device": str(value)}
        if any(value is container for container in above):
            raise ValueError(f"[save] {_place(path)} holds itself")
        above = (*above, value)
        if isinstance(value, dict):
            return {"dict": [[self.key(k, path), self.write(v, (*path, k), above)] for k, v in value.items()]}
        if type(value) in (list, tuple):
            items = [self.write(v, (*path, k), above) for k, v in enumerate(value)]
            return items if type(value) is list else {"tuple": items}
        cure = "; give its `.state_dict()`" if hasattr(value, "state_dict") else ""
        raise TypeError(f"[save] {_place(path)} is a {type(value).__name__}: {_HOLDS}{cure}")

    def key(self, key, path: tuple):
        if key is not None and type(key) not in (bool, int, str):
            raise TypeError(f"[save] {_place(path)} has the key {key!r}; keys must be texts, ints, bools or None")
        return key

    def array(self, kind: str, value, path: tuple) -> dict[str, Any]:
        array = values(value)
        entry: dict[str, Any] = {}
        if array.dtype.kind == "c":
            array = np.ascontiguousarray(array).view(array.real.dtype).reshape(*array.shape, 2)
            entry["pairs"] = True
        if tag_of(array.dtype) is None:
            raise TypeError(f"[save] {_place(path)} has the dtype {array.dtype}, which safetensors do not have")
        name = ".".join(map(str, path)) or "state"
        while name in self.arrays or name == "__metadata__":  # {"a.b": …, "a": {"b": …}}
            name += "'"
        self.arrays[name] = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
        return {kind: name, **entry}


def _place(path: tuple) -> str:
    return "`state" + "".join(f"[{key!r}]" for key in path) + "`"


def unflatten(tree, arrays: dict[str, np.ndarray], where: device | None = None):
    """The state that `flatten` took apart, its Tensors on the device `where`.

    A tree that it did not write is a `CheckpointError`.
    """
    try:
        return _read(tree, arrays, where)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise CheckpointError(f"[load] the structure of the state is damaged: {error!r}") from None


def _read(tree, arrays: dict[str, np.ndarray], where: device | None):
    if tree is None or type(tree) in (bool, int, float, str):
        return tree
    if type(tree) is list:
        return [_read(item, arrays, where) for item in tree]
    (kind, content), *_ = tree.items()
    if kind in _ARRAYS:
        array = arrays[content]
        if tree.get("pairs"):
            array = array.view(np.result_type(array.dtype, np.complex64))[..., 0]
        if kind == "tensor":
            return plain(place(array, where))
        return array if kind == "array" else array[()]
    if len(tree) == 1:
        match kind:
            case "dict":
                return {key: _read(value, arrays, where) for key, value in content}
            case "tuple":
                return tuple(_read(item, arrays, where) for item in content)
            case "float":
                return float(content)
            case "complex":
                real, imaginary = (_read(part, arrays, where) for part in content)
                return complex(real, imaginary)
            case "dtype":
                return np.dtype(content)
            case "device":
                return device(content)
    raise ValueError(f"unknown kind {tree!r}")
