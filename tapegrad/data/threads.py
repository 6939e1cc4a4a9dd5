"""Worker threads: they share the dataset, and run at once wherever NumPy, kernels and files release Python's lock."""

from queue import Empty, SimpleQueue
from threading import Thread, current_thread
from time import monotonic

from .fetch import Fetch
from .workers import Answer, serve


class Threads:
    """`num_workers` threads that serve a loader."""

    def __init__(self, fetch: Fetch, num_workers: int, init):
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._tasks: list[SimpleQueue] = [SimpleQueue() for _ in range(num_workers)]
        self._closing: list[bool] = []
        self.threads = [
            Thread(
                target=serve,
                args=(fetch, k, num_workers, init, _Receive(tasks, self._closing), self._answers.put),
                name=f"DataLoader worker {k}",
                daemon=True,  # one that hangs in a dataset must not keep the program from ending
            )
            for k, tasks in enumerate(self._tasks)
        ]
        for thread in self.threads:
            thread.start()

    def put(self, worker: int, message) -> None:
        """Hand a message to a worker."""
        self._tasks[worker].put(message)

    def get(self, seconds: float) -> Answer | None:
        """The next answer of any worker; None if there is none for that long."""
        try:
            return self._answers.get(timeout=seconds)
        except Empty:
            return None

    def close(self, patience: float = 5.0) -> None:
        """Let every worker finish the batch that it is making, and no other."""
        self._closing.append(True)
        for tasks in self._tasks:
            tasks.put(None)
        deadline = monotonic() + patience
        for thread in self.threads:
            if thread is not current_thread():
                thread.join(max(0, deadline - monotonic()))


class _Receive:
    """Wait for a message; once the pool closes, it is None."""

    def __init__(self, tasks: SimpleQueue, closing: list[bool]):
        self.tasks, self.closing = tasks, closing

    def __call__(self):
        message = self.tasks.get()
        return None if self.closing else message
