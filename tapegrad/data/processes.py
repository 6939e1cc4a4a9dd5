"""Worker processes: spawned, each with a copy of the dataset, connected by a pipe each.

A pipe that breaks is how one side learns that the other is gone: a worker whose parent was killed ends, and the parent
of a worker that was killed raises. Two threads in the worker keep the pipe moving while a batch is made, so that
neither side ever waits for the other to read.
"""

import os
import pickle
import signal
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from threading import Thread
from time import monotonic

from .fetch import Fetch
from .workers import STARTING, Answer, Failure, as_text, serve

LOST = (EOFError, OSError)  # what reading or writing a broken pipe raises


class Processes:
    """`num_workers` processes that serve a loader."""

    def __init__(self, fetch: Fetch, num_workers: int, init):
        try:
            work = bytes(ForkingPickler.dumps((fetch, init)))  # once for all of them, and before any is started
        except Exception as error:
            raise TypeError(
                "[DataLoader] `dataset`, `collate_fn` and `worker_init_fn` must be picklable to travel to other "
                f"processes: {error}. Define them at the top of a module, or use threads (multiprocessing_context=None)"
            ) from error
        context = get_context("spawn")
        self._pipes: list[connection.Connection] = []
        self.processes = []
        try:
            for k in range(num_workers):
                here, there = context.Pipe()
                self._pipes.append(here)
                process = context.Process(
                    target=_main, args=(there, k, num_workers), name=f"DataLoader worker {k}", daemon=True
                )
                with _deaf_to_ctrl_c():  # inherited: only the parent answers to it
                    process.start()
                self.processes.append(process)
                there.close()
                with suppress(*LOST):  # `get` finds out what became of it
                    here.send_bytes(work)
        except BaseException:
            self.close()
            raise

    def put(self, worker: int, message) -> None:
        """Hand a message to a worker."""
        with suppress(*LOST):
            self._pipes[worker].send(message)

    def get(self, seconds: float) -> Answer | None:
        """The next answer of any worker; None if there is none for that long."""
        for pipe in connection.wait(self._pipes, seconds):
            worker = self._pipes.index(pipe)  # type: ignore[arg-type]
            try:
                return pickle.loads(self._pipes[worker].recv_bytes())
            except LOST:
                self._raise_death(worker)
        return None

    def close(self, patience: float = 1.0) -> None:
        """Let every worker finish the batch that it is making; end those that take longer than `patience` seconds."""
        for pipe in self._pipes:
            with suppress(*LOST):
                pipe.send(None)
        deadline = monotonic() + patience
        for process in self.processes:
            process.join(max(0, deadline - monotonic()))
        for process in self.processes:
            if process.is_alive():
                process.kill()
            process.join()
        for pipe in self._pipes:
            pipe.close()

    def _raise_death(self, worker: int):
        process = self.processes[worker]
        process.join(1)
        code = process.exitcode
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"exited with code {code}"
        raise RuntimeError(
            f"[DataLoader] worker {worker} (process {process.pid}) {how} before its work was done. If it never began: "
            "processes are spawned, so a script must keep its work under `if __name__ == '__main__':`"
        )


def _main(pipe: connection.Connection, id: int, num_workers: int) -> None:
    """Run in the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where signals cannot be blocked
    tasks: SimpleQueue = SimpleQueue()
    answers: SimpleQueue = SimpleQueue()
    try:
        fetch, init = pickle.loads(pipe.recv_bytes())
    except BaseException as error:
        pipe.send_bytes(_packed(Answer(0, STARTING, None, Failure(error))))
        return
    Thread(target=_pump_in, args=(pipe, tasks), daemon=True).start()
    Thread(target=_pump_out, args=(pipe, answers), daemon=True).start()
    serve(fetch, id, num_workers, init, tasks.get, lambda answer: answers.put(_packed(answer)))


def _pump_in(pipe: connection.Connection, tasks: SimpleQueue) -> None:
    try:
        while (message := pipe.recv()) is not None:
            tasks.put(message)
    except LOST:
        os._exit(1)  # the parent is gone; nobody wants what this worker is making
    while not tasks.empty():  # closing: what was not begun is not wanted
        tasks.get()
    tasks.put(None)


def _pump_out(pipe: connection.Connection, answers: SimpleQueue) -> None:
    with suppress(*LOST):
        while True:
            pipe.send_bytes(answers.get())


def _packed(answer: Answer) -> bytes:
    """The answer as bytes; a batch or an error that cannot travel becomes an error that can."""
    if answer.failure is None:
        try:
            return bytes(ForkingPickler.dumps(answer))
        except Exception as error:
            error.add_note(f"[DataLoader] batch {answer.number} cannot be sent from its process: it must be picklable")
            return _packed(answer._replace(value=None, failure=Failure(error)))
    raised, text = answer.failure.error, as_text(answer.failure.error)
    try:
        pickle.loads(pickle.dumps(raised))  # some errors are written, and then cannot be read
    except Exception:
        raised = RuntimeError(f"[DataLoader] {type(raised).__name__}: {raised}")
    return bytes(ForkingPickler.dumps(answer._replace(failure=Failure(raised, text))))


@contextmanager
def _deaf_to_ctrl_c():
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
