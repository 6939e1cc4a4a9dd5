"""A schedule that waits for progress to end."""

import math
import warnings
from typing import Any

from ..optimizer import Optimizer
from .scheduler import _EPOCH, LRScheduler, check_optimizer, current, put


class ReduceLROnPlateau(LRScheduler):
    """Times a factor when a metric has stopped getting better.

        γ ← max(f γ, γ_min) after more than `patience` bad epochs in a row

    Parameters
    ----------
    optimizer : Optimizer
    mode : str
        "min" or "max": which metrics are better.
    factor : float
        f, below 1.
    patience : int
        How many bad epochs are borne.
    threshold : float
        How much better a metric must be to be good.
    threshold_mode : str
        "rel", a share of the best so far, or "abs".
    cooldown : int
        For how many epochs after a change none counts as bad.
    min_lr : float, or list of them
        γ_min, for all groups or for each.
    eps : float
        Smaller changes of the rate are not made.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    RuntimeError
        At a step, if groups were added and `min_lr` was a list.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr=0,
        eps: float = 1e-8,
    ):
        if factor >= 1.0:
            raise ValueError(f"[ReduceLROnPlateau] `factor` (={factor}) should be < 1.0")
        check_optimizer(optimizer)
        for name, value, known in (("mode", mode, ("min", "max")), ("threshold_mode", threshold_mode, ("rel", "abs"))):
            if value not in known:
                raise ValueError(f"[ReduceLROnPlateau] `{name}` (={value!r}) is unknown, must be one of {known}")
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, list | tuple) and len(min_lr) != groups:
            raise ValueError(f"[ReduceLROnPlateau] `min_lr`: expected {groups} min_lrs, got {len(min_lr)}")
        self.optimizer = optimizer
        self.factor = factor
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = list(min_lr) if isinstance(min_lr, list | tuple) else [min_lr] * groups
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = current(optimizer)
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self._reset()

    def _reset(self) -> None:
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at the metric of an epoch, and reduce the rates if it is time.

        Parameters
        ----------
        metrics : float, or Tensor of one element
        epoch : int, optional
            Deprecated.
        """
        value = float(metrics)
        if epoch is not None:
            warnings.warn(_EPOCH, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(value, self.best):
            self.best = value
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = current(self.optimizer)

    def _reduce_lr(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"[ReduceLROnPlateau] {len(self.min_lrs)} `min_lrs`, but {len(groups)} param groups by now: "
                    "modify the `min_lrs` field"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                put(group, "lr", new)

    @property
    def in_cooldown(self) -> bool:
        """Whether a change was made a short while ago."""
        return self.cooldown_counter > 0

    def _is_better(self, value: float, best: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * value < sign * best * (1.0 - sign * self.threshold)
        return sign * value < sign * (best - sign * self.threshold)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        super().load_state_dict(state_dict)
        self.mode_worse = math.inf if self.mode == "min" else -math.inf
