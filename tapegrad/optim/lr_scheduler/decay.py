"""Schedules of one formula: in steps, along a line, a power or an exponential."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, current


class StepLR(LRScheduler):
    """Times a factor every few steps.

        γₜ = γ₀ g^⌊t / s⌋

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
        s.
    gamma : float
        g.
    last_epoch : int
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        return self._scaled(1 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Times a factor at certain steps.

        γₜ = γ₀ g^(number of milestones ≤ t)

    Parameters
    ----------
    optimizer : Optimizer
    milestones : iterable of int
    gamma : float
        g.
    last_epoch : int
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1):
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        return self._scaled(self.gamma ** self.milestones[self.last_epoch])

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; in JSON the milestones were text."""
        super().load_state_dict(state_dict)
        self.milestones = Counter({int(step): count for step, count in self.milestones.items()})


class ConstantLR(LRScheduler):
    """Times a factor for the first few steps.

        γₜ = γ₀ (f if t < T else 1)

    Parameters
    ----------
    optimizer : Optimizer
    factor : float
        f in [0, 1].
    total_iters : int
        T.
    last_epoch : int

    Raises
    ------
    ValueError
        If `factor` is outside [0, 1].
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1):
        if not 0 <= factor <= 1:
            raise ValueError(f"[ConstantLR] `factor` (={factor}): expected to be between 0 and 1")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        if self.last_epoch == 0:
            return self._scaled(self.factor)
        return self._scaled(1.0 / self.factor if self.last_epoch == self.total_iters else 1)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * (1 if self.last_epoch >= self.total_iters else self.factor) for base in self.base_lrs]


class LinearLR(LRScheduler):
    """Times a factor that moves along a line: warm-up.

        γₜ = γ₀ (a + (b - a) min(t, T) / T)

    Parameters
    ----------
    optimizer : Optimizer
    start_factor : float
        a in (0, 1].
    end_factor : float
        b in [0, 1].
    total_iters : int
        T.
    last_epoch : int

    Raises
    ------
    ValueError
        If a factor is out of its range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ):
        if not 0 < start_factor <= 1:
            raise ValueError(f"[LinearLR] `start_factor` (={start_factor}): expected above 0, and at most 1")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"[LinearLR] `end_factor` (={end_factor}): expected to be between 0 and 1")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        t, rise = self.last_epoch, self.end_factor - self.start_factor
        if t == 0:
            return self._scaled(self.start_factor)
        if self._is_initial or t > self.total_iters:
            return current(self.optimizer)
        return self._scaled(1.0 + rise / (self.total_iters * self.start_factor + (t - 1) * rise))

    def _get_closed_form_lr(self) -> list[Any]:
        passed = min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * (self.start_factor + (self.end_factor - self.start_factor) * passed) for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Times a factor at every step.

        γₜ = γ₀ gᵗ

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float
        g.
    last_epoch : int
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        return current(self.optimizer) if self._is_initial else self._scaled(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """Down to zero along a power.

        γₜ = γ₀ (1 - min(t, T) / T)^p

    Parameters
    ----------
    optimizer : Optimizer
    total_iters : int
        T.
    power : float
        p.
    last_epoch : int
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1):
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        t, total = self.last_epoch, self.total_iters
        if self._is_initial or t > total:
            return current(self.optimizer)
        return self._scaled(((1.0 - t / total) / (1.0 - (t - 1) / total)) ** self.power)

    def _get_closed_form_lr(self) -> list[Any]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]
