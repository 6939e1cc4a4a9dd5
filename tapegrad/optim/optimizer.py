"""What all optimisers share: parameter groups, their checks, the state and its dictionary."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from numbers import Number
from typing import Any

from .._tape import Leaf, Tensor, enable_grad, log_write, plain
from ..nn._zero_grad import zero_grad


class Optimizer:
    """Base class of optimisers.

    A subclass defines ``_update(group, params)``: one step of the parameters of a group that have gradients.

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
    """

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
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimise more parameters, with settings of their own.

        Raises
        ------
        ValueError, TypeError
            As for the class; nothing has changed then.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"[optimizer] `param_group` must be a dict, got {type(param_group).__name__}")
        group = {**self.defaults, **param_group}
        params = group.get("params", ())
        if isinstance(params, set):
            raise TypeError("[optimizer] `params` must be ordered, a set is not: use a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and isinstance(params[0], tuple):
            group["param_names"] = [name for name, _ in params]
            params = [p for _, p in params]
        for p in params:
            _check_param(p)
        self._check(group)
        taken = {id(p) for known in self.param_groups for p in known["params"]}
        if len({*map(id, params)}) < len(params):
            raise ValueError("[optimizer] `params` must not hold a parameter twice")
        if not taken.isdisjoint(map(id, params)):
            raise ValueError("[optimizer] some parameters appear in more than one parameter group")
        group["params"] = params
        self.param_groups.append(group)

    def _check(self, group: dict[str, Any]) -> None:
        """Raise unless the settings of a group make sense."""

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
        for group in self.param_groups:
            params = [p for p in group["params"] if getattr(p, "_grad", None) is not None]
            if params:
                idle = False
                for p in params:
                    log_write(p._array)
                self._update(group, params)
        if idle:
            warnings.warn(self._why_idle(), stacklevel=2)
        return loss

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        raise NotImplementedError(f"[{type(self).__name__}] an optimiser must define `_update(group, params)`")

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
        """State and settings, parameters by number: ``{"state": {0: …}, "param_groups": […]}``."""
        numbers = {id(p): k for k, p in enumerate(self._all_params())}
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        return {"state": {numbers[id(p)]: dict(s) for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` of an optimiser of equally many parameters gave; values are copied.

        Raises
        ------
        ValueError
            If groups or shapes differ; nothing has changed then.
        """
        if not {"state", "param_groups"} <= state_dict.keys():
            raise ValueError("[load_state_dict] `state_dict` must have the keys 'state' and 'param_groups'")
        saved, own = state_dict["param_groups"], self.param_groups
        if len(saved) != len(own):
            raise ValueError(f"[load_state_dict] there are {len(own)} parameter groups, the state has {len(saved)}")
        for k, (theirs, ours) in enumerate(zip(saved, own, strict=True)):
            if len(theirs["params"]) != len(ours["params"]):
                raise ValueError(
                    f"[load_state_dict] group {k} has {len(ours['params'])} parameters, that of the state "
                    f"{len(theirs['params'])}"
                )
        params = dict(zip(chain.from_iterable(g["params"] for g in saved), self._all_params(), strict=True))
        state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            if number not in params:
                raise ValueError(f"[load_state_dict] the state is of a parameter {number!r} that no group has")
            p = params[number]
            state[p] = {name: _own(name, value, p) for name, value in values.items()}
        groups = [{**ours, **theirs, "params": ours["params"]} for theirs, ours in zip(saved, own, strict=True)]
        self.state, self.param_groups = state, groups

    def _all_params(self):
        return chain.from_iterable(group["params"] for group in self.param_groups)

    def __repr__(self):
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            settings = [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
            lines += [f"Parameter Group {k}", *settings]
        return "\n".join([*lines, ")"])


def _check_param(p) -> None:
    if not isinstance(p, Tensor):
        raise TypeError(f"[optimizer] `params` must hold Tensors, got {type(p).__name__}")
    if not p.is_leaf:
        raise ValueError(f"[optimizer] can't optimize a non-leaf Tensor (shape {p._shape}): an operation computed it")
    if not p._array.flags.writeable:
        raise ValueError(f"[optimizer] can't optimize a Tensor (shape {p._shape}) in read-only memory; `.clone()` it")


def _own(name: str, value, p: Tensor):
    """A copy of a loaded value, in the dtype of its parameter."""
    if not isinstance(value, Tensor):
        return value
    if value._shape != p._shape and value._shape:
        raise ValueError(f"[load_state_dict] `{name}` has shape {value._shape}, its parameter has {p._shape}")
    return plain(value._array.astype(p._dtype))


def at_least_zero(op: str, group: dict[str, Any], *names: str) -> None:
    """Raise unless the settings `names` of a group are at least 0."""
    for name in names:
        if isinstance(group[name], bool) or not isinstance(group[name], Number | Tensor):
            raise TypeError(f"[{op}] `{name}` (={group[name]!r}) must be a number")
        if not group[name] >= 0.0:
            raise ValueError(f"[{op}] `{name}` (={group[name]}) must not be negative")
