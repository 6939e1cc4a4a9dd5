"""Datasets of datasets serve what their parts serve."""

import pytest

import tapegrad as tg
from tapegrad.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    TensorDataset,
)


class Letters(IterableDataset):
    def __init__(self, letters):
        self.letters = letters

    def __iter__(self):
        return iter(self.letters)

    def __len__(self):
        return len(self.letters)


def test_datasets_come_one_after_the_other():
    both = TensorDataset(tg.arange(3)) + TensorDataset(tg.arange(0)) + TensorDataset(tg.arange(10, 12))
    assert (len(both), both.cumulative_sizes) == (5, [3, 5])
    assert [both[i][0].item() for i in range(-5, 5)] == [0, 1, 2, 10, 11] * 2
    (batch,) = DataLoader(both, batch_size=5)
    assert batch[0].tolist() == [0, 1, 2, 10, 11]


def test_an_index_beyond_the_last_dataset_is_refused():
    with pytest.raises(IndexError, match=r"\[ConcatDataset\] `index` \(=3\) must lie in -3 … 2"):
        ConcatDataset([[0, 1], [2]])[3]


def test_datasets_stand_side_by_side():
    assert StackDataset("abc", [1, 2, 3])[1] == ("b", 2)
    named = StackDataset(letter="abc", number=[1, 2, 3])
    (batch,) = DataLoader(named, batch_size=3)
    assert len(named) == 3
    assert batch["letter"] == ["a", "b", "c"] and batch["number"].tolist() == [1, 2, 3]


def test_streams_come_one_after_the_other():
    both = Letters("ab") + Letters("cde")
    assert len(both) == 5
    assert list(both) == list("abcde") == list(both)


@pytest.mark.parametrize(
    ("make", "error", "complaint"),
    [
        (lambda: ConcatDataset([]), ValueError, r"\[ConcatDataset\] `datasets` \(=\[\]\) must hold at least one"),
        (lambda: ConcatDataset([Letters("a")]), TypeError, r"`datasets` \(with a Letters\) must hold no stream"),
        (lambda: ChainDataset([[1]]), TypeError, r"\[ChainDataset\] `datasets` \(with a list\) must be Iterable"),
        (lambda: StackDataset(), ValueError, r"\[StackDataset\] `datasets` \(of lengths \[\]\) must be of one length"),
        (lambda: StackDataset([1], [1, 2]), ValueError, r"\(of lengths \[1, 2\]\) must be of one length"),
        (lambda: StackDataset([1], b=[1]), ValueError, "all by place or all by name"),
        (lambda: iter(IterableDataset()), NotImplementedError, "must define `__iter__`"),
    ],
)
def test_what_does_not_combine_is_refused(make, error, complaint):
    with pytest.raises(error, match=complaint):
        make()


def test_a_dataset_may_serve_lists_of_samples():
    class Lists(Dataset):
        def __len__(self):
            return 4

        def __getitems__(self, indices):
            return [10 * i for i in indices]

    assert [batch.tolist() for batch in DataLoader(Lists(), batch_size=3)] == [[0, 10, 20], [30]]
