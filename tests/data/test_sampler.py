"""Samplers: which samples come, how often, and in what order."""

from collections import Counter

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.data import (
    BatchSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StratifiedSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


RANDOM = pytest.mark.parametrize(
    "make",
    [
        lambda g: RandomSampler(range(20), generator=g),
        lambda g: RandomSampler(range(20), replacement=True, num_samples=50, generator=g),
        lambda g: SubsetRandomSampler([7, 3, 5, 9, 11, 2, 2], g),
        lambda g: WeightedRandomSampler(np.arange(9), 30, generator=g),
        lambda g: WeightedRandomSampler(np.arange(9), 8, replacement=False, generator=g),
        lambda g: StratifiedSampler([0, 1, 1, 0, 2, 1, 0, 1, 1, 1, 0], g),
        lambda g: BatchSampler(RandomSampler(range(20), generator=g), 3, False),
    ],
)


@RANDOM
def test_a_seed_repeats_all_epochs_and_every_epoch_is_another(make):
    first, second = make(seeded(1)), make(seeded(1))
    epochs = [list(first) for _ in range(4)]
    assert epochs == [list(second) for _ in range(4)]
    assert len({str(epoch) for epoch in epochs}) == 4
    assert all(len(epoch) == len(first) for epoch in epochs)


@RANDOM
def test_the_state_of_a_sampler_decides_its_next_epochs(make):
    sampler = make(seeded(1))
    list(sampler)
    state = sampler.state_dict()
    wanted = list(sampler), list(sampler)
    other = make(seeded(9))
    other.load_state_dict(state)
    assert (list(other), list(other)) == wanted


@RANDOM
def test_the_order_is_drawn_when_the_epoch_begins(make):
    one, two = make(seeded(1)), make(seeded(1))
    first, second = iter(one), iter(one)
    assert [list(second), list(first)] == [list(two), list(two)][::-1]


def test_a_sequential_sampler_keeps_the_order():
    assert list(SequentialSampler("abc")) == [0, 1, 2]


@given(n=st.integers(1, 20), wanted=st.integers(1, 60))
def test_without_replacement_samples_come_equally_often(n, wanted):
    times = Counter(RandomSampler(range(n), num_samples=wanted, generator=seeded()))
    assert sum(times.values()) == wanted
    assert max(times.values()) - min(times.get(i, 0) for i in range(n)) <= 1


def test_a_subset_comes_whole():
    assert sorted(SubsetRandomSampler(tg.tensor([5, 1, 3]), seeded())) == [1, 3, 5]


def test_weights_are_frequencies():
    weights = np.array([0.0, 1, 2, 5, 0])
    drawn = np.bincount(list(WeightedRandomSampler(weights, 2000, generator=seeded())), minlength=5)
    assert drawn[0] == drawn[4] == 0
    assert scipy.stats.chisquare(drawn[1:4], 2000 * weights[1:4] / 8).pvalue > 1e-3


def test_without_replacement_the_first_drawn_follows_the_weights():
    sampler = WeightedRandomSampler([1, 0, 3, 6], 3, replacement=False, generator=seeded())
    epochs = [list(sampler) for _ in range(1000)]
    assert all(sorted(epoch) == [0, 2, 3] for epoch in epochs)
    first = np.bincount([epoch[0] for epoch in epochs], minlength=4)[[0, 2, 3]]
    assert scipy.stats.chisquare(first, [100, 300, 600]).pvalue > 1e-3


@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=60), seed=st.integers(0, 9))
def test_classes_are_spread_evenly_over_a_stratified_epoch(labels, seed):
    order = list(StratifiedSampler(labels, seeded(seed)))
    assert sorted(order) == list(range(len(labels)))
    in_order, n, counts = np.array(labels)[order], len(labels), Counter(labels)
    for label, members in counts.items():
        held = np.cumsum(in_order == label)
        assert (abs(held - np.arange(1, n + 1) * members / n) <= 1 + len(counts) * members / n).all()


@given(n=st.integers(0, 40), replicas=st.integers(1, 5), drop=st.booleans(), shuffle=st.booleans())
def test_shares_are_of_one_length_and_together_whole(n, replicas, drop, shuffle):
    shares = [list(DistributedSampler(range(n), replicas, rank, shuffle, drop_last=drop)) for rank in range(replicas)]
    assert {len(share) for share in shares} == {n // replicas if drop else -(-n // replicas)}
    served = Counter(i for share in shares for i in share)
    assert set(served) <= set(range(n))
    assert len(served) == (n - n % replicas if drop else n)


def test_epochs_of_a_distributed_sampler_are_told_apart_by_their_number():
    sampler = DistributedSampler(range(30), 2, 0)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.load_state_dict({"epoch": 0})
    assert list(sampler) == first


@pytest.mark.parametrize(
    ("make", "error", "complaint"),
    [
        (lambda: RandomSampler([1], num_samples=0), ValueError, r"\[RandomSampler\] `num_samples` \(=0\) must be"),
        (lambda: RandomSampler([], num_samples=2), ValueError, r"`num_samples` \(=2\) must be None for an empty"),
        (lambda: RandomSampler([1], generator=3), TypeError, r"must be a tapegrad.Generator"),
        (lambda: SubsetRandomSampler([0.5]), TypeError, r"`indices` .* must be 1-D integers"),
        (lambda: WeightedRandomSampler([[1.0]], 1), TypeError, r"`weights` \(of shape \(1, 1\), .* must be 1-D"),
        (lambda: WeightedRandomSampler([1, -1], 1), ValueError, "`weights` must be finite, not negative"),
        (lambda: WeightedRandomSampler([0, 0], 1), ValueError, "not all zero"),
        (lambda: WeightedRandomSampler([0, 1], 2, False), ValueError, r"`num_samples` \(=2\) must be at most 1"),
        (lambda: BatchSampler([0], 2.5, False), TypeError, r"\[BatchSampler\] `batch_size` \(=2.5\) must be an int"),
        (lambda: DistributedSampler([0]), TypeError, r"`num_replicas` \(=None\) must be an int"),
        (lambda: DistributedSampler([0], 2, 2), ValueError, r"`rank` \(=2\) must be less than `num_replicas` \(=2\)"),
        (lambda: iter(Sampler()), NotImplementedError, "must define `__iter__`"),
    ],
)
def test_wrong_arguments_are_refused(make, error, complaint):
    with pytest.raises(error, match=complaint):
        make()
