"""What is written from the memory that it is written to: as NumPy does it, whatever order the threads have."""

import numpy as np
import pytest

import tapegrad as tg
from tests.simulated.device import to_device


def onwards(x):
    x[1:] = x[:-1]


def reversed_in_itself(x):
    x[::-1] = x


def to_places(x):
    x[np.arange(1, 6)] = x[:5]


def where_true(x):
    x[x >= 1] = x[:-1]


def turned_round(x):
    x[np.arange(x.shape[0])[::-1].copy()] = x


def added_to_itself(x):
    x[1:] += x[:-1]


@pytest.mark.parametrize("make", [to_device, lambda x: tg.tensor(x, device="cuda")], ids=["array", "tensor"])
@pytest.mark.parametrize(
    "write",
    [onwards, reversed_in_itself, to_places, where_true, turned_round, added_to_itself],
    ids=lambda f: f.__name__,
)
def test_nothing_is_read_after_it_was_overwritten(write, make):
    want, got = np.arange(9), make(np.arange(9))
    write(want)
    write(got)
    assert (got.tolist() if isinstance(got, tg.Tensor) else got.to_host().tolist()) == want.tolist()
