"""Handlers: what many runs do at the same moments."""

import importlib.util
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..io import save
from .events import Event, Events, at_least_one


class Handler:
    """Base class: `attach` registers methods at the events of a trainer."""

    def attach(self, trainer) -> None:
        raise NotImplementedError(f"[{type(self).__name__}] a handler must define `attach`")


class _Best:
    """Whether a column of the history became better."""

    def __init__(self, op: str, monitor: str, mode: str, min_delta: float):
        if mode not in ("min", "max"):
            raise ValueError(f"[{op}] `mode` (={mode!r}) must be 'min' or 'max'")
        if min_delta < 0:
            raise ValueError(f"[{op}] `min_delta` (={min_delta}) must not be negative")
        self.op, self.monitor, self.sign, self.min_delta = op, monitor, 1 if mode == "min" else -1, min_delta
        self.value: float | None = None

    def improved(self, trainer) -> bool:
        """Look at the newest row; NaN is never better."""
        row = trainer.history[-1]
        if self.monitor not in row:
            raise KeyError(f"[{self.op}] `monitor` (={self.monitor!r}) must be one of {', '.join(row)}")
        value = row[self.monitor]
        if math.isnan(value) or (self.value is not None and self.sign * (self.value - value) <= self.min_delta):
            return False
        self.value = value
        return True


class EarlyStopping(Handler):
    """End the run when a column of the history has not become better for `patience` epochs.

    Parameters
    ----------
    monitor : str
    patience : int
    min_delta : float
        What counts as better is better by more than this.
    mode : {"min", "max"}
    """

    def __init__(self, monitor: str = "val_loss", patience: int = 3, min_delta: float = 0.0, mode: str = "min"):
        at_least_one("EarlyStopping", "patience", patience)
        self.patience, self.bad_epochs = patience, 0
        self.best = _Best("EarlyStopping", monitor, mode, min_delta)

    def attach(self, trainer) -> None:
        trainer.on(Events.EPOCH_COMPLETED, self._judge)

    def _judge(self, trainer) -> None:
        self.bad_epochs = 0 if self.best.improved(trainer) else self.bad_epochs + 1
        if self.bad_epochs >= self.patience:
            trainer.terminate()

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best.value, "bad_epochs": self.bad_epochs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best.value, self.bad_epochs = state_dict["best"], state_dict["bad_epochs"]


class TerminateOnNan(Handler):
    """End the run with an error at the first batch whose loss is NaN or infinite."""

    def attach(self, trainer) -> None:
        trainer.on(Events.ITERATION_COMPLETED, self._judge)

    @staticmethod
    def _judge(trainer) -> None:
        if not math.isfinite(trainer.loss):
            raise FloatingPointError(
                f"[TerminateOnNan] the loss is {trainer.loss} in iteration {trainer.iteration}, epoch {trainer.epoch}"
            )


class Checkpoint(Handler):
    """Save the trainer's whole state: `trainer.load_state_dict(tapegrad.load(path))` goes on from there.

    Parameters
    ----------
    path : str or path
        ``{epoch}`` and ``{iteration}`` in it are filled in; directories are made.
    on : Events or Event
        When to save, ``Events.ITERATION_COMPLETED(every=500)`` for instance.
    monitor : str, optional
        Save only when this column of the history became better (with `on` at the end of epochs).
    mode : {"min", "max"}
    keep : int, optional
        Remove all but this many of the files that this handler wrote, oldest first.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        on: Events | Event = Events.EPOCH_COMPLETED,
        monitor: str | None = None,
        mode: str = "min",
        keep: int | None = None,
    ):
        if keep is not None and (isinstance(keep, bool) or not isinstance(keep, int) or keep < 1):
            raise ValueError(f"[Checkpoint] `keep` (={keep!r}) must be an int of at least 1, or None")
        kind = on.kind if isinstance(on, Event) else on
        if monitor is not None and kind is not Events.EPOCH_COMPLETED:
            raise ValueError("[Checkpoint] `monitor` looks at whole epochs: `on` must be Events.EPOCH_COMPLETED")
        self.path, self.on, self.keep = os.fspath(path), on, keep
        self.best = None if monitor is None else _Best("Checkpoint", monitor, mode, 0.0)
        self.written: list[str] = []

    def attach(self, trainer) -> None:
        trainer.on(self.on, self._save)

    def _save(self, trainer) -> None:
        if self.best is not None and not self.best.improved(trainer):
            return
        path = self.path.format(epoch=trainer.epoch, iteration=trainer.iteration)
        written = [*(p for p in self.written if p != path), path]
        outdated = written[: -self.keep] if self.keep else []
        before, self.written = self.written, written[len(outdated) :]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            save(trainer.state_dict(), path)  # with what this handler will remember, once the file is there
        except BaseException:
            self.written = before
            raise
        for old in outdated:
            Path(old).unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best and self.best.value, "written": list(self.written)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        if self.best is not None:
            self.best.value = state_dict["best"]
        self.written = list(state_dict["written"])


class Progress(Handler):
    """Show how far the epoch is: by rich or tqdm, whichever is installed, else by a line an epoch.

    Parameters
    ----------
    bar : {None, "rich", "tqdm", "lines"}
        None: the first that is there.
    file : text file, optional
        Default: the standard error.
    """

    def __init__(self, bar: str | None = None, file=None):
        found = bar or next((name for name in ("rich", "tqdm") if importlib.util.find_spec(name)), "lines")
        if found not in ("rich", "tqdm", "lines"):
            raise ValueError(f"[Progress] `bar` (={bar!r}) must be None, 'rich', 'tqdm' or 'lines'")
        if found != "lines" and importlib.util.find_spec(found) is None:
            raise ImportError(f"[Progress] `bar` (={bar!r}) is not installed: pip install tapegrad[training]")
        self.bar, self.file = found, file
        self._advance: Callable[[str], None] | None = None
        self._close: Callable[[], None] | None = None

    def attach(self, trainer) -> None:
        trainer.on(Events.EPOCH_STARTED, self._open)
        trainer.on(Events.ITERATION_COMPLETED, self._show)
        trainer.on(Events.EPOCH_COMPLETED, self._finish)
        trainer.on(Events.EXCEPTION_RAISED, lambda _: self._end())

    def _open(self, trainer) -> None:
        self._end()
        title = f"epoch {trainer.epoch}/{trainer.epochs}"
        total = len(trainer.loader) if hasattr(trainer.loader, "__len__") else None
        file = sys.stderr if self.file is None else self.file
        if self.bar == "tqdm":
            from tqdm import tqdm

            bar = tqdm(total=total, desc=title, leave=False, file=file)
            self._advance = lambda text: (bar.set_postfix_str(text, refresh=False), bar.update())[0]
            self._close = bar.close
        elif self.bar == "rich":
            from rich.console import Console
            from rich.progress import Progress as Bar

            rich = Bar(console=Console(file=file), transient=True)
            task = rich.add_task(title, total=total)
            rich.start()
            self._advance = lambda text: rich.update(task, advance=1, description=f"{title} {text}")
            self._close = rich.stop

    def _show(self, trainer) -> None:
        if self._advance is not None:
            self._advance(f"loss {trainer.loss:.4g}")

    def _finish(self, trainer) -> None:
        self._end()
        row = trainer.history[-1]
        texts = [f"{name} {value:.4g}" for name, value in row.items() if name != "epoch" and isinstance(value, float)]
        print(f"epoch {row['epoch']}/{trainer.epochs}  " + "  ".join(texts), file=self.file or sys.stderr, flush=True)

    def _end(self) -> None:
        close, self._advance, self._close = self._close, None, None
        if close is not None:
            close()
