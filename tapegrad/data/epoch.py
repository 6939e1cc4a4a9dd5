"""One pass over a loader: the batches in their order, whoever makes them."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from time import monotonic
from typing import Any

from .._dtypes import get_default_dtype
from .fetch import END, Fetch
from .processes import Processes
from .stream import Place
from .threads import Threads
from .workers import STARTING, Answer, Begin, Make

Pool = Threads | Processes

LOOK_UP = 1.0  # seconds between two looks at the clock while waiting; Ctrl-C is heard then on every system
_open: weakref.WeakSet = weakref.WeakSet()  # pools that the end of the program must close


@dataclass
class Progress:
    """Where an epoch is: what it began with, and how many of its batches were handed out."""

    place: Place
    sampler: Any  # its state when the epoch began
    batches: int = 0
    over: bool = False


class Epoch:
    """The batches of one epoch, made when they are asked for.

    Parameters
    ----------
    tasks : iterator
        What is wanted in every batch to come.
    skip : int
        How many batches to make again and drop, where a stream must be read to come to its middle.
    """

    def __init__(self, fetch: Fetch, tasks: Iterator, progress: Progress, skip: int):
        self._fetch, self._tasks, self._progress, self._skip = fetch.begin(), tasks, progress, skip
        self._number = count(progress.batches - skip)

    def __iter__(self):
        return self

    def __next__(self):
        for wanted in self._tasks:
            batch = self._fetch(self._progress.place, next(self._number), wanted)
            if isinstance(batch, str) and batch == END:
                break
            if not self._skip:
                self._progress.batches += 1
                return batch
            self._skip -= 1
        self._progress.over = True
        raise StopIteration


class WorkedEpoch:
    """The batches of one epoch, made ahead of time by the workers of a pool.

    Worker k makes batches k, k + workers, k + 2 workers and so on; of streams too, until its own has ended. At most
    `ahead` batches for each worker are on their way.
    """

    def __init__(
        self, pool: Crew, tasks: Iterator, progress: Progress, ahead: int, timeout: float, is_stream: bool, skip: int
    ):
        self._pool, self._tasks, self._progress = pool, tasks, progress
        self._timeout, self._is_stream, self._skip = timeout, is_stream, skip
        self._ready: dict[int, Answer] = {}
        self._worker_of: dict[int, int] = {}  # of the batches on their way
        self._ended: set[int] = set()  # workers whose streams have
        self._turns = cycle(range(pool.workers))
        first = progress.batches - skip
        self._sent = self._due = first
        for _ in range(first % pool.workers):
            next(self._turns)  # a resumed epoch deals its batches to the same workers
        self._id = pool.begin(progress.place)
        self._guarded(lambda: self._send(ahead * pool.workers))

    def __iter__(self):
        return self

    def __next__(self):
        if self._progress.over:
            raise StopIteration
        return self._guarded(self._next)

    def _guarded(self, step: Callable):
        """Take a step; whatever goes wrong, Ctrl-C included, closes the pool."""
        try:
            return step()
        except StopIteration:
            self._progress.over = True
            self._pool.end(self._id)
            raise
        except BaseException:
            self._progress.over = True
            self._pool.close()
            raise

    def _next(self):
        while self._due in self._worker_of:
            answer = self._await()
            worker = self._worker_of.pop(self._due)
            self._due += 1
            if answer.failure is not None:
                answer.failure.throw()
            if self._is_stream and isinstance(answer.value, str) and answer.value == END:
                self._ended.add(worker)
                self._send()
                continue
            self._send()
            if self._skip:
                self._skip -= 1
                continue
            self._progress.batches += 1
            return answer.value
        raise StopIteration

    def _send(self, batches: int = 1) -> None:
        """Ask the workers whose turn it is for the next batches, if there are any."""
        if len(self._ended) == self._pool.workers:
            return
        for wanted in islice(self._tasks, batches):
            worker = next(k for k in self._turns if k not in self._ended)
            self._worker_of[self._sent] = worker
            self._pool.put(worker, Make(self._id, self._sent, wanted))
            self._sent += 1

    def _await(self) -> Answer:
        """The answer that is due."""
        deadline = monotonic() + self._timeout if self._timeout else None
        while self._due not in self._ready:
            left = LOOK_UP if deadline is None else min(LOOK_UP, deadline - monotonic())
            if left <= 0:
                worker = self._worker_of[self._due]
                raise RuntimeError(
                    f"[DataLoader] `timeout` (={self._timeout:g}) must be longer than it takes to make a batch: batch "
                    f"{self._due} of worker {worker} did not come in {self._timeout:g} seconds"
                )
            answer = self._pool.get(self._id, left)
            if answer is not None and answer.number == STARTING and answer.failure is not None:
                answer.failure.throw()
            if answer is not None:
                self._ready[answer.number] = answer
        return self._ready.pop(self._due)


class Crew:
    """The pool of a loader, of one epoch or of all of them; closed when nobody holds it any more."""

    def __init__(self, kind: type[Pool], fetch: Fetch, workers: int, init, persistent: bool):
        self.workers, self.persistent, self.closed = workers, persistent, False
        self._pool = kind(fetch, workers, init)
        self._epoch = 0
        self._finish = weakref.finalize(self, self._pool.close)
        self._finish.atexit = False  # by then threads are no longer joined; `_close_all` comes before
        _open.add(self)

    def begin(self, place: Place) -> int:
        """Begin an epoch, which ends the one before; returns its number."""
        self._epoch += 1
        for worker in range(self.workers):
            self._pool.put(worker, Begin(self._epoch, place, get_default_dtype()))
        return self._epoch

    def put(self, worker: int, message: Make) -> None:
        """Hand a message to a worker."""
        self._pool.put(worker, message)

    def get(self, epoch: int, seconds: float) -> Answer | None:
        """The next answer in this epoch; None if there is none for that long."""
        if self.closed or epoch != self._epoch:
            raise RuntimeError(
                "[DataLoader] this iterator must not be used any more: persistent workers serve one epoch at a time, "
                "and another began, or they were shut down"
            )
        answer = self._pool.get(seconds)
        return answer if answer is not None and answer.epoch in (epoch, 0) else None

    def end(self, epoch: int) -> None:
        """An epoch is over."""
        if not self.persistent:
            self.close()

    def close(self) -> None:
        """End all workers."""
        self.closed = True
        self._finish()


@atexit.register
def _close_all() -> None:
    for crew in list(_open):
        crew.close()
