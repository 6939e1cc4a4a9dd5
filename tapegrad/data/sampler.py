"""Samplers: in which order the samples of a dataset come.

A sampler is iterated anew every epoch. One whose epochs differ has `state_dict` and `load_state_dict`: what decides
the epochs to come. With them a loader can resume an epoch in its middle.
"""

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any

import numpy as np

from .._random import Generator, generator_of
from .._tape import Tensor
from ._arguments import count


class Sampler:
    """An order of samples: a subclass defines `__iter__`, over the indices of one epoch, and where it can `__len__`."""

    def __iter__(self) -> Iterator:
        raise NotImplementedError(f"[{type(self).__name__}] a Sampler must define `__iter__`")


class SequentialSampler(Sampler):
    """The samples of `data_source` in their order."""

    def __init__(self, data_source: Sized):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class _RandomSampler(Sampler):
    """What random samplers share: the order is drawn when the epoch begins, and the generator is all their state."""

    def __init__(self, generator: Generator | None):
        generator_of(generator)
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        return iter(self._order(generator_of(self.generator)).tolist())

    def _order(self, generator: Generator) -> np.ndarray:
        raise NotImplementedError

    def state_dict(self) -> dict:
        """Where the generator is."""
        return {"place": list(generator_of(self.generator).skip(0))}

    def load_state_dict(self, state: dict) -> None:
        """Put the generator there; the default one, if that is where the order comes from."""
        generator_of(self.generator).at(*state["place"])


class RandomSampler(_RandomSampler):
    """The samples of `data_source` in random order.

    Parameters
    ----------
    data_source : Dataset, of N samples
    replacement : bool, default False
        Draw every sample from all of them, instead of dealing them out.
    num_samples : int, optional
        How many to draw (default: N). More than N without replacement are several orders one after the other.
    generator : Generator, optional

    Raises
    ------
    TypeError, ValueError
        If `num_samples` is no positive int, or there is nothing to draw from.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ):
        super().__init__(generator)
        self.data_source, self.replacement = data_source, bool(replacement)
        self._num_samples = None if num_samples is None else count("RandomSampler", "num_samples", num_samples, 1)
        if num_samples is not None and not len(data_source):
            raise ValueError(f"[RandomSampler] `num_samples` (={num_samples}) must be None for an empty `data_source`")

    @property
    def num_samples(self) -> int:
        """How many an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __len__(self) -> int:
        return self.num_samples

    def _order(self, generator: Generator) -> np.ndarray:
        n, wanted = len(self.data_source), self.num_samples
        if self.replacement:
            return generator.integers(0, max(n, 1), (wanted,))
        rounds = max(1, -(-wanted // n) if n else 0)
        return np.concatenate([generator.permutation(n) for _ in range(rounds)])[:wanted]


class SubsetRandomSampler(_RandomSampler):
    """The samples at `indices`, in random order.

    Parameters
    ----------
    indices : sequence of int, array or Tensor, (N,)
    generator : Generator, optional
    """

    def __init__(self, indices, generator: Generator | None = None):
        super().__init__(generator)
        self.indices = _integers("SubsetRandomSampler", "indices", indices)

    def __len__(self) -> int:
        return len(self.indices)

    def _order(self, generator: Generator) -> np.ndarray:
        return self.indices[generator.permutation(len(self.indices))]


class WeightedRandomSampler(_RandomSampler):
    """Samples drawn with probabilities in proportion to their weights.

    Parameters
    ----------
    weights : sequence of float, array or Tensor, (N,)
        Not negative, and not all zero; a sample of weight 0 is never drawn.
    num_samples : int
        How many to draw an epoch.
    replacement : bool, default True
        Without it, a sample that was drawn is out.
    generator : Generator, optional

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind; if without replacement fewer than `num_samples` weights are positive.

    Notes
    -----
    Without replacement the sample with the smallest -log(u) / weight comes first, and so on: an exponential race
    (P. S. Efraimidis, P. G. Spirakis: Weighted random sampling with a reservoir, 2006).
    """

    def __init__(self, weights, num_samples: int, replacement: bool = True, generator: Generator | None = None):
        super().__init__(generator)
        op = "WeightedRandomSampler"
        values = np.asarray(weights._array if isinstance(weights, Tensor) else weights)
        if values.ndim != 1 or values.dtype.kind not in "fiub":
            raise TypeError(f"[{op}] `weights` (of shape {values.shape}, dtype {values.dtype}) must be 1-D numbers")
        self.weights = values.astype(np.float64)
        if not (np.isfinite(self.weights).all() and (self.weights >= 0).all() and self.weights.any()):
            raise ValueError(f"[{op}] `weights` must be finite, not negative and not all zero")
        self.num_samples, self.replacement = count(op, "num_samples", num_samples, 1), bool(replacement)
        positive = np.count_nonzero(self.weights)
        if not replacement and self.num_samples > positive:
            raise ValueError(f"[{op}] `num_samples` (={num_samples}) must be at most {positive}, the positive weights")

    def __len__(self) -> int:
        return self.num_samples

    def _order(self, generator: Generator) -> np.ndarray:
        if self.replacement:
            edges = np.cumsum(self.weights / self.weights.max())
            u = generator.uniform((self.num_samples,), np.float64) * edges[-1]
            last = np.flatnonzero(self.weights)[-1]  # u may round up to the last edge
            return np.minimum(np.searchsorted(edges, u, side="right"), last)
        u = 1 - generator.uniform(self.weights.shape, np.float64)  # in (0, 1]
        positive = np.flatnonzero(self.weights)
        times = -np.log(u[positive]) / self.weights[positive]
        return positive[np.argsort(times, kind="stable")[: self.num_samples]]


class StratifiedSampler(_RandomSampler):
    """All samples in a random order in which every class is spread evenly.

    Parameters
    ----------
    labels : sequence of int, array or Tensor, (N,)
        The class of each sample.
    generator : Generator, optional

    Notes
    -----
    Of a class with n members, any first m samples hold m·n/N, give or take 1 + (number of classes)·n/N. Member k of
    the class comes at (k + u) / n of the epoch, u being the class's own.
    """

    def __init__(self, labels, generator: Generator | None = None):
        super().__init__(generator)
        self.labels = _integers("StratifiedSampler", "labels", labels)

    def __len__(self) -> int:
        return len(self.labels)

    def _order(self, generator: Generator) -> np.ndarray:
        _, member, counts = np.unique(self.labels, return_inverse=True, return_counts=True)
        order = generator.permutation(len(member))
        by_class = order[np.argsort(member[order], kind="stable")]  # class after class, each in random order
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        u = generator.uniform((len(counts),), np.float64)
        return by_class[np.argsort((rank + np.repeat(u, counts)) / np.repeat(counts, counts), kind="stable")]


class BatchSampler(Sampler):
    """The indices of a sampler in lists of `batch_size`.

    Parameters
    ----------
    sampler : Sampler or iterable of int
    batch_size : int
    drop_last : bool
        Leave out the last list if it is shorter than the others.

    Examples
    --------
    >>> list(tg.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool):
        self.sampler, self.drop_last = sampler, bool(drop_last)
        self.batch_size = count("BatchSampler", "batch_size", batch_size, 1)

    def __iter__(self) -> Iterator[list[int]]:
        return self._cut(iter(self.sampler))  # drawn now, not at the first batch

    def _cut(self, order: Iterator[int]) -> Iterator[list[int]]:
        while len(batch := list(islice(order, self.batch_size))) == self.batch_size:
            yield batch
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        samples = len(self.sampler)  # type: ignore[arg-type]  # says itself if it has no length
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def state_dict(self) -> dict[str, Any]:
        """The state of the sampler inside."""
        return self.sampler.state_dict() if hasattr(self.sampler, "state_dict") else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Hand the state to the sampler inside."""
        if state:
            self.sampler.load_state_dict(state)  # type: ignore[attr-defined]


class DistributedSampler(Sampler):
    """The share of one of several processes that train together.

    Parameters
    ----------
    dataset : Dataset, of N samples
    num_replicas : int
        How many processes there are.
    rank : int
        Which one this is, from 0.
    shuffle : bool, default True
        A new order every epoch: call `set_epoch` at its start, with the same number in all processes.
    seed : int, default 0
        Of the order; the same in all processes.
    drop_last : bool, default False
        Leave out the N % num_replicas samples that are over, instead of giving some samples twice: all shares have
        the same length.

    Raises
    ------
    TypeError, ValueError
        If `num_replicas` or `rank` is missing or out of range.
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ):
        op = "DistributedSampler"
        self.dataset, self.shuffle, self.drop_last = dataset, bool(shuffle), bool(drop_last)
        self.num_replicas, self.rank = count(op, "num_replicas", num_replicas, 1), count(op, "rank", rank, 0)
        if self.rank >= self.num_replicas:
            raise ValueError(f"[{op}] `rank` (={rank}) must be less than `num_replicas` (={num_replicas})")
        self.seed, self.epoch = count(op, "seed", seed, 0), 0

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        order = Generator().manual_seed(self.seed + self.epoch).permutation(n) if self.shuffle else np.arange(n)
        return iter(np.resize(order, len(self) * self.num_replicas)[self.rank :: self.num_replicas].tolist())

    def __len__(self) -> int:
        n = len(self.dataset)
        return n // self.num_replicas if self.drop_last else -(-n // self.num_replicas)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next."""
        self.epoch = count("set_epoch", "epoch", epoch, 0)

    def state_dict(self) -> dict:
        """The number of the epoch."""
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict) -> None:
        """Set the number of the epoch."""
        self.set_epoch(state["epoch"])


def _integers(op: str, name: str, values) -> np.ndarray:
    """`values` as a fresh 1-D array of int64."""
    array = np.array(values._array if isinstance(values, Tensor) else values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iub"):
        raise TypeError(f"[{op}] `{name}` (of shape {array.shape}, dtype {array.dtype}) must be 1-D integers")
    return array.astype(np.int64)
