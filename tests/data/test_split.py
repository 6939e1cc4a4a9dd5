"""Splits deal every sample to exactly one part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.data import Digits, TensorDataset, random_split, stratified_split

TEN = TensorDataset(tg.arange(10))


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


@pytest.mark.parametrize(("lengths", "sizes"), [([7, 0, 3], [7, 0, 3]), ([0.35, 0.35, 0.3], [4, 3, 3]), ([1.0], [10])])
def test_a_random_split_deals_every_sample_once(lengths, sizes):
    parts = random_split(TEN, lengths, seeded())
    assert [len(part) for part in parts] == sizes
    assert sorted(x.item() for part in parts for (x,) in part) == list(range(10))


def test_a_seed_repeats_a_random_split():
    one, same, other = ([p.indices.tolist() for p in random_split(TEN, [5, 5], seeded(s))] for s in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(
    ("lengths", "complaint"),
    [
        ([5, 4], r"\(=\[5, 4\]\) must add up to the 10 samples"),
        ([11, -1], r"\(=\[11, -1\]\) must not be negative"),
        ([0.5, 0.4], r"being fractions, must add up to 1"),
        ([float("nan"), 1.0], r"must not be negative"),
    ],
)
def test_lengths_that_do_not_add_up_are_refused(lengths, complaint):
    with pytest.raises(ValueError, match=rf"\[random_split\] `lengths` .*{complaint}"):
        random_split(TEN, lengths)


@given(
    labels=st.lists(st.integers(-3, 3), max_size=60),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 99),
)
def test_a_stratified_split_holds_out_the_same_fraction_of_every_class(labels, fraction, seed):
    labels = np.array(labels, np.int64)
    kept, held_out = (part.numpy() for part in stratified_split(labels, fraction, seeded(seed)))
    assert sorted([*kept, *held_out]) == list(range(len(labels)))
    assert (np.diff(kept) > 0).all() and (np.diff(held_out) > 0).all()
    assert len(held_out) == round(fraction * len(labels))
    for label in np.unique(labels):
        quota = fraction * (labels == label).sum()
        assert abs((labels[held_out] == label).sum() - quota) < 1 + 1e-9


def test_a_seed_repeats_a_stratified_split():
    targets = Digits().targets
    one, same, other = (stratified_split(targets, 0.2, seeded(s))[1].tolist() for s in (1, 1, 2))
    assert one == same != other


def test_every_member_of_a_class_can_be_held_out():
    drawn = {stratified_split(tg.tensor([0, 0, 0, 1]), 0.25, seeded(s))[1].item() for s in range(50)}
    assert drawn == {0, 1, 2}


@pytest.mark.parametrize(
    ("labels", "fraction", "complaint"),
    [
        ([[0, 1]], 0.5, r"`labels` \(of shape \(1, 2\)\) must be 1-D"),
        ([0, 1], 0, r"`fraction` \(=0\) must lie between 0 and 1"),
        ([0, 1], 1.0, r"`fraction` \(=1.0\) must lie between 0 and 1"),
        ([0, 1], float("nan"), r"`fraction` \(=nan\) must lie between 0 and 1"),
    ],
)
def test_a_stratified_split_refuses_what_is_no_fraction_of_labels(labels, fraction, complaint):
    with pytest.raises(ValueError, match=rf"\[stratified_split\] {complaint}"):
        stratified_split(tg.tensor(labels), fraction)
