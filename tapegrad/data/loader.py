"""The loader: a dataset, in batches, in an order that a seed decides."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import index
from typing import Any

import numpy as np

from .._random import Generator, generator_of
from .dataset import gather


class DataLoader:
    """Iterate over a dataset in batches; once per `for`, any number of times.

    Parameters
    ----------
    dataset : Dataset
        Anything with `__len__` and `__getitem__`.
    batch_size : int or None, default 1
        Samples in a batch; None yields the samples one by one, without a batch axis.
    shuffle : bool, default False
        Draw a new order at the start of every epoch.
    sampler : iterable of int, optional
        The indices of one epoch, instead of `shuffle`; iterated anew every epoch.
    batch_sampler : iterable of lists of int, optional
        The indices of every batch, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
    num_workers : int, default 0
        A hint, as is `pin_memory`: batches are made in this process, when they are asked for.
    collate_fn : function, optional
        Makes a batch of a list of samples (default: `default_collate`).
    pin_memory : bool, default False
        A hint, see `num_workers`.
    drop_last : bool, default False
        Leave out the last batch if it is smaller than the others.
    generator : Generator, optional
        Where `shuffle` draws from; by default from the one that `tapegrad.manual_seed` seeds.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or size, or two exclude each other.

    Notes
    -----
    Orders are a function of the generator's state alone: seed it again and the same epochs come again. Datasets
    with `gather` (all of `tapegrad.data`) are indexed once a batch, not once a sample.

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
        shuffle: bool | None = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        generator: Generator | None = None,
    ):
        for method in ("__len__", "__getitem__"):
            if not hasattr(dataset, method):
                raise TypeError(f"[DataLoader] `dataset` (a {type(dataset).__name__}) must have `{method}`")
        if batch_size is not None:
            batch_size = _count("batch_size", batch_size, 1)
        elif drop_last:
            raise ValueError("[DataLoader] `drop_last` (=True) must go with batches, and `batch_size` is None")
        _count("num_workers", num_workers, 0)
        if sampler is not None and shuffle:
            raise ValueError("[DataLoader] `shuffle` (=True) must not be given beside `sampler`, which has the order")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            others = "`batch_size`, `shuffle`, `sampler` or `drop_last`"
            raise ValueError(f"[DataLoader] `batch_sampler` must not be given beside {others}")
        for name, indices in (("sampler", sampler), ("batch_sampler", batch_sampler)):
            if indices is not None and (not isinstance(indices, Iterable) or isinstance(indices, Iterator)):
                kind = type(indices).__name__
                raise TypeError(f"[DataLoader] `{name}` (a {kind}) must be iterable anew every epoch, as a list is")
        if collate_fn is not None and not callable(collate_fn):
            raise TypeError(f"[DataLoader] `collate_fn` (={collate_fn!r}) must be a function of a list of samples")
        generator_of(generator)
        self.dataset, self.batch_size, self.collate_fn = dataset, batch_size, collate_fn
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.shuffle, self.drop_last = bool(shuffle), bool(drop_last)
        self.num_workers, self.pin_memory = num_workers, bool(pin_memory)

    def __iter__(self) -> Iterator:
        if self.batch_sampler is not None:
            return map(self._batch, self.batch_sampler)
        order = self._order()  # drawn now, not at the first batch: interleaved epochs stay reproducible
        if self.batch_size is None:
            return (self.dataset[index(i)] for i in order)
        return map(self._batch, self._cut(iter(order)))

    def __len__(self) -> int:
        """Batches in an epoch (samples, where `batch_size` is None)."""
        if self.batch_sampler is not None:
            return len(self.batch_sampler)  # type: ignore[arg-type]  # says itself if it has no length
        samples = len(self.dataset if self.sampler is None else self.sampler)  # type: ignore[arg-type]
        size = self.batch_size or 1
        return samples // size if self.drop_last else -(-samples // size)

    def _order(self) -> Iterable[int]:
        if self.sampler is not None:
            return self.sampler
        n = len(self.dataset)
        return generator_of(self.generator).permutation(n).tolist() if self.shuffle else range(n)

    def _cut(self, order: Iterator[int]) -> Iterator[list[int]]:
        assert self.batch_size is not None
        while len(batch := list(islice(order, self.batch_size))) == self.batch_size:
            yield batch
        if batch and not self.drop_last:
            yield batch

    def _batch(self, indices):
        indices = [index(i) for i in indices]
        if self.collate_fn is None:
            return gather(self.dataset, np.array(indices, np.int64))
        return self.collate_fn([self.dataset[i] for i in indices])


def _count(name: str, value, least: int) -> int:
    """`value` as an int, at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"[DataLoader] `{name}` (={value!r}) must be an int")
    if index(value) < least:
        raise ValueError(f"[DataLoader] `{name}` (={value}) must be at least {least}")
    return index(value)
