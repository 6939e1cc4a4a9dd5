"""The loader serves every sample once an epoch, in an order that the seed decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.data import DataLoader, TensorDataset

TEN = TensorDataset(tg.arange(10))


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


def epoch(loader) -> list[list[int]]:
    return [batch.tolist() for (batch,) in loader]


@given(n=st.integers(0, 30), size=st.integers(1, 12), shuffle=st.booleans(), drop=st.booleans())
def test_an_epoch_has_every_sample_once_in_full_batches_and_a_rest(n, size, shuffle, drop):
    loader = DataLoader(TensorDataset(tg.arange(n)), size, shuffle, drop_last=drop, generator=seeded())
    batches = epoch(loader)
    assert len(batches) == len(loader)
    assert all(len(batch) == size for batch in batches[:-1])
    served = sorted(i for batch in batches for i in batch)
    assert len(served) == (n - n % size if drop else n)
    assert set(served) <= set(range(n)) and len(set(served)) == len(served)


def test_without_shuffle_the_order_is_the_datasets():
    assert epoch(DataLoader(TEN, batch_size=4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_every_epoch_has_its_own_order_and_a_seed_repeats_them_all():
    first, second = DataLoader(TEN, 3, True, generator=seeded(1)), DataLoader(TEN, 3, True, generator=seeded(1))
    epochs = [epoch(first) for _ in range(5)]
    assert epochs == [epoch(second) for _ in range(5)]
    assert len({str(e) for e in epochs}) == 5
    assert epoch(DataLoader(TEN, 3, True, generator=seeded(2))) != epochs[0]


def test_the_default_generator_shuffles_where_none_is_given():
    loader = DataLoader(TEN, 10, shuffle=True)
    tg.manual_seed(3)
    first = epoch(loader)
    tg.manual_seed(3)
    assert epoch(loader) == first


def test_interleaved_epochs_do_not_disturb_each_other():
    loader, again = DataLoader(TEN, 5, True, generator=seeded()), DataLoader(TEN, 5, True, generator=seeded())
    one, two = iter(loader), iter(loader)
    mixed = [[next(k)[0].tolist() for k in (one, two)] for _ in range(2)]
    assert [list(e) for e in zip(*mixed, strict=True)] == [epoch(again), epoch(again)]


def test_a_sampler_decides_the_order_of_every_epoch():
    loader = DataLoader(TEN, batch_size=2, sampler=[7, 7, 1])
    assert len(loader) == 2
    assert epoch(loader) == epoch(loader) == [[7, 7], [1]]


def test_a_batch_sampler_decides_the_batches():
    loader = DataLoader(TEN, batch_sampler=[[0, 9], [5]])
    assert len(loader) == 2
    assert epoch(loader) == [[0, 9], [5]]


def test_without_a_batch_size_samples_come_one_by_one():
    loader = DataLoader(TEN, batch_size=None)
    assert len(loader) == 10
    assert [x.tolist() for (x,) in loader] == list(range(10))


def test_a_collate_function_gets_the_list_of_samples():
    loader = DataLoader([1, 2, 3], batch_size=2, collate_fn=sum)
    assert list(loader) == [3, 3]


def test_loading_inside_a_tape_records_nothing():
    with tg.tape() as t:
        for _ in DataLoader(TEN, 4, shuffle=True):
            pass
    assert len(t) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        ({"dataset": 5}, TypeError, r"`dataset` \(a int\) must have `__len__`"),
        ({"batch_size": 0}, ValueError, r"`batch_size` \(=0\) must be at least 1"),
        ({"batch_size": 2.0}, TypeError, r"`batch_size` \(=2.0\) must be an int"),
        ({"batch_size": True}, TypeError, r"`batch_size` \(=True\) must be an int"),
        ({"num_workers": -1}, ValueError, r"`num_workers` \(=-1\) must be at least 0"),
        ({"batch_size": None, "drop_last": True}, ValueError, r"`drop_last` \(=True\) must go with batches"),
        ({"sampler": [0], "shuffle": True}, ValueError, r"`shuffle` \(=True\) must not be given beside `sampler`"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, r"`batch_sampler` must not be given beside"),
        ({"sampler": iter([0])}, TypeError, r"`sampler` \(a list_iterator\) must be iterable anew every epoch"),
        ({"collate_fn": 3}, TypeError, r"`collate_fn` \(=3\) must be a function"),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, complaint):
    with pytest.raises(error, match=rf"\[DataLoader\] {complaint}"):
        DataLoader(**{"dataset": TEN, **arguments})


def test_a_generator_of_another_library_is_refused():
    with pytest.raises(TypeError, match=r"must be a tapegrad.Generator"):
        DataLoader(TEN, generator=3)
