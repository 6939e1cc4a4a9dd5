"""What all optimisers share: parameter groups, their checks, steps and the hooks around them."""

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from .. import kernels
from .._tape import Leaf, RemovableHandle, Tensor, enable_grad, log_write
from ..nn._zero_grad import zero_grad
from ._state import collect, load

_BEFORE: dict[int, Callable] = {}  # hooks on the steps of all optimisers
_AFTER: dict[int, Callable] = {}


class Optimizer:
    """Base class of optimisers.

    A subclass defines ``_update(group, params)``: one step of the parameters of a group that have gradients; or, as
    PyTorch's do, a whole ``step(closure=None)``.

    Parameters
    ----------
    params : iterable of Tensors, of (name, Tensor) pairs, or of dicts
        A dict is a group: its ``"params"``, and its own settings in place of the defaults.
    defaults : dict
        The settings of groups that do not give them.

    Fields
    ------
    param_groups : list of dicts
        Settings may be changed between steps.
    state : dict of dicts
        What the optimiser remembers of each parameter.

    Raises
    ------
    ValueError
        If there are no parameters, one is no leaf, or one appears in two groups.
    TypeError
        If something else than Tensors is given.

    Notes
    -----
    Gradients accumulate until `zero_grad`, so a large batch is several small ones:

        for k, (x, target) in enumerate(loader):
            with tape():
                loss = loss_of(model(x), target) / 4
            loss.backward()
            if k % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()

    `foreach`, `fused` and `capturable` of the subclasses are taken for PyTorch's sake and change nothing: every step is
    one pass over the memory already. With `differentiable` the step is recorded, by a tape that is open, and replaces
    what the optimiser remembers instead of writing it; parameters need not be leaves then, and are written in place.
    """

    _scalars: tuple[str, ...] = ("step",)  # entries of the state that are one number each, whatever the parameter

    def __init__(self, params: Iterable, defaults: dict[str, Any]):
        if isinstance(params, Tensor):
            raise TypeError("[optimizer] `params` must be an iterable of Tensors or dicts, got one: `[tensor]`")
        if not isinstance(params, Iterable):
            kind = type(params).__name__
            raise TypeError(f"[optimizer] `params` (a {kind}) must be an iterable of Tensors: `model.parameters()`?")
        groups = list(params)
        if not groups:
            raise ValueError("[optimizer] got an empty parameter list: `params` must hold at least one Tensor")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._hooks: dict[str, dict[int, Callable]] = defaultdict(dict)
        self._stepped = False  # schedulers ask
        for group in groups:
            self.add_param_group(group)

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "step" in cls.__dict__:
            cls.step = _hooked(cls.step)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimise more parameters, with settings of their own.

        Raises
        ------
        ValueError, TypeError
            As for the class; nothing has changed then.
        KeyError
            If the group has no "params".
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"[optimizer] `param_group` must be a dict, got {type(param_group).__name__}")
        if "params" not in param_group:
            raise KeyError(f"[optimizer] a parameter group must have 'params', got {sorted(param_group)}")
        group = {**self.defaults, **param_group}
        params = group["params"]
        if isinstance(params, set):
            raise TypeError("[optimizer] `params` must be ordered, a set is not: use a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        if names:
            if len(names) < len(params):
                raise ValueError(
                    "[optimizer] all optimizer params should be with/without names. Some param names are missing"
                )
            group["param_names"] = names
            params = [p for _, p in params]
        for p in params:
            _check_param(p, group.get("differentiable"))
            self._accept(p)
        self._check(group)
        if len({*map(id, params)}) < len(params):
            warnings.warn(
                "[optimizer] got a parameter group with duplicate parameters: each takes several steps at once",
                stacklevel=3,
            )
        if self.param_groups and ("param_names" in group) != ("param_names" in self.param_groups[0]):
            what = "with" if "param_names" in group else "without"
            raise ValueError(
                "[optimizer] all optimizer param groups should be with/without names. cannot add param group "
                f"{what} names to the optimizer"
            )
        taken = {id(p) for known in self.param_groups for p in known["params"]}
        if not taken.isdisjoint(map(id, params)):
            raise ValueError("[optimizer] some parameters appear in more than one parameter group")
        group["params"] = params
        self.param_groups.append(group)

    def _check(self, group: dict[str, Any]) -> None:
        """Raise unless the settings of a group make sense."""

    def _accept(self, p: Tensor) -> None:
        """Raise unless this optimiser can train the parameter."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters (`set_to_none=False`: make them zeros)."""
        for group in self.param_groups:
            zero_grad(group["params"], set_to_none)

    def step(self, closure: Callable[[], Any] | None = None):
        """Update every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss anew, with its gradients; called first.

        Returns
        -------
        What `closure` returned, or None.

        Raises
        ------
        RuntimeError
            If a parameter was moved to another device than its gradient or its state; nothing has changed then.

        Warns
        -----
        UserWarning
            If no parameter has a gradient; says why.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        idle = True
        if kernels.loaded_cuda() is not None:
            self._check_places()
        for group in self.param_groups:
            params = [p for p in group["params"] if getattr(p, "_grad", None) is not None]
            if params:
                idle = False
                for p in params:
                    log_write(p._array)
                self._update(group, params)
        if idle:
            warnings.warn(self._why_idle(), stacklevel=3)
        return loss

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        raise NotImplementedError(f"[{type(self).__name__}] an optimiser must define `_update(group, params)`")

    def _check_places(self) -> None:
        """Raise where a parameter was moved away from its gradient or its state; nothing has changed then."""
        for p in self._all_params():
            beside = {"gradient": getattr(p, "_grad", None), **self.state.get(p, {})}
            for name, value in beside.items():
                if isinstance(value, Tensor) and value.ndim and value.device != p.device:
                    raise RuntimeError(
                        f"[step] a parameter (shape {p.shape}) is on {p.device}, its {name} on {value.device}: move a "
                        "model before its optimiser begins, or bring what is remembered to it by "
                        "`optimizer.load_state_dict(optimizer.state_dict())`"
                    )

    def _why_idle(self) -> str:
        nodes = [p._node for group in self.param_groups for p in group["params"]]
        leaves = [node for node in nodes if type(node) is Leaf]
        if not leaves:
            why = "none of them requires grad: set `requires_grad_(True)`"
        elif not any(leaf.at[0] for leaf in leaves):
            why = (
                "none of them was used inside `with tape():`, so no backward() can reach them. Compute the loss inside "
                "a tape, and give the optimiser the parameters of the model that computes it"
            )
        else:
            why = "no backward() has run since they were made or zero_grad() was called"
        return f"[step] no parameter has a gradient, nothing changes: {why}"

    # ------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """State and settings, parameters by number: ``{"state": {0: …}, "param_groups": […]}``, laid out as PyTorch's.

        Tensors are not copied: later steps change them.
        """
        for hook in tuple(self._hooks["state_dict_pre"].values()):
            hook(self)
        state = collect(self)
        for hook in tuple(self._hooks["state_dict_post"].values()):
            state = _or(hook(self, state), state)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` of an optimiser of equally many parameters gave; values are copied.

        Training goes on from it bit by bit as if it had never stopped. PyTorch's state dictionaries fit too.

        Raises
        ------
        ValueError
            If groups or shapes differ; nothing has changed then.
        """
        for hook in tuple(self._hooks["load_state_dict_pre"].values()):
            state_dict = _or(hook(self, state_dict), state_dict)
        self.state, self.param_groups = load(self, state_dict)
        self._stepped = True  # in the run that goes on here
        for hook in tuple(self._hooks["load_state_dict_post"].values()):
            hook(self)

    def _state_shape(self, name: str, p: Tensor) -> tuple[int, ...] | None:
        """The shape that entry `name` of the state of `p` must have; None: any."""
        return None

    def _all_params(self):
        return chain.from_iterable(group["params"] for group in self.param_groups)

    # ------------------------------------------------------------------------------------ hooks

    def register_step_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before every step; a pair that it returns replaces the arguments."""
        return _add_hook(self._hooks["step_pre"], hook)

    def register_step_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after every step."""
        return _add_hook(self._hooks["step_post"], hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before every `state_dict`."""
        return _add_hook(self._hooks["state_dict_pre"], hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after every `state_dict`; a dictionary that it returns replaces it."""
        return _add_hook(self._hooks["state_dict_post"], hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before loading; a dictionary that it returns is loaded instead."""
        return _add_hook(self._hooks["load_state_dict_pre"], hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after loading."""
        return _add_hook(self._hooks["load_state_dict_post"], hook, prepend)

    def __repr__(self):
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            settings = [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
            lines += [f"Parameter Group {k}", *settings]
        return "\n".join([*lines, ")"])


def register_optimizer_step_pre_hook(hook: Callable) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before every step of every optimiser."""
    return _add_hook(_BEFORE, hook)


def register_optimizer_step_post_hook(hook: Callable) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after every step of every optimiser."""
    return _add_hook(_AFTER, hook)


def _hooked(step):
    """A `step` with the hooks around it."""

    @functools.wraps(step)
    def hooked(self, *args, **kwargs):
        self._stepped = True
        hooks = self._hooks
        for hook in (*_BEFORE.values(), *hooks["step_pre"].values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        f"[step] a pre-hook must return None or a tuple of (new_args, new_kwargs), got {changed}"
                    )
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in (*hooks["step_post"].values(), *_AFTER.values()):
            hook(self, args, kwargs)
        return result

    return hooked


Optimizer.step = _hooked(Optimizer.step)  # type: ignore[method-assign]


def _add_hook(hooks: dict[int, Callable], hook: Callable, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    others = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[handle.id] = hook
    hooks.update(others)
    return handle


def _or(changed, before):
    return before if changed is None else changed


def _check_param(p, differentiable) -> None:
    if not isinstance(p, Tensor):
        raise TypeError(f"[optimizer] `params` must hold Tensors, got {type(p).__name__}")
    if not (differentiable or p.is_leaf or p.retains_grad):
        raise ValueError(f"[optimizer] can't optimize a non-leaf Tensor (shape {p._shape}): an operation computed it")
    if not p._array.flags.writeable:
        raise ValueError(f"[optimizer] can't optimize a Tensor (shape {p._shape}) in read-only memory; `.clone()` it")
