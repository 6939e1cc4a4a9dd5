"""The history of a run in files: for a table, a program, or TensorBoard.

CSV and JSON Lines are written anew after each epoch, in one step: a reader never sees half a row, and a run that is
resumed from a checkpoint leaves no rows of what is done again.
"""

import csv
import io
import json
import math
import os
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np

from ..io import replacing
from .events import Events
from .handlers import Handler


class CSVLogger(Handler):
    """The history as a table: a line an epoch, a column a number; what is no number (a matrix) is left out."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = os.fspath(path)

    def attach(self, trainer) -> None:
        trainer.on(Events.EPOCH_COMPLETED, self._write)

    def _write(self, trainer) -> None:
        rows = [{name: value for name, value in row.items() if _is_number(value)} for row in trainer.history]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        _replace(self.path, text.getvalue())


class JSONLLogger(Handler):
    """The history as JSON Lines: an object an epoch; arrays are lists, NaN and infinities null."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = os.fspath(path)

    def attach(self, trainer) -> None:
        trainer.on(Events.EPOCH_COMPLETED, self._write)

    def _write(self, trainer) -> None:
        lines = [json.dumps(_plain(row), ensure_ascii=False, allow_nan=False) for row in trainer.history]
        _replace(self.path, "".join(f"{line}\n" for line in lines))


class TensorBoardLogger(Handler):
    """Scalars for TensorBoard, by tensorboardX (``pip install tapegrad[training]``).

    Parameters
    ----------
    directory : str or path
    every : int
        Log the loss of each `every`-th batch as ``batch/loss``; the history goes to ``epoch/…``.
    """

    def __init__(self, directory: str | os.PathLike[str], every: int = 1):
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise ImportError(
                "[TensorBoardLogger] tensorboardX is not installed: pip install tapegrad[training]"
            ) from None
        self._new = SummaryWriter
        self.directory, self.every = os.fspath(directory), every
        self._writer: Any = None

    def attach(self, trainer) -> None:
        trainer.on(Events.STARTED, self._open)
        trainer.on(Events.ITERATION_COMPLETED(every=self.every), self._batch)
        trainer.on(Events.EPOCH_COMPLETED, self._epoch)
        trainer.on(Events.COMPLETED, self._close)
        trainer.on(Events.EXCEPTION_RAISED, self._close)

    def _open(self, trainer) -> None:
        self._writer = self._new(self.directory, purge_step=trainer.iteration + 1)

    def _batch(self, trainer) -> None:
        self._writer.add_scalar("batch/loss", trainer.loss, trainer.iteration)

    def _epoch(self, trainer) -> None:
        for name, value in trainer.history[-1].items():
            if name != "epoch" and _is_number(value):
                self._writer.add_scalar(f"epoch/{name}", value, trainer.epoch)
        self._writer.flush()

    def _close(self, trainer) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _is_number(value) -> bool:
    return isinstance(value, Number | np.number) and not isinstance(value, bool)


def _plain(value):
    """What JSON can say of a value."""
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _replace(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())
