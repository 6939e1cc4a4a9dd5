"""The loop: batches in, steps of the optimiser out, and an event at every moment somebody may care about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._random import get_rng_state, set_rng_state
from .._tape import Tensor, no_grad, tape
from ..nn.utils import clip_grad_norm_
from ..optim.lr_scheduler import ReduceLROnPlateau
from .events import Event, Events, Handlers, at_least_one
from .metrics import Mean, Metric


class Trainer:
    """Train a model, and say what happens.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
    loss_fn : function of (output, target)
        The mean loss of a batch.
    scheduler : LRScheduler, optional
        Stepped after each epoch, `ReduceLROnPlateau` with ``val_loss`` (``loss`` if nothing is held out).
    scheduler_step : {"epoch", "iteration"}
        When to step the scheduler.
    metrics : mapping of names to Metrics, optional
        Gathered over each epoch; over the held-out data under ``val_`` names.
    device : device or str, optional
        Where batches go before the model gets them.
    accumulate : int
        Batches whose gradients make one step of the optimiser; each counts 1/accumulate.
    clip_grad_norm : float, optional
        Largest norm of all gradients together in a step.

    Fields
    ------
    epoch, iteration : int
        The running epoch and batch of the run, from 1.
    batch, loss : what is being worked on, and its loss (a float)
    history : list of dicts
        One row an epoch: ``epoch``, ``lr``, ``loss``, each metric, and all again as ``val_…``.
    exception : BaseException or None
        What ended the run.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.training import Trainer
    >>> x = tg.linspace(-1, 1, 32)[:, None]
    >>> net = tg.nn.Linear(1, 1)
    >>> trainer = Trainer(net, tg.optim.SGD(net.parameters(), lr=0.5), tg.nn.MSELoss())
    >>> loader = tg.data.DataLoader(tg.data.TensorDataset(x, 2 * x), batch_size=8)
    >>> history = trainer.fit(loader, epochs=10)
    >>> bool(history[-1]["loss"] < 1e-3), trainer.iteration
    (True, 40)
    """

    def __init__(
        self,
        model,
        optimizer,
        loss_fn: Callable,
        *,
        scheduler=None,
        scheduler_step: str = "epoch",
        metrics: Mapping[str, Metric] | None = None,
        device=None,
        accumulate: int = 1,
        clip_grad_norm: float | None = None,
    ):
        if scheduler_step not in ("epoch", "iteration"):
            raise ValueError(f"[Trainer] `scheduler_step` (={scheduler_step!r}) must be 'epoch' or 'iteration'")
        at_least_one("Trainer", "accumulate", accumulate)
        for name, metric in (metrics or {}).items():
            if not isinstance(metric, Metric):
                raise TypeError(f"[Trainer] `metrics[{name!r}]` (a {type(metric).__name__}) must be a Metric")
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.scheduler_step = scheduler, scheduler_step
        self.device, self.accumulate, self.clip_grad_norm = device, accumulate, clip_grad_norm
        self.metrics: dict[str, Metric] = {"loss": Mean(), **(metrics or {})}
        self.epoch = self.iteration = self.epochs = 0
        self.batch: Any = None
        self.loss = float("nan")
        self.history: list[dict[str, Any]] = []
        self.exception: BaseException | None = None
        self.loader: Any = None
        self._within_epoch = False
        self._in_epoch = 0  # batches of the running epoch that are done
        self._resume_loader: Any = None  # where a loaded state wants the loader to be
        self._stop = False
        self._handlers = Handlers()
        self._added: list[Any] = []

    # ------------------------------------------------------------------------------------ events

    def on(self, event: Events | Event, handler: Callable[["Trainer"], Any] | None = None):
        """Call ``handler(trainer)`` at an event; without `handler`, a decorator."""
        if handler is None:
            return lambda f: self.on(event, f) or f
        return self._handlers.on(event, handler)

    def add(self, *handlers) -> "Trainer":
        """Attach Handlers (EarlyStopping, Checkpoint, loggers …); returns the trainer."""
        for handler in handlers:
            handler.attach(self)
            self._added.append(handler)
        return self

    def terminate(self) -> None:
        """End the run after the running iteration; the epoch's end is told, and the run's."""
        self._stop = True

    def _fire(self, kind: Events) -> None:
        self._handlers.fire(kind, self)

    # ------------------------------------------------------------------------------------ the loop

    def compute(self, batch) -> tuple[Tensor, Any, Any]:
        """Loss, output and target of one batch ``(*inputs, target)``; override it for batches of another kind."""
        *inputs, target = batch
        y = self.model(*inputs)
        return self.loss_fn(y, target), y, target

    def fit(self, loader: Iterable, epochs: int, validation: Iterable | None = None) -> list[dict[str, Any]]:
        """Train until `epochs` epochs are done, those of earlier calls and of a loaded state included.

        Parameters
        ----------
        loader : iterable of batches, once an epoch
        epochs : int
        validation : iterable of batches, optional
            Evaluated after each epoch.

        Returns
        -------
        `history`

        Raises
        ------
        What the model, the loader or a handler raises, KeyboardInterrupt included, after EXCEPTION_RAISED was told.
        """
        self.epochs, self._stop, self.exception = epochs, False, None
        self._take(loader)
        try:
            self._fire(Events.STARTED)
            while not self._stop and (self.epoch < epochs or self._within_epoch):
                self._run_epoch(validation)
            self._fire(Events.COMPLETED)
        except BaseException as exception:
            self.exception = exception
            self._fire(Events.EXCEPTION_RAISED)
            raise
        return self.history

    def _run_epoch(self, validation: Iterable | None) -> None:
        if not self._within_epoch:
            self.epoch += 1
            self._in_epoch, self._within_epoch = 0, True
            for metric in self.metrics.values():
                metric.reset()
            self.optimizer.zero_grad()
            self._fire(Events.EPOCH_STARTED)
        self.model.train()
        for batch in self.loader:
            self._run_iteration(batch)
            if self._stop:
                break
        if self._in_epoch % self.accumulate:
            self._step()
        self._finish_epoch(validation)

    def _run_iteration(self, batch) -> None:
        self.iteration += 1
        self.batch = batch = self._move(batch)
        self._fire(Events.ITERATION_STARTED)
        with tape():
            loss, y, target = self.compute(batch)
            share = loss if self.accumulate == 1 else loss / self.accumulate
        share.backward()
        self._in_epoch += 1
        if self._in_epoch % self.accumulate == 0:
            self._step()
        self.loss = loss.item()
        self._gather(self.loss, y, target)
        self._fire(Events.ITERATION_COMPLETED)

    def _step(self) -> None:
        if self.clip_grad_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.clip_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.scheduler is not None and self.scheduler_step == "iteration":
            self.scheduler.step()

    def _finish_epoch(self, validation: Iterable | None) -> None:
        row: dict[str, Any] = {"epoch": self.epoch, "lr": self.optimizer.param_groups[0]["lr"]}
        row |= {name: metric.compute() for name, metric in self.metrics.items()}
        if validation is not None:
            row |= {f"val_{name}": value for name, value in self.evaluate(validation).items()}
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(row.get("val_loss", row["loss"]))
        elif self.scheduler is not None and self.scheduler_step == "epoch":
            self.scheduler.step()
        self.history.append(row)
        self._within_epoch = False
        self._fire(Events.EPOCH_COMPLETED)

    def evaluate(self, loader: Iterable) -> dict[str, Any]:
        """Loss and metrics over a loader, in evaluation mode; the model's mode and running metrics stay as they are."""
        kept = {name: metric.state_dict() for name, metric in self.metrics.items()}
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        try:
            for metric in self.metrics.values():
                metric.reset()
            with no_grad():
                for batch in loader:
                    loss, y, target = self.compute(self._move(batch))
                    self._gather(loss.item(), y, target)
            return {name: metric.compute() for name, metric in self.metrics.items()}
        finally:
            for name, metric in self.metrics.items():
                metric.load_state_dict(kept[name])
            for module, mode in modes:
                module.training = mode

    def _gather(self, loss: float, y, target) -> None:
        for name, metric in self.metrics.items():
            if name == "loss":
                metric.update(loss, len(target) if getattr(target, "ndim", 0) else 1)
            else:
                metric.update(y, target)

    def _move(self, batch):
        if self.device is None:
            return batch
        return tuple(x.to(self.device) if isinstance(x, Tensor) else x for x in batch)

    # ------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """All that the rest of the run depends on, for `tapegrad.save`.

        The model, optimiser, scheduler, random state, loader, counters, history, metrics of the running epoch,
        gradients that wait for a step, and what handlers remember.
        """
        waiting = self._within_epoch and self._in_epoch % self.accumulate
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "loader": self.loader.state_dict() if hasattr(self.loader, "state_dict") else None,
            "random": get_rng_state(),
            "epoch": self.epoch,
            "iteration": self.iteration,
            "in_epoch": self._in_epoch if self._within_epoch else None,
            "grads": [p.grad for p in self.model.parameters()] if waiting else None,
            "history": list(self.history),
            "metrics": {name: metric.state_dict() for name, metric in self.metrics.items()},
            "handlers": [h.state_dict() if hasattr(h, "state_dict") else None for h in self._added],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue where `state_dict()` was taken: the next `fit` goes on within that epoch, bit for bit.

        The trainer must have been made as that one was, handlers included.

        Raises
        ------
        RuntimeError, ValueError
            If model, optimiser, metrics or handlers differ.
        """
        added, metrics = state_dict["handlers"], state_dict["metrics"]
        if len(added) != len(self._added):
            raise ValueError(f"[Trainer] the state is of {len(added)} handlers, {len(self._added)} were added")
        if metrics.keys() != self.metrics.keys():
            raise ValueError(f"[Trainer] the state has the metrics {sorted(metrics)}, not {sorted(self.metrics)}")
        if (state_dict["scheduler"] is None) != (self.scheduler is None):
            raise ValueError("[Trainer] either the state or this trainer has a scheduler, not both")
        self.model.load_state_dict(state_dict["model"])
        self.optimizer.load_state_dict(state_dict["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state_dict["scheduler"])
        for name, metric in self.metrics.items():
            metric.load_state_dict(metrics[name])
        for handler, state in zip(self._added, added, strict=True):
            if state is not None:
                handler.load_state_dict(state)
        self.optimizer.zero_grad()
        for p, g in zip(self.model.parameters(), state_dict["grads"] or (), strict=False):
            p.grad = g
        self.epoch, self.iteration = state_dict["epoch"], state_dict["iteration"]
        self._within_epoch = state_dict["in_epoch"] is not None
        self._in_epoch = state_dict["in_epoch"] or 0
        self.history = list(state_dict["history"])
        self._resume_loader = state_dict["loader"]
        set_rng_state(state_dict["random"])

    def _take(self, loader: Iterable) -> None:
        """Use a loader; after `load_state_dict`, from the position where the state was taken."""
        position, self._resume_loader = self._resume_loader, None
        self.loader = loader
        if position is not None and hasattr(loader, "load_state_dict"):
            loader.load_state_dict(position)
        elif self._within_epoch:
            kind = type(loader).__name__
            raise ValueError(
                f"[fit] the state was taken within epoch {self.epoch}: `loader` (a {kind}) must have `load_state_dict` "
                "to go on from there, as DataLoader has"
            )
