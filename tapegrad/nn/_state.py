"""The state of a module as a dictionary, and back: all of it or nothing."""

from typing import NamedTuple

import numpy as np

from .._dtypes import category
from .._tape import Tensor, write_silently


class IncompatibleKeys(NamedTuple):
    """Names that only one side had, as `load_state_dict` returns them."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def named_state(module, prefix: str = ""):
    """Parameters and persistent buffers with all their names, shared ones under each, module by module."""
    for path, owner in module.named_modules(remove_duplicate=False):
        for registry in (owner._parameters, owner._buffers):
            for name, value in registry.items():
                if value is not None and name not in owner._non_persistent:
                    yield f"{prefix}{path}.{name}" if path else f"{prefix}{name}", value


def collect(module, prefix: str, keep_vars: bool) -> dict[str, Tensor]:
    """See `Module.state_dict`."""
    return {name: value if keep_vars else value.detach() for name, value in named_state(module, prefix)}


def load(module, state, strict: bool) -> IncompatibleKeys:
    """See `Module.load_state_dict`."""
    if not hasattr(state, "keys"):
        raise TypeError(f"[load_state_dict] `state_dict` must be a mapping, got {type(state).__name__}")
    own = dict(named_state(module))
    keys = IncompatibleKeys([k for k in own if k not in state], [k for k in state.keys() if k not in own])
    wrong = []
    if strict and keys.unexpected_keys:
        wrong.append(f"Unexpected key(s) in state_dict: {_quoted(keys.unexpected_keys)}. ")
    if strict and keys.missing_keys:
        wrong.append(f"Missing key(s) in state_dict: {_quoted(keys.missing_keys)}. ")
    values = {name: state[name] for name in own if name in state}
    wrong += [problem for name, value in values.items() if (problem := _misfit(name, own[name], value))]
    if wrong:
        raise RuntimeError(
            f"[load_state_dict] Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(wrong)
        )
    for name, value in values.items():
        write_silently(own[name], value._array if isinstance(value, Tensor) else value)
    return keys


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _misfit(name: str, own: Tensor, value) -> str | None:
    """Why `value` cannot be copied into `own`."""
    if not isinstance(value, (Tensor, np.ndarray)):
        return f"{name}: a Tensor or an array is needed, got {type(value).__name__}"
    if tuple(value.shape) != own._shape:
        return (
            f"size mismatch for {name}: copying a param with shape {tuple(value.shape)} from checkpoint, "
            f"the shape in current model is {own._shape}."
        )
    if value.dtype.kind not in "biufc" or (category(value.dtype) == 3 and category(own._dtype) < 3):
        return f"dtype mismatch for {name}: {value.dtype} cannot be copied into {own._dtype}."
    if not own._array.flags.writeable:
        return f"{name}: its memory is read-only; `.clone()` what the module was given."
    return None
