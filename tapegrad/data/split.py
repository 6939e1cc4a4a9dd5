"""Splits: which samples train, and which are held out."""

from collections.abc import Sequence
from math import floor, isclose

import numpy as np

from .._creation import tensor
from .._random import Generator, generator_of
from .._tape import Tensor
from .dataset import Dataset, Subset


def random_split(
    dataset: Dataset, lengths: Sequence[int] | Sequence[float], generator: Generator | None = None
) -> list[Subset]:
    """Deal the samples of a dataset at random into disjoint parts.

    Parameters
    ----------
    dataset : Dataset, of N samples
    lengths : sequence
        Either ints that add up to N, or fractions that add up to 1: part k then has ⌊lengths[k]·N⌋ samples, and
        what is left over goes one by one to the first parts.
    generator : Generator, optional

    Raises
    ------
    ValueError
        If lengths are negative or do not add up.
    """
    n = len(dataset)
    sizes = list(lengths)
    if any(not np.isfinite(size) or size < 0 for size in sizes):
        raise ValueError(f"[random_split] `lengths` (={sizes}) must not be negative")
    if any(isinstance(size, (float, np.floating)) for size in sizes):
        if not isclose(sum(sizes), 1, abs_tol=1e-9):
            raise ValueError(f"[random_split] `lengths` (={sizes}), being fractions, must add up to 1")
        sizes = [floor(n * fraction) for fraction in sizes]
        left = n - sum(sizes)
        sizes = [size + (k < left) for k, size in enumerate(sizes)]
    if sum(sizes) != n:
        raise ValueError(f"[random_split] `lengths` (={sizes}) must add up to the {n} samples of the dataset")
    order = generator_of(generator).permutation(n)
    return [Subset(dataset, part) for part in np.split(order, np.cumsum(sizes)[:-1])]


def stratified_split(labels, fraction: float, generator: Generator | None = None) -> tuple[Tensor, Tensor]:
    """Hold out a fraction of the samples, and the same fraction of every class.

    Parameters
    ----------
    labels : Tensor or array, (N,)
        The class of each sample.
    fraction : float
        The part to hold out, between 0 and 1.
    generator : Generator, optional

    Returns
    -------
    kept, held_out : Tensor, int64
        Indices in ascending order. ``held_out`` has round(fraction·N) of them, and of a class with n members
        ⌊fraction·n⌋ or one more.

    Raises
    ------
    ValueError
        If `labels` is not 1-D, or `fraction` does not lie between 0 and 1.

    Examples
    --------
    >>> kept, held_out = tg.data.stratified_split(tg.tensor([0, 0, 0, 0, 7, 7]), 0.5)
    >>> len(kept), len(held_out)
    (3, 3)
    """
    classes = np.asarray(labels._array if isinstance(labels, Tensor) else labels)
    if classes.ndim != 1:
        raise ValueError(f"[stratified_split] `labels` (of shape {classes.shape}) must be 1-D")
    if not 0 < fraction < 1:
        raise ValueError(f"[stratified_split] `fraction` (={fraction}) must lie between 0 and 1")
    _, member, counts = np.unique(classes, return_inverse=True, return_counts=True)
    quota = fraction * counts
    take = np.floor(quota).astype(np.int64)
    largest_remainders = np.argsort(take - quota, kind="stable")
    take[largest_remainders[: round(fraction * len(classes)) - take.sum()]] += 1
    order = generator_of(generator).permutation(len(classes))
    by_class = order[np.argsort(member[order], kind="stable")]  # class after class, each in random order
    rank = np.empty_like(order)
    rank[by_class] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)  # place in one's class
    held_out = rank < take[member]
    return tensor(np.flatnonzero(~held_out)), tensor(np.flatnonzero(held_out))
