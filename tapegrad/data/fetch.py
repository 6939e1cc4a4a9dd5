"""From indices to a batch: the work that workers do, and that the loader does itself where it has none."""

from collections.abc import Callable, Iterator
from itertools import islice
from operator import index
from typing import Any, NoReturn

import numpy as np

from .._random import drawing_from
from .collate import default_collate
from .dataset import IterableDataset, gathers
from .stream import BatchStream, Place

END = "the stream has ended"  # compared by value: it travels between processes
SHOWN = 8  # indices in a note


class Fetch:
    """Make batches of a dataset.

    Parameters
    ----------
    dataset : Dataset or IterableDataset
    collate_fn : function or None
        Makes a batch of a list of samples; None: the default way, at once where the dataset can.
    batched : bool
        Whether samples are joined to batches at all.
    drop_last : bool
        Of a stream: leave out a last batch that is too short.
    """

    def __init__(self, dataset, collate_fn: Callable[[list], Any] | None, batched: bool, drop_last: bool):
        self.dataset, self.collate_fn, self.batched, self.drop_last = dataset, collate_fn, batched, drop_last
        self._stream: Iterator | None = None

    def begin(self) -> "Fetch":
        """Begin an epoch; returns what serves it."""
        own = Fetch(self.dataset, self.collate_fn, self.batched, self.drop_last)
        if isinstance(self.dataset, IterableDataset):
            own._stream = iter(self.dataset)
        return own

    def __call__(self, place: Place, number: int, wanted) -> Any:
        """Batch `number` of the epoch at `place`: the samples at the indices `wanted`, or the next `wanted` ones."""
        with drawing_from(BatchStream(place, number)):
            if self._stream is not None:
                return self._next(number, wanted)
            if not self.batched:
                return self._samples([wanted], number)[0]
            indices = [index(i) for i in wanted]
            if self.collate_fn is None and gathers(self.dataset):
                return _noting(lambda: self.dataset.gather(np.array(indices, np.int64)), number, indices)
            return self._joined(self._samples(indices, number), number, indices)

    def _samples(self, indices: list[int], number: int) -> list:
        if self.batched and getattr(self.dataset, "__getitems__", None):
            return _noting(lambda: self.dataset.__getitems__(indices), number, indices)
        dataset, samples = self.dataset, []
        try:
            for i in indices:
                samples.append(dataset[i])
        except Exception as error:
            _note(error, number, [indices[len(samples)]])
        return samples

    def _next(self, number: int, wanted: int | None):
        assert self._stream is not None
        samples = []
        try:
            samples.extend(islice(self._stream, wanted or 1))
        except Exception as error:
            error.add_note(f"[DataLoader] raised by the dataset's iterator in batch {number}")
            raise
        if not samples or (wanted and self.drop_last and len(samples) < wanted):
            return END
        return self._joined(samples, number, None) if self.batched else samples[0]

    def _joined(self, samples: list, number: int, indices: list[int] | None):
        return _noting(lambda: (self.collate_fn or default_collate)(samples), number, indices, "joining ")


def _noting(make: Callable, number: int, indices: list[int] | None, doing: str = ""):
    """Call `make`; an error says which samples of which batch raised it."""
    try:
        return make()
    except Exception as error:
        _note(error, number, indices, doing)


def _note(error: Exception, number: int, indices: list[int] | None, doing: str = "") -> NoReturn:
    """Raise `error` again, with a note."""
    what = "the samples"
    if indices is not None:
        shown = str(indices[0]) if len(indices) == 1 else str(indices[:SHOWN])
        more = f" and {len(indices) - SHOWN} more" if len(indices) > SHOWN else ""
        what = f"sample{'s' * (len(indices) > 1)} {shown}{more}"
    note = f"[DataLoader] raised by {doing}{what}, in batch {number}"
    if isinstance(error, StopIteration):  # would end the epoch without a word
        raise RuntimeError(f"{note}: StopIteration") from error
    error.add_note(note)
    raise error
