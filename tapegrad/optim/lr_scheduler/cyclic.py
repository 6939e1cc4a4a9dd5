"""A schedule that goes up and down."""

import math
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, check_optimizer, load_states_of, per_group, put, states_of

_SHAPES = ("triangular", "triangular2", "exp_range")


class CyclicLR(LRScheduler):
    """Up and down between two rates, along lines; momentum the other way.

        γₜ = γ_base + (γ_max - γ_base) h s,     h from 0 up to 1 and back to 0 in every cycle
        s = 1 ("triangular"),   2^(1 - cycle) ("triangular2"),   gᵗ ("exp_range"),   or `scale_fn`

    Parameters
    ----------
    optimizer : Optimizer
    base_lr, max_lr : float, or list of them
        For all groups, or for each.
    step_size_up : int
        Steps of the way up.
    step_size_down : int, optional
        Those of the way down; as many by default.
    mode : str
    gamma : float
        g.
    scale_fn : callable, optional
        s, in place of `mode`: a function of the cycle (from 1) or of the step.
    scale_mode : str
        "cycle" or "iterations": what `scale_fn` is a function of.
    cycle_momentum : bool
        Move "momentum", or the first of "betas", from `max_momentum` to `base_momentum` and back.
    base_momentum, max_momentum : float, or list of them
    last_epoch : int

    Raises
    ------
    ValueError
        If `mode` is unknown, the optimiser has no momentum, or lists are not as long as there are groups.

    Notes
    -----
    For every batch, not every epoch.

    Smith: Cyclical learning rates for training neural networks; WACV 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr,
        max_lr,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum=0.8,
        max_momentum=0.9,
        last_epoch: int = -1,
    ):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = per_group("CyclicLR", "base_lr", optimizer, base_lr)
        self.max_lrs = per_group("CyclicLR", "max_lr", optimizer, max_lr)
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up + down)
        self.step_ratio = step_size_up / self.total_size
        if mode not in _SHAPES and scale_fn is None:
            raise ValueError(
                f"[CyclicLR] mode is invalid and scale_fn is None: `mode` (={mode!r}) must be one of {_SHAPES}"
            )
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = has_beta1("CyclicLR", optimizer)
            self.base_momentums = per_group("CyclicLR", "base_momentum", optimizer, base_momentum)
            self.max_momentums = per_group("CyclicLR", "max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for rate, group in zip(base_lrs, optimizer.param_groups, strict=True):
                put(group, "lr", rate)
            if cycle_momentum:
                remember_momentums(optimizer, self.base_momentums, self.max_momentums, self.use_beta1)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """s, of the cycle or of the step."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def _next(self) -> list[Any]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momentums = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in momentums:
                set_momentum(group, high - (high - low) * height * scale, self.use_beta1)
        rates = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height * scale for low, high in rates]

    def state_dict(self) -> dict[str, Any]:
        """As of all schedulers; of `scale_fn` what it remembers, if it is an object."""
        own = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if own is None else states_of([own])[0]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; `scale_fn` stays that of this scheduler."""
        own = self._scale_fn_custom
        if own is not None:
            load_states_of([own], [state_dict["_scale_fn_custom"]])
        super().load_state_dict({**state_dict, "_scale_fn_custom": own})


def has_beta1(op: str, optimizer: Optimizer) -> bool:
    """Whether the momentum of an optimiser is called betas[0]."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(f"[{op}] optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def remember_momentums(optimizer: Optimizer, base: list[float], largest: list[float], use_beta1: bool) -> None:
    """Begin with the largest momentum; both ends stay in the groups."""
    for group, low, high in zip(optimizer.param_groups, base, largest, strict=True):
        set_momentum(group, high, use_beta1)
        group["max_momentum"], group["base_momentum"] = high, low


def set_momentum(group: dict[str, Any], value: float, use_beta1: bool) -> None:
    """Set the momentum of a group, by whichever name it goes."""
    if use_beta1:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value
