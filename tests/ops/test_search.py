"""Places among sorted numbers, and distinct values: NumPy's answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg

numbers = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(numbers, numbers, st.booleans(), st.booleans())
def test_places_are_numpys(given_rows, values, right, small):
    order = np.argsort(given_rows, kind="stable")
    s, v = np.array(given_rows, float), np.array(values, float)
    want = np.searchsorted(s[order], v, "right" if right else "left")
    t, u = tg.tensor(s), tg.tensor(v)
    side = "right" if right else "left"
    for found in (
        tg.searchsorted(t[order], u, right=right, out_int32=small),
        tg.searchsorted(t, u, side=side, sorter=tg.tensor(order), out_int32=small),
        tg.bucketize(u, t[order], right=right, out_int32=small),
        u.bucketize(t[order], right=right, out_int32=small),
    ):
        assert found.tolist() == want.tolist() and found.dtype == (np.int32 if small else np.int64)
    rows = tg.stack([t[order], t[order] + 1])
    both = tg.searchsorted(rows, tg.stack([u, u]), right=right)
    assert both[0].tolist() == want.tolist() and both[1].tolist() == np.searchsorted(s[order] + 1, v, side).tolist()
    assert tg.searchsorted(t[order], 0.5).item() == np.searchsorted(s[order], 0.5)
    assert tg.bucketize(0.5, t[order]).shape == ()


@given(numbers)
def test_distinct_values_are_numpys(values):
    x = np.array(values)
    found = tg.unique(tg.tensor(x), return_inverse=True, return_counts=True)
    for a, b in zip(found, np.unique(x, return_inverse=True, return_counts=True), strict=True):
        np.testing.assert_array_equal(a.numpy(), b)
    kept, counts = tg.unique_consecutive(tg.tensor(x), return_counts=True)
    np.testing.assert_array_equal(np.repeat(kept.numpy(), counts.numpy()), x)
    assert (np.diff(kept.numpy()) != 0).all()
    np.testing.assert_array_equal(tg.isin(tg.tensor(x), tg.tensor([1, 2])).numpy(), np.isin(x, [1, 2]))
    np.testing.assert_array_equal(tg.isin(tg.tensor(x), 1.0, invert=True).numpy(), np.isin(x, 1, invert=True))


def test_distinct_slices_and_their_inverse():
    x = np.array([[1, 0, 1], [2, 5, 2]])
    kept, inverse = tg.unique(tg.tensor(x), return_inverse=True, dim=1)
    assert kept.tolist() == [[0, 1], [5, 2]] and inverse.tolist() == [1, 0, 1]
    assert tg.unique(tg.tensor(x), return_inverse=True)[1].shape == (2, 3)
    assert tg.unique(tg.tensor(3.0)).tolist() == [3.0] and tg.unique(x).tolist() == [0, 1, 2, 5]


def test_answers_are_plain_and_of_nothing_nothing():
    x = tg.tensor([2.0, 1.0], requires_grad=True)
    with tg.tape() as t:
        answers = (x.unique(), tg.searchsorted(x, x), tg.isin(x, x), tg.bucketize(x, x))
    assert not any(y.requires_grad for y in answers) and len(t) == 0
    assert tg.isin(tg.zeros(2), tg.zeros(0)).tolist() == [False, False] and tg.unique(tg.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.searchsorted(x, x[0]), RuntimeError, r"\[searchsorted\] `values` \(shape \(3,\)\) must have the"),
        (lambda x: tg.searchsorted(x[0], x.int()), RuntimeError, r"\[searchsorted\] `values` \(dtype int32\)"),
        (lambda x: tg.searchsorted(x[0, 0], x), RuntimeError, r"\[searchsorted\] `sorted_sequence` \(0-d\)"),
        (lambda x: tg.searchsorted(x > 0, x > 0), RuntimeError, r"\[searchsorted\] `sorted_sequence` \(dtype bool\)"),
        (lambda x: tg.searchsorted(x, x, side="up"), RuntimeError, r"\[searchsorted\] `side` \(='up'\)"),
        (lambda x: tg.searchsorted(x, x, side="left", right=True), RuntimeError, "contradict"),
        (lambda x: tg.searchsorted(x, x, sorter=x[0].long()), RuntimeError, r"`sorter` \(shape \(3,\)\)"),
        (lambda x: tg.searchsorted(x, x, sorter=x), RuntimeError, r"`sorter` \(dtype float32\) must be int64"),
        (lambda x: tg.searchsorted(x, x, sorter=x.long() + 3), IndexError, r"`sorter` must lie in 0 … 2"),
        (lambda x: tg.bucketize(x, x), RuntimeError, r"\[bucketize\] `boundaries` \(shape \(2, 3\)\) must be 1-D"),
        (lambda x: tg.unique(x, dim=2), IndexError, r"\[unique\] `dim` \(=2\)"),
        (lambda x: tg.unique(x[:, :0], dim=0), RuntimeError, r"\[unique\] `x` \(shape \(2, 0\)\)"),
        (lambda x: tg.isin(1, 2), RuntimeError, r"\[isin\] `elements` \(=1\)"),
        (lambda x: tg.isin(x, x * 1j), RuntimeError, r"\[isin\] `test_elements` \(dtype complex64\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
