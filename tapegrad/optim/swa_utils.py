"""Averages of models: of where training has been lately (EMA), or of all its ends (SWA)."""

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

from .._creation import zeros
from .._dtypes import int64
from .._tape import Tensor, no_grad, write_silently
from ..nn import Module
from ..nn.batch_norm import _BatchNorm
from .lr_scheduler.scheduler import LRScheduler, per_group
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_avg_fn(decay: float = 0.999) -> Callable:
    """Exponential moving average, ā ← d ā + (1 - d) θ, of one parameter: an `avg_fn`."""
    _check_decay("get_ema_avg_fn", decay)
    return lambda average, value, count: _quietly(average, lambda a: a * decay + value.detach() * (1 - decay))


def get_swa_avg_fn() -> Callable:
    """The mean of all, ā ← ā + (θ - ā) / (n + 1), of one parameter: an `avg_fn`."""
    return lambda average, value, count: _quietly(average, lambda a: a + (value.detach() - a) / (int(count) + 1))


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable:
    """Exponential moving average, ā ← d ā + (1 - d) θ, of a list of parameters in place: a `multi_avg_fn`."""
    _check_decay("get_ema_multi_avg_fn", decay)
    return _each(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Callable:
    """The mean of all, ā ← ā + (θ - ā) / (n + 1), of a list of parameters in place: a `multi_avg_fn`."""
    return _each(get_swa_avg_fn())


class AveragedModel(Module):
    """A copy of a model whose parameters are averages.

        ā ← f(ā, θ, n),     ā ← θ at first

    Parameters
    ----------
    model : Module
        It is copied.
    device : optional
    avg_fn : callable, optional
        f, of one parameter: ``avg_fn(average, value, n)`` returns the new average; `get_swa_avg_fn` by default.
    multi_avg_fn : callable, optional
        The same of all at once: ``multi_avg_fn(averages, values, n)`` writes into `averages`.
    use_buffers : bool
        Average the buffers too; else they are copied.

    Fields
    ------
    module : Module
        The average.
    n_averaged : Tensor, ()
        n.

    Raises
    ------
    AssertionError
        If both functions are given.

    Notes
    -----
    Polyak, Juditsky: Acceleration of stochastic approximation by averaging; SIAM J. Control Optim. 30 (1992). Izmailov,
    Podoprikhin, Garipov, Vetrov, Wilson: Averaging weights leads to wider optima and better generalization; UAI 2018.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.optim.swa_utils import AveragedModel, get_ema_avg_fn
    >>> model = tg.nn.Linear(1, 1, bias=False)
    >>> ema = AveragedModel(model, avg_fn=get_ema_avg_fn(0.75))
    >>> for value in (0.0, 1.0):
    ...     _ = tg.nn.init.constant_(model.weight, value)
    ...     ema.update_parameters(model)  # after each step of the optimiser
    >>> ema.module.weight.item()
    0.25
    """

    def __init__(
        self,
        model: Module,
        device=None,
        avg_fn: Callable | None = None,
        multi_avg_fn: Callable | None = None,
        use_buffers: bool = False,
    ):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("[AveragedModel] Only one of avg_fn and multi_avg_fn should be provided")
        module = copy.deepcopy(model)
        self.module = module if device is None else module.to(device)
        self.register_buffer("n_averaged", zeros((), dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        """Compute the output of the average."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the average.

        Raises
        ------
        ValueError
            If its parameters are not as many or of other shapes; nothing has changed then.
        """
        averages, values = self._members(self.module), self._members(model)
        if [a._shape for a in averages] != [v._shape for v in values]:
            raise ValueError("[update_parameters] `model` must have parameters of the same shapes as the averaged one")
        with no_grad():
            if self.n_averaged == 0:
                for average, value in zip(averages, values, strict=True):
                    write_silently(average, value._array)
            elif self.avg_fn is not None:
                for average, value in zip(averages, values, strict=True):
                    write_silently(average, self.avg_fn(average.detach(), value.detach(), self.n_averaged)._array)
            else:
                update = self.multi_avg_fn or get_swa_multi_avg_fn()
                update([a.detach() for a in averages], [v.detach() for v in values], self.n_averaged)
            if not self.use_buffers:
                for average, value in zip(self.module.buffers(), model.buffers(), strict=True):
                    write_silently(average, value._array)
            write_silently(self.n_averaged, self.n_averaged.item() + 1)

    def _members(self, model: Module) -> list[Tensor]:
        return [*model.parameters(), *(model.buffers() if self.use_buffers else ())]


def update_bn(loader: Iterable, model: Module, device=None) -> None:
    """Estimate the means and variances of the batch norms of `model` anew, over all of `loader`.

    Parameters
    ----------
    loader : iterable
        Inputs, or tuples or lists that begin with one.
    model : Module
        An average, whose running estimates are of no use.
    device : optional
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    try:
        for module in momenta:
            module.momentum = None
        with no_grad():
            for batch in loader:
                x = batch[0] if isinstance(batch, list | tuple) else batch
                model(x if device is None else x.to(device))
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """From the rate that is, to a fixed one.

        γₜ = γ_swa α + γ (1 - α),   α = ½ (1 - cos(π t / T)) or t / T, at most 1

    Parameters
    ----------
    optimizer : Optimizer
    swa_lr : float, or list of them
        γ_swa, for all groups or for each.
    anneal_epochs : int
        T.
    anneal_strategy : str
        "cos" or "linear".
    last_epoch : int

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Izmailov, Podoprikhin, Garipov, Vetrov, Wilson: Averaging weights leads to wider optima and better generalization;
    UAI 2018.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ):
        rates = per_group("SWALR", "swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"[SWALR] `anneal_strategy` (={anneal_strategy!r}) must be one of 'cos' or 'linear'")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"[SWALR] `anneal_epochs` (={anneal_epochs!r}) must be equal or greater than 0")
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _next(self) -> list[Any]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            goal = group["swa_lr"]
            start = goal if before == 1 else (group["lr"] - before * goal) / (1 - before)
            rates.append(goal * now + start * (1 - now))
        return rates

    def _share(self, step: int) -> float:
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2


def _check_decay(op: str, decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"[{op}] Invalid decay value: `decay` (={decay}) must be in [0, 1]")


def _quietly(average: Tensor, update: Callable[[Tensor], Tensor]) -> Tensor:
    """The update of an average, not recorded; numbers that are no fractions are rounded towards zero."""
    with no_grad():
        return update(average.detach()).to(average._dtype)


def _each(avg_fn: Callable) -> Callable:
    def update(averages: list[Tensor], values: list[Tensor], count) -> None:
        for average, value in zip(averages, values, strict=True):
            write_silently(average, avg_fn(average, value, count)._array)

    return update
