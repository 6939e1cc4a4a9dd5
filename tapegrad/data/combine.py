"""Datasets made of datasets: one after the other, or side by side."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain

from .dataset import Dataset, IterableDataset


class ConcatDataset(Dataset):
    """The samples of several datasets, one dataset after the other; ``a + b`` makes one.

    Parameters
    ----------
    datasets : iterable of Dataset
        At least one, none of them an `IterableDataset`.

    Attributes
    ----------
    cumulative_sizes : list of int
        Where each dataset ends.

    Raises
    ------
    ValueError
        If there is none.
    TypeError
        If one is an `IterableDataset`: `ChainDataset` is for those.
    """

    def __init__(self, datasets: Iterable[Dataset]):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("[ConcatDataset] `datasets` (=[]) must hold at least one")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise TypeError(f"[ConcatDataset] `datasets` (with a {type(dataset).__name__}) must hold no stream")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __getitem__(self, index: int):
        n = len(self)
        if not -n <= index < n:
            raise IndexError(f"[ConcatDataset] `index` (={index}) must lie in {-n} … {n - 1}")
        index %= n
        part = bisect_right(self.cumulative_sizes, index)
        return self.datasets[part][index - (self.cumulative_sizes[part - 1] if part else 0)]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


class StackDataset(Dataset):
    """Sample i is sample i of every dataset: a tuple, or a dict where the datasets have names.

    Parameters
    ----------
    *args : Dataset
    **kwargs : Dataset
        One way or the other; all of the same length.

    Raises
    ------
    ValueError
        If there is none, there are both, or lengths differ.

    Examples
    --------
    >>> both = tg.data.StackDataset(image=["a", "b"], label=[3, 4])
    >>> both[1]
    {'image': 'b', 'label': 4}
    """

    def __init__(self, *args, **kwargs):
        parts = [*args, *kwargs.values()]
        lengths = [len(part) for part in parts]
        if bool(args) == bool(kwargs) or len(set(lengths)) > 1:
            raise ValueError(
                f"[StackDataset] `datasets` (of lengths {lengths}) must be of one length, all by place or all by name"
            )
        self.datasets = args or kwargs

    def __getitem__(self, index):
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return len(next(iter(self.datasets.values())) if isinstance(self.datasets, dict) else self.datasets[0])


class ChainDataset(IterableDataset):
    """The samples of several streams, one stream after the other; ``a + b`` makes one.

    Parameters
    ----------
    datasets : iterable of IterableDataset

    Raises
    ------
    TypeError
        If one is no `IterableDataset`.
    """

    def __init__(self, datasets: Iterable[IterableDataset]):
        self.datasets: Sequence = list(datasets)
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise TypeError(f"[ChainDataset] `datasets` (with a {type(dataset).__name__}) must be IterableDatasets")

    def __iter__(self) -> Iterator:
        return chain.from_iterable(self.datasets)

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.datasets)
