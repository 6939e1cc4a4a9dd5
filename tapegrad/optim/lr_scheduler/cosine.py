"""Schedules along a cosine."""

import math
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, current


class CosineAnnealingLR(LRScheduler):
    """Down along half a period of the cosine, and up again.

        γₜ = η + ½ (γ₀ - η) (1 + cos(π t / T))

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        T, half a period.
    eta_min : float
        η, the least rate.
    last_epoch : int

    Notes
    -----
    Loshchilov, Hutter: SGDR: Stochastic gradient descent with warm restarts; ICLR 2017.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        t, half, least = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return current(self.optimizer)
        if self._step_count == 1 and t > 0:
            return self._get_closed_form_lr()
        groups = self.optimizer.param_groups
        if (t - 1 - half) % (2 * half) == 0:  # from the least, where the ratio below is 0 / 0
            rise = (1 - math.cos(math.pi / half)) / 2
            return [group["lr"] + (base - least) * rise for base, group in zip(self.base_lrs, groups, strict=True)]
        ratio = (1 + math.cos(math.pi * t / half)) / (1 + math.cos(math.pi * (t - 1) / half))
        return [ratio * (group["lr"] - least) + least for group in groups]

    def _get_closed_form_lr(self) -> list[Any]:
        share = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down along half a period of the cosine, again and again, each time more slowly.

        γₜ = η + ½ (γ₀ - η) (1 + cos(π t′ / T)),    t′ steps after the last restart, T = T₀ m^(number of restarts)

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        T₀, steps until the first restart.
    T_mult : int
        m, how many times longer each run is than that before.
    eta_min : float
        η, the least rate.
    last_epoch : int

    Raises
    ------
    ValueError
        If `T_0` or `T_mult` is no positive integer, or `eta_min` no number.

    Notes
    -----
    `step(epoch)` takes fractions: ``scheduler.step(epoch + k / len(loader))`` after every batch.

    Loshchilov, Hutter: SGDR: Stochastic gradient descent with warm restarts; ICLR 2017.
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1):
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"[CosineAnnealingWarmRestarts] `{name}` (={value!r}) must be a positive integer")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"[CosineAnnealingWarmRestarts] `eta_min` (={eta_min!r}) must be a float or an int")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the learning rates of the next step, or of any, in fractions of epochs.

        Raises
        ------
        ValueError
            If `epoch` is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"[CosineAnnealingWarmRestarts] `epoch` (={epoch}) must not be negative")
        else:
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        with self._asking():
            rates = self.get_lr()
        self._set(rates)

    def _go_to(self, epoch: float) -> None:
        first, mult = self.T_0, self.T_mult
        self.T_i, self.T_cur = first, epoch
        if epoch >= first and mult == 1:
            self.T_cur = epoch % first
        elif epoch >= first:
            restarts = int(math.log(epoch / first * (mult - 1) + 1, mult))
            self.T_cur = epoch - first * (mult**restarts - 1) / (mult - 1)
            self.T_i = first * mult**restarts
