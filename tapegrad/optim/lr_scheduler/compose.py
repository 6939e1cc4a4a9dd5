"""Schedules made of others."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler, current, put


class _Composed(LRScheduler):
    """Keeps other schedulers of one optimiser."""

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]):
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"[{name}] expects at least one scheduler, but got no scheduler")
        for k, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"[{name}] `schedulers[{k}]` should have `optimizer` as its attribute")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"[{name}] does not support `ReduceLROnPlateau`, whose step needs a metric, at index {k}"
                )
            optimizer = optimizer or scheduler.optimizer
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"[{name}] expects all schedulers to belong to the same optimizer, that at index {k} "
                    f"({type(scheduler).__name__}) has another"
                )
        self._schedulers = schedulers
        self.optimizer = optimizer  # type: ignore[assignment]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser, and the states of all schedulers."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, in all schedulers."""
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)
        super().load_state_dict({**state_dict, "_schedulers": self._schedulers})


class SequentialLR(_Composed):
    """One schedule after the other.

        γₜ = γ of schedule k at t - mₖ,     mₖ the last milestone ≤ t

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : list of LRScheduler
    milestones : list of int
        The steps at which the second, third … begins: one less than schedulers.
    last_epoch : int

    Raises
    ------
    ValueError
        If there are not as many milestones, or the schedulers are of several optimisers.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ):
        super().__init__(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"[SequentialLR] expects number of schedulers to be one more than the number of milestone points, got "
                f"{len(schedulers)} and {len(milestones)}"
            )
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            put(group, "lr", group["initial_lr"])
        _undo(self)  # each has made its first step, all at once
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Step the scheduler whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """Several schedules at once: each changes what that before has left.

        γₜ = γₜ₋₁ · factor of schedule 1 · factor of schedule 2 · …

    Parameters
    ----------
    schedulers : list of LRScheduler
    optimizer : Optimizer, optional
        That of the first scheduler by default.

    Raises
    ------
    ValueError
        If there is none, or they are of several optimisers.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None):
        super().__init__(optimizer, schedulers)
        self._last_lr = current(self.optimizer)

    def step(self) -> None:  # type: ignore[override]
        """Step all schedulers."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = current(self.optimizer)


def _undo(scheduler: LRScheduler) -> None:
    """Take back the first step of a scheduler, or of those that it is made of."""
    for part in getattr(scheduler, "_schedulers", ()):
        _undo(part)
    if not hasattr(scheduler, "_schedulers"):
        scheduler.last_epoch -= 1
