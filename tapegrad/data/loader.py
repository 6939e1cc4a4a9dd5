"""The loader: a dataset, in batches, in an order that a seed decides."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, repeat
from typing import Any

from .._random import Generator, generator_of
from ._arguments import count, real
from .dataset import IterableDataset
from .epoch import Crew, Epoch, Progress, WorkedEpoch
from .fetch import Fetch
from .pinning import pinned_batches
from .processes import Processes
from .sampler import BatchSampler, RandomSampler, SequentialSampler
from .stream import Place
from .threads import Threads

STATE = ("batches", "place", "epoch_sampler", "sampler", "generator", "samples")


class DataLoader:
    """Iterate over a dataset in batches; once per `for`, any number of times.

    Parameters
    ----------
    dataset : Dataset or IterableDataset
        Anything with `__len__` and `__getitem__`, or a stream.
    batch_size : int or None, default 1
        Samples in a batch; None yields the samples one by one, without a batch axis.
    shuffle : bool, optional
        Draw a new order at the start of every epoch.
    sampler : iterable of int, optional
        The indices of one epoch, instead of `shuffle`; iterated anew every epoch.
    batch_sampler : iterable of lists of int, optional
        The indices of every batch, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
    num_workers : int, default 0
        How many workers make batches ahead of time; 0: they are made here, when they are asked for.
    collate_fn : function, optional
        Makes a batch of a list of samples (default: `default_collate`).
    pin_memory : bool, default False
        Put the Tensors of a batch into pinned memory, where a CUDA device is: ``x.to("cuda", non_blocking=True)``
        then copies while the program goes on. `pin_memory_device` and `in_order` have no effect: batches always come
        in order.
    drop_last : bool, default False
        Leave out the last batch if it is smaller than the others.
    timeout : float, default 0
        Seconds to wait for a batch of a worker before that is an error; 0: for ever.
    worker_init_fn : function of the worker's number, optional
        Called once in each worker before it makes its first batch.
    multiprocessing_context : None or "spawn"
        What workers are. None: threads of this process, which start at once, share the dataset, and run at the same
        time wherever NumPy, kernels and files release Python's lock. "spawn": processes, for datasets whose own
        Python code takes the time; dataset, functions and batches are pickled to travel between them, and a script
        keeps its work under ``if __name__ == "__main__":``.
    generator : Generator, optional
        Where orders and seeds come from; by default the one that `tapegrad.manual_seed` seeds.
    prefetch_factor : int, optional
        Batches that each worker is ahead (default: 2).
    persistent_workers : bool, default False
        Keep the workers from one epoch to the next. Then one epoch is open at a time.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or size, or two exclude each other.
    RuntimeError
        While iterating: if a worker dies or takes longer than `timeout`. An error of the dataset's own comes as it
        is, with a note that names the samples. After any of these, and after Ctrl-C, no worker is left.

    Notes
    -----
    Orders are a function of the generator's state alone: seed it again and the same epochs come again. So are random
    numbers drawn while a batch is made, by transforms or by tapegrad's random functions in the dataset: each batch
    has a stream of its own, so that 0, 1 and 8 workers of both kinds give the same batches. NumPy's and Python's own
    generators have no part in this.

    Datasets with `gather` (all of `tapegrad.data`) are indexed once a batch, not once a sample.

    Examples
    --------
    >>> pairs = tg.data.TensorDataset(tg.arange(5), tg.arange(5) ** 2)
    >>> for number, square in tg.data.DataLoader(pairs, batch_size=2):
    ...     print(number, square)
    tensor([0, 1]) tensor([0, 1])
    tensor([2, 3]) tensor([4, 9])
    tensor([4]) tensor([16])
    """

    def __init__(
        self,
        dataset,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: str | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ):
        self._is_stream = isinstance(dataset, IterableDataset)
        if batch_size is not None:
            batch_size = count("DataLoader", "batch_size", batch_size, 1)
        elif drop_last:
            raise ValueError("[DataLoader] `drop_last` (=True) must go with batches, and `batch_size` is None")
        generator_of(generator)
        _check_order(dataset, self._is_stream, batch_size, shuffle, sampler, batch_sampler, drop_last)
        for name, function in (("collate_fn", collate_fn), ("worker_init_fn", worker_init_fn)):
            if function is not None and not callable(function):
                raise TypeError(f"[DataLoader] `{name}` (={function!r}) must be a function")
        if multiprocessing_context not in (None, "spawn"):
            raise ValueError(
                f"[DataLoader] `multiprocessing_context` (={multiprocessing_context!r}) must be None, for threads, or "
                '"spawn", for processes: a forked process would inherit the locks of threads that it does not have'
            )
        self.num_workers = count("DataLoader", "num_workers", num_workers, 0)
        self.timeout = real("DataLoader", "timeout", timeout, 0, 1e9)
        given = {"timeout": timeout, "prefetch_factor": prefetch_factor, "persistent_workers": persistent_workers}
        for name, value in given.items():
            if value and not num_workers:
                raise ValueError(f"[DataLoader] `{name}` (={value}) must go with workers, and `num_workers` is 0")
        ahead = 2 if prefetch_factor is None else prefetch_factor
        self.prefetch_factor = count("DataLoader", "prefetch_factor", ahead, 1)
        self.dataset, self.collate_fn, self.worker_init_fn = dataset, collate_fn, worker_init_fn
        self.generator, self.multiprocessing_context = generator, multiprocessing_context
        self.persistent_workers, self.pin_memory = bool(persistent_workers), bool(pin_memory)
        self.batch_size, self.drop_last = (batch_size, bool(drop_last)) if batch_sampler is None else (None, False)
        self.sampler, self.batch_sampler = sampler, batch_sampler
        if not self._is_stream and batch_sampler is None:
            if sampler is None:
                self.sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
            if batch_size is not None:
                self.batch_sampler = BatchSampler(self.sampler, batch_size, self.drop_last)  # type: ignore[arg-type]
        batched = batch_size is not None or batch_sampler is not None
        self._fetch = Fetch(dataset, collate_fn, batched, self.drop_last)
        self._crew: Crew | None = None
        self._progress: Progress | None = None
        self._resume: Progress | None = None

    def __iter__(self) -> Iterator:
        return pinned_batches(self._epoch()) if self.pin_memory else self._epoch()

    def _epoch(self) -> Iterator:
        progress, self._resume = self._resume, None
        skip = 0
        if progress is None:
            place = generator_of(self.generator).skip(1)
            progress = Progress(place, self._sampler_state())
            tasks = self._tasks()
        else:
            tasks = self._resumed_tasks(progress)
            skip = progress.batches if self._is_stream else 0
        self._progress = progress
        if self.num_workers:
            ahead, timeout = self.prefetch_factor, self.timeout
            return WorkedEpoch(self._workers(), tasks, progress, ahead, timeout, self._is_stream, skip)
        return Epoch(self._fetch, tasks, progress, skip)

    def __len__(self) -> int:
        """Batches in an epoch (samples, where `batch_size` is None)."""
        if self._is_stream:
            samples, size = len(self.dataset), self.batch_size or 1
            return samples // size if self.drop_last else -(-samples // size)
        return len(self._order)  # says itself if it has no length

    @property
    def _order(self):
        """What is iterated: lists of indices, or indices where samples come one by one."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _tasks(self, first: int = 0) -> Iterator:
        """What is wanted in batch `first` of a new epoch, and in those after it."""
        if self._is_stream:
            return repeat(self.batch_size)
        tasks = islice(self._order, first, None)
        return chain(list(islice(tasks, 1)), tasks)  # asked for one, a sampler draws its order: now, not later

    def _resumed_tasks(self, progress: Progress) -> Iterator:
        """The tasks of the epoch that began with this state of the sampler, from where it was left."""
        now = self._sampler_state()
        if progress.sampler:
            self._order.load_state_dict(progress.sampler)
        tasks = self._tasks(progress.batches)
        if now:
            self._order.load_state_dict(now)
        return tasks

    def _sampler_state(self) -> dict:
        return self._order.state_dict() if hasattr(self._order, "state_dict") else {}

    def _workers(self) -> Crew:
        if self._crew is not None and not self._crew.closed:
            return self._crew
        kind = Processes if self.multiprocessing_context else Threads
        crew = Crew(kind, self._fetch, self.num_workers, self.worker_init_fn, self.persistent_workers)
        if self.persistent_workers:
            self._crew = crew
        return crew

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, in the middle of an epoch or between two: numbers, lists and dicts of them.

        Batches count that were handed out; what workers made ahead of time is made again. A sampler of your own is
        asked for its `state_dict`, if it has one; else its epochs must be alike.
        """
        progress = self._resume or self._progress
        within = progress is not None and not progress.over
        return {
            "batches": progress.batches if within else 0,  # type: ignore[union-attr]
            "place": list(progress.place) if within else None,  # type: ignore[union-attr]
            "epoch_sampler": progress.sampler if within else None,  # type: ignore[union-attr]
            "sampler": self._sampler_state(),
            "generator": list(generator_of(self.generator).skip(0)),
            "samples": self._samples(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go where `state_dict` was called: the next iteration is the rest of that epoch.

        Puts the generator where it was, the default one if the loader has none of its own. Of a stream, the batches
        that were handed out are made again, and dropped.

        Raises
        ------
        ValueError
            If the state is not one of a loader, or that loader's dataset had another length; nothing is changed then.
        """
        if not isinstance(state, dict) or set(state) != set(STATE):
            found = sorted(state) if isinstance(state, dict) else type(state).__name__
            raise ValueError(f"[DataLoader] `state` (with {found}) must have the entries {sorted(STATE)}")
        if state["samples"] != self._samples():
            found, have = state["samples"], self._samples()
            raise ValueError(f"[DataLoader] `state` (of a dataset of {found}) must be of one of {have} samples")
        batches = count("DataLoader", "batches", state["batches"], 0)
        generator = _place("generator", state["generator"])
        place = None if state["place"] is None else _place("place", state["place"])
        if state["sampler"]:
            self._order.load_state_dict(state["sampler"])
        generator_of(self.generator).at(*generator)
        self._progress, self._resume = None, place and Progress(place, state["epoch_sampler"], batches)

    def _samples(self) -> int | None:
        return len(self.dataset) if hasattr(self.dataset, "__len__") else None


def _place(name: str, value) -> Place:
    """A place in a generator, as a state holds it."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"[DataLoader] `state[{name!r}]` (={value!r}) must be a seed and an offset")
    seed, offset = (count("DataLoader", f"state[{name!r}]", number, 0) for number in value)
    return seed, offset


def _check_order(dataset, is_stream: bool, batch_size, shuffle, sampler, batch_sampler, drop_last) -> None:
    """Refuse a dataset that cannot be read, and orders that exclude each other."""
    if is_stream:
        for name, value in (("shuffle", shuffle), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if value is not None and value is not False:
                raise ValueError(
                    f"[DataLoader] `{name}` must not be given for an IterableDataset, which has an order of its own"
                )
        return
    ordered = sampler is not None or batch_sampler is not None
    for method in ("__getitem__",) if ordered else ("__len__", "__getitem__"):
        if not hasattr(dataset, method):
            raise TypeError(f"[DataLoader] `dataset` (a {type(dataset).__name__}) must have `{method}`")
    if sampler is not None and shuffle:
        raise ValueError("[DataLoader] `shuffle` (=True) must not be given beside `sampler`, which has the order")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        others = "`batch_size`, `shuffle`, `sampler` or `drop_last`"
        raise ValueError(f"[DataLoader] `batch_sampler` must not be given beside {others}")
    for name, indices in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if indices is not None and (not isinstance(indices, Iterable) or isinstance(indices, Iterator)):
            kind = type(indices).__name__
            raise TypeError(f"[DataLoader] `{name}` (a {kind}) must be iterable anew every epoch, as a list is")
