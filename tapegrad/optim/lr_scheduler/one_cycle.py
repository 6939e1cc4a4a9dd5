"""A schedule of one cycle."""

import math
from typing import Any

from ..optimizer import Optimizer
from .cyclic import has_beta1, remember_momentums, set_momentum
from .scheduler import LRScheduler, check_optimizer, per_group


class OneCycleLR(LRScheduler):
    """Up to a large rate and down to a very small one, once; momentum the other way.

        γ_max / d  ↗  γ_max  ↘  γ_max / (d D)

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float, or list of them
        γ_max, for all groups or for each.
    total_steps : int, optional
        How many; `epochs` · `steps_per_epoch` by default.
    epochs, steps_per_epoch : int, optional
    pct_start : float
        The share of the way up, in [0, 1].
    anneal_strategy : str
        "cos" or "linear".
    cycle_momentum : bool
        Move "momentum", or the first of "betas", from `max_momentum` to `base_momentum` and back.
    base_momentum, max_momentum : float, or list of them
    div_factor : float
        d.
    final_div_factor : float
        D.
    three_phase : bool
        Down to where it began, as fast as up, and then on to the end.
    last_epoch : int

    Raises
    ------
    ValueError
        If a setting is out of its range, the optimiser has no momentum, or there is one step too many.

    Notes
    -----
    For every batch, not every epoch.

    Smith, Topin: Super-convergence: very fast training of neural networks using large learning rates; 2018.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"[OneCycleLR] `pct_start` (={pct_start!r}) must be a float between 0 and 1")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"[OneCycleLR] `anneal_strategy` (={anneal_strategy!r}) must be one of 'cos' or 'linear'")
        self._anneal_func_type = anneal_strategy
        rates = [("initial_lr", "max_lr"), ("max_lr", "min_lr")]
        momentums = [("max_momentum", "base_momentum"), ("base_momentum", "max_momentum")]
        ends = [float(pct_start * self.total_steps) - 1, self.total_steps - 1]
        if three_phase:
            rates[1:] = [("max_lr", "initial_lr"), ("initial_lr", "min_lr")]
            momentums.append(("max_momentum", "max_momentum"))
            ends.insert(1, float(2 * pct_start * self.total_steps) - 2)
        self._schedule_phases: list[dict[str, Any]] = [
            {"end_step": end, "start_lr": a, "end_lr": b, "start_momentum": c, "end_momentum": d}
            for end, (a, b), (c, d) in zip(ends, rates, momentums, strict=True)
        ]
        max_lrs = per_group("OneCycleLR", "max_lr", optimizer, max_lr)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = has_beta1("OneCycleLR", optimizer)
            low = per_group("OneCycleLR", "base_momentum", optimizer, base_momentum)
            high = per_group("OneCycleLR", "max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
            if cycle_momentum:
                remember_momentums(optimizer, low, high, self.use_beta1)
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"[OneCycleLR] Tried to step {t} times. The number of total steps is {self.total_steps}")
        number = next((k for k, phase in enumerate(self._schedule_phases[:-1]) if t <= phase["end_step"]), -1)
        phase = self._schedule_phases[number]
        first = 0.0 if number == 0 else self._schedule_phases[number - 1]["end_step"]
        share = (t - first) / (phase["end_step"] - first)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], share)
                set_momentum(group, momentum, self.use_beta1)
        return rates

    def _between(self, start, end, share: float):
        if self._anneal_func_type == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _total(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    given = (
        {"total_steps": total_steps}
        if total_steps is not None
        else {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    )
    total = 1
    for name, value in given.items():
        if value is None:
            raise ValueError("[OneCycleLR] You must define either total_steps OR (epochs AND steps_per_epoch)")
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"[OneCycleLR] `{name}` (={value!r}) must be a positive integer")
        total *= value
    return total
