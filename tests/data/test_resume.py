"""A run that is cut in the middle of an epoch and goes on is the unbroken run."""

import json

import pytest

import tapegrad as tg
from tapegrad.data import DataLoader, Sampler, StratifiedSampler, WeightedRandomSampler
from tests.data.samples import Numbers, Shares


class Counting(Sampler):
    """A user's sampler: epoch k begins at sample k."""

    epoch = 0

    def __iter__(self):
        self.epoch += 1
        for i in range(20):
            yield (i + self.epoch) % 20

    def __len__(self):
        return 20

    def state_dict(self):
        return {"epoch": self.epoch}

    def load_state_dict(self, state):
        self.epoch = state["epoch"]


def plain(batches) -> list:
    return [[part.tolist() for part in batch] for batch in batches]


MAKE = {
    "shuffled": lambda **how: DataLoader(Numbers(), 3, shuffle=True, **how),
    "in order": lambda **how: DataLoader(Numbers(), 3, **how),
    "weighted": lambda **how: DataLoader(Numbers(), 3, sampler=WeightedRandomSampler(range(20), 20), **how),
    "own generator": lambda **how: DataLoader(
        Numbers(), 3, sampler=StratifiedSampler([0, 1] * 10, tg.Generator().manual_seed(8)), **how
    ),
    "own sampler": lambda **how: DataLoader(Numbers(), 3, sampler=Counting(), **how),
    "stream": lambda **how: DataLoader(Shares(20), 3, **how),
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("taken", [0, 1, 6, 7])
def test_the_rest_of_an_epoch_and_all_later_ones_are_those_of_the_unbroken_run(name, workers, taken):
    tg.manual_seed(1)
    loader = MAKE[name](num_workers=workers)
    list(loader)
    epoch = iter(loader)
    plain(next(epoch) for _ in range(taken))
    tg.rand(5)  # a training step draws, too
    state = json.loads(json.dumps(loader.state_dict()))
    wanted = plain(epoch), plain(loader), tg.rand(2).tolist()

    tg.manual_seed(99)
    resumed = MAKE[name](num_workers=workers)
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state
    assert (plain(resumed), plain(resumed), tg.rand(2).tolist()) == wanted


def test_between_epochs_the_next_one_is_resumed():
    tg.manual_seed(1)
    loader = MAKE["own generator"]()
    list(loader)
    state = loader.state_dict()
    wanted = plain(loader)
    tg.manual_seed(5)
    loader.load_state_dict(state)
    assert plain(loader) == wanted
    assert state["place"] is None


def test_a_state_can_be_resumed_with_other_workers():
    first, second = (DataLoader(Numbers(), 3, shuffle=True, num_workers=workers) for workers in (0, 2))
    epoch = iter(first)
    next(epoch)
    state = first.state_dict()
    wanted = plain(epoch)
    second.load_state_dict(state)
    assert plain(second) == wanted


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"samples": 19}, ValueError, r"`state` \(of a dataset of 19\) must be of one of 20 samples"),
        ({"batches": -1}, ValueError, r"`batches` \(=-1\) must be at least 0"),
        ({"more": 1}, ValueError, r"`state` \(with .*'more'.*\) must have the entries"),
        ({"place": [1]}, ValueError, r"`state\['place'\]` \(=\[1\]\) must be a seed and an offset"),
        ({"generator": [1, "2"]}, TypeError, r"`state\['generator'\]` \(='2'\) must be an int"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, error, complaint):
    loader = MAKE["shuffled"]()
    next(iter(loader))
    state = loader.state_dict()
    with pytest.raises(error, match=complaint):
        loader.load_state_dict({**state, **change})
    assert loader.state_dict() == state
