"""An index taken apart: what its parts say is the index itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.brackets import axes_of, entries_of, is_basic, parse
from tapegrad.testing import arrays, index


@given(st.data())
def test_the_parts_of_an_index_are_plain_and_say_the_same(data):
    x = data.draw(arrays(min_dims=1, dtype="float64"))
    i = data.draw(index(x))
    base, at, template = parse("test", x, i)
    full, start = [], 0
    for entry in template:
        if isinstance(entry, tuple):
            stop = start + int(np.prod(entry))
            full.append(at[start:stop].reshape(entry))
            start = stop
        else:
            full.append(entry)
    assert at is None or start == len(at)
    assert is_basic(tuple(e for e in template if not isinstance(e, tuple)))
    np.testing.assert_array_equal(base[tuple(full)], x[i])


def test_positions_are_copied_or_the_tensor_that_was_given():
    x, i = np.zeros(3), np.array([0, 1])
    assert not np.shares_memory(parse("test", x, i)[1], i)
    j = tg.tensor([0, 1])
    assert parse("test", tg.tensor(x), j)[1] is j


def test_tensors_in_slices_become_numbers():
    n = tg.tensor(2)
    assert not is_basic((slice(n),))
    assert entries_of("test", slice(n)) == [slice(None, 2)]


def test_every_entry_starts_at_its_axis():
    entries = entries_of("test", (0, None, ..., np.zeros((4, 5), bool), True))
    assert axes_of("test", (2, 3, 4, 5), entries) == [0, 1, 1, 2, 4]
    with pytest.raises(IndexError, match=r"\[test\] `index` addresses 2 axes"):
        axes_of("test", (2,), [0, 0])
