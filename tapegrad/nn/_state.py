"""The state of a module as a dictionary, and back: all of it or nothing."""

from typing import Any, NamedTuple

import numpy as np

from .._creation import from_numpy
from .._device import device_of
from .._device import place as put_on
from .._dtypes import category
from .._tape import Tensor, write_silently
from ._hooks import Hooks
from ._uninitialized import Uninitialized
from .parameter import Parameter

EXTRA = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """Names that only one side had, as `load_state_dict` returns them."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Place(NamedTuple):
    """Where a value of the state lives."""

    owner: Any
    registry: dict
    name: str
    value: Tensor


class State(Hooks):
    """How a `Module` gives its state away and takes it back."""

    _may_be_missing: tuple[str, ...] = ()  # from a state that is loaded; they stay as they are

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Parameters and persistent buffers by dotted name, detached (unless `keep_vars`), sharing memory."""
        state: dict[str, Any] = {}
        _collect(self, prefix, keep_vars, state)
        return state

    def load_state_dict(self, state_dict, strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy values into parameters and buffers. Nothing changes unless everything fits.

        Parameters
        ----------
        state_dict : mapping of names to Tensors or arrays
        strict : bool
            Demand exactly the names of `state_dict()`.
        assign : bool
            Put the tensors themselves in the places of parameters and buffers: dtypes and devices become theirs.

        Returns
        -------
        named tuple (missing_keys, unexpected_keys)

        Raises
        ------
        RuntimeError
            If shapes differ, or (strict) names do; the message lists all of them.
        """
        return _load(self, state_dict, strict, assign)

    def get_extra_state(self):
        """What else `state_dict` shall hold, under "_extra_state"; a subclass that has some defines it."""
        raise RuntimeError(f"[{type(self).__name__}] get_extra_state() is not defined")

    def set_extra_state(self, state) -> None:
        """Take back what `get_extra_state` gave; a subclass that has some defines it."""
        raise RuntimeError(f"[{type(self).__name__}] set_extra_state() is not defined")


def _run(module, when: str, *args) -> None:
    for hook in tuple(module._state_hooks.values()):
        if hook.when == when:
            hook.function(module, *args)


def _children(module, prefix: str):
    for name, child in module._modules.items():
        if child is not None:
            yield child, f"{prefix}{name}."


def places(module, prefix: str = "") -> dict[str, Place]:
    """Parameters and persistent buffers of one module by their dotted names."""
    return {
        prefix + name: Place(module, registry, name, value)
        for registry in (module._parameters, module._buffers)
        for name, value in registry.items()
        if value is not None and name not in module._non_persistent
    }


def _has_extra(module) -> bool:
    return type(module).get_extra_state is not State.get_extra_state


def _collect(module, prefix: str, keep_vars: bool, state: dict[str, Any]) -> None:
    _run(module, "collect", prefix, keep_vars)
    for name, (*_, value) in places(module, prefix).items():
        state[name] = value if keep_vars or isinstance(value, Uninitialized) else value.detach()
    if _has_extra(module):
        state[prefix + EXTRA] = module.get_extra_state()
    for child, path in _children(module, prefix):
        _collect(child, path, keep_vars, state)
    _run(module, "collected", state, prefix, {})


def _load(module, state_dict, strict: bool, assign: bool) -> IncompatibleKeys:
    if not hasattr(state_dict, "keys"):
        raise TypeError(f"[load_state_dict] `state_dict` must be a mapping, got {type(state_dict).__name__}")
    state = {name: state_dict[name] for name in state_dict.keys()}
    keys, wrong = IncompatibleKeys([], []), []
    own, extra = _destinations(module, "", state, strict, keys, wrong)
    needed = [name for name, place in own.items() if place.name not in type(place.owner)._may_be_missing]
    keys.missing_keys.extend(name for name in [*needed, *extra] if name not in state)
    keys.unexpected_keys.extend(name for name in state if name not in own and name not in extra)
    told = []
    if strict and keys.unexpected_keys:
        told.append(f"Unexpected key(s) in state_dict: {_quoted(keys.unexpected_keys)}. ")
    if strict and keys.missing_keys:
        told.append(f"Missing key(s) in state_dict: {_quoted(keys.missing_keys)}. ")
    given = [(name, place, state[name]) for name, place in own.items() if name in state]
    problems = [problem for name, place, value in given if (problem := _misfit(name, place.value, value, assign))]
    if told + wrong + problems:
        raise RuntimeError(
            f"[load_state_dict] Error(s) in loading state_dict for {type(module).__name__}:\n\t"
            + "\n\t".join(told + wrong + problems)
        )
    if assign:
        given = [(name, place, _tensor(value)) for name, place, value in given]
    for _, place, value in given:
        (_assign if assign else _copy)(place, value)
    for name, owner in extra.items():
        if name in state:
            owner.set_extra_state(state[name])
    _loaded(module, keys)
    return keys


def _destinations(module, prefix: str, state: dict, strict: bool, keys, wrong: list) -> tuple[dict, dict]:
    """All places, and the modules with extra state, by name; the hooks of each module come first."""
    _run(module, "load", state, prefix, {}, strict, keys.missing_keys, keys.unexpected_keys, wrong)
    own, extra = places(module, prefix), {prefix + EXTRA: module} if _has_extra(module) else {}
    for child, path in _children(module, prefix):
        more, more_extra = _destinations(child, path, state, strict, keys, wrong)
        own |= more
        extra |= more_extra
    return own, extra


def _loaded(module, keys: IncompatibleKeys) -> None:
    for child, _ in _children(module, ""):
        _loaded(child, keys)
    _run(module, "loaded", keys)


def _copy(place: Place, value) -> None:
    if isinstance(place.value, Uninitialized):
        if isinstance(value, Uninitialized):
            return
        place.value.materialize(tuple(value.shape))
    array = value._array if isinstance(value, Tensor) else value
    write_silently(place.value, put_on(array, device_of(place.value._array)))


def _tensor(value) -> Tensor:
    return value if isinstance(value, Tensor) else from_numpy(value)


def _assign(place: Place, value: Tensor) -> None:
    if isinstance(place.value, Parameter) and not isinstance(value, Parameter):
        value = Parameter(value.detach(), place.value.requires_grad)
    elif isinstance(place.value, Parameter):
        value.requires_grad_(place.value.requires_grad)
    place.registry[place.name] = value


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _misfit(name: str, own: Tensor, value, assign: bool) -> str | None:
    """Why `value` cannot be copied into `own`, or take its place."""
    if not isinstance(value, (Tensor, np.ndarray)):
        return f"{name}: a Tensor or an array is needed, got {type(value).__name__}"
    if isinstance(value, Uninitialized) and not isinstance(own, Uninitialized):
        return f"{name}: its value in state_dict has no shape yet: a lazy module that was never called."
    if not isinstance(own, Uninitialized) and tuple(value.shape) != own._shape:
        return (
            f"size mismatch for {name}: copying a param with shape {tuple(value.shape)} from checkpoint, "
            f"the shape in current model is {own._shape}."
        )
    if value.dtype.kind not in "biufc" or (category(value.dtype) == 3 and category(own._dtype) < 3):
        return f"dtype mismatch for {name}: {value.dtype} cannot be copied into {own._dtype}."
    if assign and isinstance(own, Parameter) and own.requires_grad and value.dtype.kind not in "fc":
        return f"dtype mismatch for {name}: {value.dtype} has no gradients, and the parameter requires them."
    if not assign and not own._array.flags.writeable:
        return f"{name}: its memory is read-only; `.clone()` what the module was given."
    return None
