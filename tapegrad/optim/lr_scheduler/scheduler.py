"""What all schedulers share."""

import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from ..._tape import Tensor, write_silently
from ..optimizer import Optimizer

_EPOCH = (
    "[step] `epoch` of a scheduler is deprecated, and not needed: `scheduler.step()` counts by itself. With it the "
    "closed form of the schedule is used, where there is one"
)


class LRScheduler:
    """Base class of schedulers: sets ``group["lr"]`` of every parameter group to what `get_lr` says.

    A subclass defines ``get_lr()``: the learning rates at step `last_epoch`, one a group, best from those of the step
    before, ``group["lr"]``, so that schedulers can be chained.

    Parameters
    ----------
    optimizer : Optimizer
    last_epoch : int
        The step before the first; -1: begin at the beginning, else ``group["initial_lr"]`` must be there.

    Fields
    ------
    base_lrs : list of float
        ``group["initial_lr"]``: the learning rates that the optimiser had.
    last_epoch : int
        How many steps were made.

    Raises
    ------
    TypeError
        If `optimizer` is none.
    KeyError
        If `last_epoch` is given and a group has no "initial_lr".

    Examples
    --------
    >>> import tapegrad as tg
    >>> class Halving(tg.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> x = tg.zeros(1, requires_grad=True)
    >>> x.grad = tg.ones(1)
    >>> optimizer = tg.optim.SGD([x], lr=1.0)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"[{type(self).__name__}] param 'initial_lr' is not specified in param_groups[{k}], which a "
                    f"scheduler that goes on from `last_epoch` (={last_epoch}) needs: load the optimizer's state first"
                )
        self.base_lrs = current(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first step."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: int | None = None) -> None:
        """Set the learning rates of the next step; after the step of the optimiser.

        Parameters
        ----------
        epoch : int, optional
            Deprecated: the step to go to.

        Warns
        -----
        UserWarning
            At the first step, if the optimiser has made none: the first rate would be skipped.
        """
        if self._step_count == 1:
            if "step" in vars(self.optimizer):
                warnings.warn(
                    "[step] `optimizer.step()` has been overridden; call it before the scheduler's", stacklevel=2
                )
            elif not self.optimizer._stepped:
                warnings.warn(
                    "[step] Detected call of `lr_scheduler.step()` before `optimizer.step()`: call them in the "
                    "opposite order, or the first value of the schedule is skipped",
                    stacklevel=2,
                )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(_EPOCH, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._asking():
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            rates = (
                self.get_lr()
                if epoch is None or not hasattr(self, "_get_closed_form_lr")
                else self._get_closed_form_lr()
            )
        self._set(rates)

    @contextmanager
    def _asking(self):
        """`get_lr` may be called."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _set(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            put(group, "lr", rate)
        self._last_lr = current(self.optimizer)

    def get_lr(self) -> list[Any]:
        """Compute the learning rates at step `last_epoch`; only `step` may ask."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "[get_lr] To get the last learning rate computed by the scheduler, please use `get_last_lr()`",
                stacklevel=2,
            )
        return self._next()

    def _next(self) -> list[Any]:
        raise NotImplementedError(f"[{type(self).__name__}] a scheduler must define `get_lr()`")

    def _scaled(self, factor: float) -> list[Any]:
        """The rates of now times a number."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[Any]:
        """The learning rates that are set now."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser and functions."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; the optimiser's own state holds the rates of now."""
        self.__dict__.update(state_dict)


def check_optimizer(optimizer) -> None:
    """Raise unless this is an optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"[lr_scheduler] {type(optimizer).__name__} is not an Optimizer")


def current(optimizer: Optimizer, name: str = "lr") -> list[Any]:
    """A setting of all groups."""
    return [copied(group[name]) for group in optimizer.param_groups]


def copied(value):
    """The value, or a copy of a Tensor."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def put(group: dict[str, Any], name: str, value) -> None:
    """Set a setting of a group; one that is a Tensor keeps being that Tensor."""
    if isinstance(group[name], Tensor):
        write_silently(group[name], value._array if isinstance(value, Tensor) else value)
    else:
        group[name] = value


def per_group(op: str, name: str, optimizer: Optimizer, value) -> list[Any]:
    """One value a group, of one for all or of a list."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [copied(value) for _ in range(groups)]
    if len(value) != groups:
        raise ValueError(f"[{op}] `{name}` has {len(value)} values, but the optimizer has {groups} parameter groups")
    return [copied(v) for v in value]


def states_of(functions: Sequence) -> list[dict[str, Any] | None]:
    """What callable objects remember; functions cannot be saved."""
    return [None if isinstance(f, FunctionType) or not hasattr(f, "__dict__") else dict(f.__dict__) for f in functions]


def load_states_of(functions: Sequence, states: Sequence) -> None:
    """Give callable objects back what they remembered."""
    for function, state in zip(functions, states, strict=True):
        if state is not None:
            function.__dict__.update(state)
