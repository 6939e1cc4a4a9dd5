"""Workers: threads, or spawned processes, that make batches ahead of time.

Both kinds run `serve`, on messages in a queue of their own; answers come back tagged with the epoch and the number of
the batch. A pool knows nothing of orders: it hands messages over, notices the death of a worker, and closes.
"""

import traceback
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._dtypes import set_default_dtype
from .._random import drawing_from
from .fetch import Fetch
from .stream import BatchStream, Place

STARTING = -1  # the "batch" in which `worker_init_fn` and `iter(dataset)` run


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself: its `id` among `num_workers`, the `seed` of its epoch, its `dataset`."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: ContextVar[WorkerInfo | None] = ContextVar("tapegrad_worker", default=None)


def get_worker_info() -> WorkerInfo | None:
    """Who this worker is: a `WorkerInfo` in a worker of a `DataLoader`, None elsewhere."""
    return _info.get()


class Begin(NamedTuple):
    """An epoch begins."""

    epoch: int
    place: Place
    dtype: Any  # the default one, which belongs to a thread


class Make(NamedTuple):
    """A batch is wanted."""

    epoch: int
    number: int
    wanted: Any


class Answer(NamedTuple):
    """A batch, or the error that took its place."""

    epoch: int
    number: int
    value: Any
    failure: "Failure | None" = None


class Failure(NamedTuple):
    """An error in a worker; with its traceback as text, for one that came from another process."""

    error: BaseException
    text: str | None = None

    def throw(self):
        """Raise it here."""
        if self.text is not None:
            self.error.__cause__ = RemoteTraceback(self.text)
        raise self.error


class RemoteTraceback(Exception):
    """The traceback of an error in another process; shown above the error's own."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text

    def __str__(self):
        return f"\n{self.text}"


def serve(
    fetch: Fetch, id: int, num_workers: int, init: Callable[[int], Any] | None, receive: Callable, answer: Callable
) -> None:
    """Answer messages until one is None; an error is an answer too."""
    mine, place = fetch, (0, 0)
    fresh = True
    while (message := receive()) is not None:
        try:
            if isinstance(message, Begin):
                place = message.place
                set_default_dtype(message.dtype)
                stream = BatchStream(place, (1 << 64) + id)  # no batch has that number
                _info.set(WorkerInfo(id, num_workers, stream.initial_seed() & ((1 << 63) - 1), fetch.dataset))
                with drawing_from(stream):
                    if fresh and init is not None:
                        init(id)
                    fresh, mine = False, fetch.begin()
            else:
                answer(Answer(message.epoch, message.number, mine(place, message.number, message.wanted)))
        except BaseException as error:
            error.add_note(f"[DataLoader] in worker {id} of {num_workers}")
            number = STARTING if isinstance(message, Begin) else message.number
            answer(Answer(message.epoch, number, None, Failure(error)))


def as_text(error: BaseException) -> str:
    """The traceback as Python prints it."""
    return "".join(traceback.format_exception(error))
