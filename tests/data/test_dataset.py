"""Datasets are indexed alike, one sample or many at once."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad.data import DataLoader, Dataset, Subset, TensorDataset

PAIRS = TensorDataset(tg.arange(6), tg.arange(6) * 10)


class Squares(Dataset):
    """A dataset as a user writes it."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return i, float(i * i)


def test_a_sample_is_one_row_of_every_tensor():
    first, second = PAIRS[2]
    assert (len(PAIRS), first.item(), second.item()) == (6, 2, 20)


def test_iteration_ends_with_the_last_sample():
    assert [a.item() for a, _ in PAIRS] == [0, 1, 2, 3, 4, 5]


def test_arrays_are_tensors_too():
    assert isinstance(TensorDataset(np.zeros((3, 2)))[0][0], tg.Tensor)


@pytest.mark.parametrize("tensors", [(), (tg.arange(3), tg.arange(4)), (tg.tensor(1.0),)])
def test_tensors_of_different_lengths_are_refused(tensors):
    with pytest.raises(ValueError, match=r"\[TensorDataset\] `tensors` .* must be one or more of the same length"):
        TensorDataset(*tensors)


@pytest.mark.parametrize("indices", [[5, 0, 0, -1], np.array([5, 0, 0, -1]), tg.tensor([5, 0, 0, -1])])
def test_a_subset_has_the_samples_at_its_indices(indices):
    subset = Subset(PAIRS, indices)
    assert [subset[k][1].item() for k in range(len(subset))] == [50, 0, 0, 50]


def test_subsets_nest():
    inner = Subset(Subset(PAIRS, [4, 3, 2]), [2, 0])
    (batch,) = DataLoader(inner, batch_size=2)
    assert batch[0].tolist() == [2, 4] == [inner[0][0].item(), inner[1][0].item()]


def test_a_subset_may_be_empty():
    assert list(DataLoader(Subset(PAIRS, []))) == []


@pytest.mark.parametrize(
    ("indices", "error", "complaint"),
    [
        ([0, 6], IndexError, r"`indices` \(with 6\) must lie in -6 … 5"),
        ([-7], IndexError, r"`indices` \(with -7\) must lie in -6 … 5"),
        ([0.5], TypeError, r"`indices` .* must be 1-D integers"),
        ([[0]], TypeError, r"`indices` .* must be 1-D integers"),
        ([True], TypeError, r"`indices` .* must be 1-D integers"),
    ],
)
def test_a_subset_refuses_indices_that_the_dataset_does_not_have(indices, error, complaint):
    with pytest.raises(error, match=rf"\[Subset\] {complaint}"):
        Subset(PAIRS, indices)


@pytest.mark.parametrize("dataset", [PAIRS, Subset(PAIRS, [3, 1, 2]), Squares(), Subset(Squares(), [3, 1, 2])])
def test_many_at_once_are_what_one_by_one_are(dataset):
    (at_once,) = DataLoader(dataset, batch_size=6)
    (one_by_one,) = DataLoader(dataset, batch_size=6, collate_fn=tg.data.default_collate)
    for a, b in zip(at_once, one_by_one, strict=True):
        assert (a.dtype, a.tolist()) == (b.dtype, b.tolist())


def test_a_subclass_that_changes_samples_is_not_bypassed():
    class Negated(TensorDataset):
        def __getitem__(self, i):
            return tuple(-t for t in super().__getitem__(i))

    (batch,) = DataLoader(Negated(tg.arange(3)), batch_size=3)
    assert batch[0].tolist() == [0, -1, -2]


def test_a_dataset_that_defines_nothing_says_what_to_define():
    with pytest.raises(NotImplementedError, match="must define `__getitem__`"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match="must define `__len__`"):
        len(Dataset())
