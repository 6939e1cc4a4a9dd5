"""Datasets: anything with `len(dataset)` and `dataset[i]`.

A dataset that can index many samples at once also has `gather(indices)`, which returns them collated. The loader
then never touches single samples; that is what makes it fast.
"""

from collections.abc import Sequence

import numpy as np

from .._creation import as_tensor
from .._tape import Tensor
from .collate import default_collate


class Dataset:
    """A map from 0 … len-1 to samples.

    A subclass defines `__getitem__` and `__len__`, and, if it can serve many samples at once, ``gather(indices)``:
    the samples at an int64 array of indices as one collated batch.
    """

    def __getitem__(self, index):
        raise NotImplementedError(f"[{type(self).__name__}] a Dataset must define `__getitem__`")

    def __len__(self) -> int:
        raise NotImplementedError(f"[{type(self).__name__}] a Dataset must define `__len__`")

    def __add__(self, other):
        from .combine import ConcatDataset

        return ConcatDataset([self, other])


class IterableDataset:
    """A stream of samples, for data that come in an order of their own.

    A subclass defines `__iter__`, which starts a new pass; and `__len__`, if it knows how many samples there are.

    Notes
    -----
    Each worker of a loader iterates over the dataset on its own: `get_worker_info` in `__iter__` tells which share
    is whose. Worker threads share this object: what a pass needs to remember belongs into the iterator.

    Examples
    --------
    >>> class Count(tg.data.IterableDataset):
    ...     def __iter__(self):
    ...         info = tg.data.get_worker_info()
    ...         first, step = (0, 1) if info is None else (info.id, info.num_workers)
    ...         return iter(range(first, 6, step))
    >>> [batch.tolist() for batch in tg.data.DataLoader(Count(), batch_size=2, num_workers=2)]
    [[0, 2], [1, 3], [4], [5]]
    """

    def __iter__(self):
        raise NotImplementedError(f"[{type(self).__name__}] an IterableDataset must define `__iter__`")

    def __add__(self, other):
        from .combine import ChainDataset

        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Sample i is the tuple of row i of each tensor.

    Parameters
    ----------
    *tensors : Tensor or array, (N, ...)
        At least one; all of the same length N.

    Raises
    ------
    ValueError
        If there is none, one is 0-d, or lengths differ.

    Examples
    --------
    >>> pairs = tg.data.TensorDataset(tg.arange(4), tg.arange(4) * 10)
    >>> pairs[2]
    (tensor(2), tensor(20))
    """

    def __init__(self, *tensors):
        tensors = tuple(as_tensor(t) for t in tensors)
        lengths = [t.shape[0] if t.shape else None for t in tensors]
        if not tensors or None in lengths or len(set(lengths)) > 1:
            shapes = ", ".join(str(t.shape) for t in tensors) or "none"
            raise ValueError(f"[TensorDataset] `tensors` (of shapes {shapes}) must be one or more of the same length")
        self.tensors = tensors

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]

    gather = __getitem__


class Subset(Dataset):
    """The samples of `dataset` at `indices`, in that order.

    Parameters
    ----------
    dataset : Dataset
    indices : sequence of int, array or Tensor, (N,)
        Each in -len(dataset) … len(dataset)-1; repeats are allowed.

    Raises
    ------
    IndexError
        If an index is out of range.
    TypeError
        If the indices are no one-dimensional integers.
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int] | np.ndarray | Tensor):
        self.indices = as_indices("Subset", indices, len(dataset))
        self.dataset = dataset

    def __getitem__(self, index: int):
        return self.dataset[int(self.indices[index])]

    def __len__(self) -> int:
        return len(self.indices)

    def gather(self, indices: np.ndarray):
        """Return the samples at `indices`, collated."""
        return gather(self.dataset, self.indices[indices])


def as_indices(op: str, indices, length: int) -> np.ndarray:
    """`indices` as a fresh int64 array, checked against `length`."""
    array = np.array(indices._array if isinstance(indices, Tensor) else indices)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(f"[{op}] `indices` (of shape {array.shape}, dtype {array.dtype}) must be 1-D integers")
    outside = array[(array < -length) | (array >= length)]
    if outside.size:
        raise IndexError(f"[{op}] `indices` (with {outside[0]}) must lie in {-length} … {length - 1}")
    return array.astype(np.int64)


def gather(dataset, indices: np.ndarray):
    """Return the samples at `indices` as one batch; at once, where the dataset offers it."""
    if gathers(dataset):
        return dataset.gather(indices)
    return default_collate([dataset[i] for i in indices.tolist()])


def gathers(dataset) -> bool:
    """Whether `gather` speaks for `__getitem__`: a subclass that overrides only the latter must not be bypassed."""
    for cls in type(dataset).__mro__:
        if "gather" in vars(cls) or "__getitem__" in vars(cls):
            return "gather" in vars(cls)
    return False
