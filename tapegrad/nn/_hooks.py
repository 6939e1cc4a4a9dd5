"""Hooks on modules: functions that see a call, its gradients or its state go by, and may change them."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from .._tape import RemovableHandle
from ._backward_hooks import Watch
from ._traversal import Traversal


class Hook(NamedTuple):
    """A function, and when to call it."""

    when: str  # "before", "after", "before gradients", "after gradients"; "collect", "collected", "load", "loaded"
    function: Callable
    with_kwargs: bool = False
    always: bool = False


EVERYWHERE: dict[int, Hook] = {}  # on the calls of all modules


def add(hooks: dict[int, Hook], hook: Hook, prepend: bool = False) -> RemovableHandle:
    """Enter a hook, behind the others or in front of them."""
    if not callable(hook.function):
        raise TypeError(f"[register_hook] `hook` (={hook.function!r}) must be a function")
    handle = RemovableHandle(hooks)
    rest = dict(hooks) if prepend else {}
    for key in rest:
        del hooks[key]
    hooks[handle.id] = hook
    hooks.update(rest)
    return handle


def call(module: Any, args: tuple, kwargs: dict):
    """Call a module that has hooks, or while there are hooks on all."""
    hooks = [*EVERYWHERE.values(), *module._call_hooks.values()]
    waiting = [hook for hook in hooks if hook.when == "after"]
    y = None
    try:
        for hook in hooks:
            if hook.when == "before":
                args, kwargs = _replaced(hook, module, args, kwargs)
        watch = Watch.of(module, hooks)
        y = module.forward(*(watch.inputs(args) if watch else args), **kwargs)
        while waiting:
            hook = waiting.pop(0)
            y = _seen(hook, module, args, kwargs, y)
        return watch.outputs(y) if watch else y
    except Exception:
        for hook in waiting:
            if hook.always:
                try:
                    y = _seen(hook, module, args, kwargs, y)
                except Exception as error:
                    warnings.warn(f"[register_forward_hook] a hook raised {error!r} after another error", stacklevel=2)
        raise


def _replaced(hook: Hook, module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """The arguments after a hook that comes before the call."""
    if not hook.with_kwargs:
        changed = hook.function(module, args)
        return args if changed is None else changed if isinstance(changed, tuple) else (changed,), kwargs
    changed = hook.function(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if not (isinstance(changed, tuple) and len(changed) == 2):
        raise RuntimeError(
            f"[register_forward_pre_hook] a hook with kwargs must return None or (args, kwargs), got {changed!r}"
        )
    return changed


def _seen(hook: Hook, module, args: tuple, kwargs: dict, y):
    """The output after a hook that comes after the call."""
    changed = hook.function(module, args, kwargs, y) if hook.with_kwargs else hook.function(module, args, y)
    return y if changed is None else changed


class Hooks(Traversal):
    """How hooks come to a `Module`; each method returns a handle whose `remove()` takes the hook off again."""

    _call_hooks: dict[int, Hook]
    _state_hooks: dict[int, Hook]

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before every `forward`; what it returns, if not None, replaces `args`.

        `with_kwargs`: it is ``hook(module, args, kwargs)`` and returns None or ``(args, kwargs)``.
        """
        return add(self._call_hooks, Hook("before", hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every `forward`; what it returns, if not None, is the output.

        `with_kwargs`: it is ``hook(module, args, kwargs, output)``. `always_call`: also when the call raised.
        """
        return add(self._call_hooks, Hook("after", hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when a sweep has the gradients of the outputs; a tuple replaces them."""
        return add(self._call_hooks, Hook("before gradients", hook), prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when a sweep has the gradients of the inputs.

        Both are tuples, None where an argument is no tensor or gets no gradient; a tuple that the hook returns
        replaces `grad_input`. Arguments given by name are not seen.
        """
        return add(self._call_hooks, Hook("after gradients", hook), prepend)

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before `state_dict` collects what this module holds."""
        return add(self._state_hooks, Hook("collect", hook))

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after that; it may change the dictionary."""
        return add(self._state_hooks, Hook("collected", hook))

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call a hook before `load_state_dict` compares, with a copy of the dictionary that it may change.

        ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)``; what
        it adds to the three lists counts.
        """
        return add(self._state_hooks, Hook("load", hook))

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after `load_state_dict` has changed this module."""
        return add(self._state_hooks, Hook("loaded", hook))


def register_module_forward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call ``hook(module, args)`` before every `forward` of every module; see `Module.register_forward_pre_hook`."""
    return add(EVERYWHERE, Hook("before", hook))


def register_module_forward_hook(
    hook: Callable, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after every `forward` of every module; see `Module.register_forward_hook`."""
    return add(EVERYWHERE, Hook("after", hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """Do for every module what `Module.register_full_backward_pre_hook` does for one."""
    return add(EVERYWHERE, Hook("before gradients", hook))


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """Do for every module what `Module.register_full_backward_hook` does for one."""
    return add(EVERYWHERE, Hook("after gradients", hook))
