"""Schedules that the user's functions say."""

from collections.abc import Callable, Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, current, load_states_of, per_group, states_of


class _OfFunctions(LRScheduler):
    """Keeps one function a group; the state holds what callable objects remember."""

    def __init__(self, optimizer: Optimizer, lr_lambda, last_epoch: int):
        if isinstance(lr_lambda, list | tuple) and len(lr_lambda) != len(optimizer.param_groups):
            groups = len(optimizer.param_groups)
            raise ValueError(f"[{type(self).__name__}] Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
        self.lr_lambdas = per_group(type(self).__name__, "lr_lambda", optimizer, lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                kind = type(function).__name__
                raise TypeError(f"[{type(self).__name__}] `lr_lambda` should be a function, but got {kind}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "lr_lambdas": states_of(self.lr_lambdas)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        load_states_of(self.lr_lambdas, state_dict["lr_lambdas"])
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "lr_lambdas"})


class LambdaLR(_OfFunctions):
    """The first rate times a function of the step.

        γₜ = γ₀ f(t)

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable, or list of them
        f, for all groups or for each.
    last_epoch : int

    Raises
    ------
    ValueError
        If there are not as many functions as groups.
    TypeError
        If one cannot be called.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ):
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _next(self) -> list[Any]:
        return [base * f(self.last_epoch) for f, base in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_OfFunctions):
    """The rate before times a function of the step.

        γₜ = γₜ₋₁ f(t)

    Parameters and errors are those of `LambdaLR`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ):
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _next(self) -> list[Any]:
        if self._is_initial:
            return current(self.optimizer)
        groups = self.optimizer.param_groups
        return [group["lr"] * f(self.last_epoch) for f, group in zip(self.lr_lambdas, groups, strict=True)]
