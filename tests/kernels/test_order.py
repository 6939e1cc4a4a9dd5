"""Medians, modes and places in sorted rows."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels.ref import order as ref
from tests.kernels.arrays import layouts

rows = st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=1, max_size=5)


@given(rows)
def test_the_median_is_the_lower_middle_and_the_mode_the_smallest_of_the_commonest(values):
    x = np.array(values, float)
    assert kernels.median(x, False) == statistics.median_low(x.ravel())
    for a in layouts(x):
        for axis in (0, 1):
            places = np.moveaxis(kernels.mode(a, axis), axis, -1)
            for line, (place,) in zip(np.moveaxis(x, axis, -1), places, strict=True):
                assert line[place] == min(statistics.multimode(line)) and place == max(
                    np.flatnonzero(line == line[place])
                )


def test_nan_hides_a_median_unless_it_is_ignored():
    x = np.array([[np.nan, 1.0], [3.0, 2.0]])
    assert np.isnan(kernels.median(x, False)) and kernels.median(x, True) == 2
    assert np.isnan(kernels.median(x[:0], True)) and np.isnan(kernels.median(x[0, :1], True))
    assert kernels.mode(np.array([np.nan, 1, np.nan]), 0).tolist() == [2]
    with pytest.raises(ValueError, match=r"\[median\] `x`"):
        kernels.median(np.zeros(0, int), False)


@pytest.mark.parametrize("right", [False, True])
def test_values_fit_where_they_are_said_to(right):
    rng = np.random.default_rng(0)
    s, v = np.sort(rng.integers(0, 5, (3, 6)), -1), rng.integers(-1, 6, (3, 4))
    i = kernels.searchsorted(s, v, right)
    below = s[:, None] <= v[..., None] if right else s[:, None] < v[..., None]
    np.testing.assert_array_equal(i, below.sum(-1))
    np.testing.assert_array_equal(kernels.searchsorted(s[0], v, right)[0], i[0])
    assert i.dtype == np.int64


@pytest.mark.parametrize("largest", [True, False])
def test_running_extremes_are_where_they_are_said_to_be(largest):
    x = np.array([[1.0, 3, 2, 3, np.nan, 4], [0, -1, -1, np.nan, np.nan, 2]])
    expected = [[0, 1, 1, 3, 4, 4], [0, 0, 0, 3, 4, 4]] if largest else [[0, 0, 0, 0, 4, 4], [0, 1, 2, 3, 4, 4]]
    for a in layouts(x):
        assert kernels.last_extreme(a, 1, largest).tolist() == expected


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_extremes_of_many_numbers_are_where_they_are_among_few(largest, axis):
    x = np.random.default_rng(0).integers(-9, 9, (40, 30)).astype("f")
    x[7, 8], x[9, 9], x[20, 8] = np.nan, np.inf, np.nan
    for a in layouts(x):
        np.testing.assert_array_equal(kernels.last_extreme(a, axis, largest), ref.last_extreme(x, axis, largest))


def test_numbers_know_how_often_they_stood_before():
    index = np.array([[2, 0, 2, 2, 0], [1, 1, 3, 1, 3]])
    for a in layouts(index):
        assert kernels.earlier(a, 1).tolist() == [[0, 0, 1, 2, 1], [0, 1, 0, 2, 1]]
    assert kernels.earlier(index, 0).tolist() == [[0] * 5] * 2


@pytest.mark.parametrize("consecutive", [False, True])
def test_distinct_rows_are_numpys(consecutive):
    x = np.random.default_rng(0).integers(0, 2, (9, 2)).astype(float)
    for a in layouts(x):
        first, inverse, counts = kernels.unique_rows(a, consecutive)
        np.testing.assert_array_equal(x[first][inverse], x)
        np.testing.assert_array_equal(np.bincount(inverse), counts)
        if consecutive:
            assert (np.diff(inverse) >= 0).all() and (x[first][1:] != x[first][:-1]).any(1).all()
        else:
            np.testing.assert_array_equal(x[first], np.unique(x, axis=0))
    assert [part.shape for part in kernels.unique_rows(x[:0], consecutive)] == [(0,)] * 3
    assert kernels.unique_rows(np.full((2, 1), np.nan), consecutive)[2].tolist() == [1, 1]


@given(st.data(), st.booleans(), st.sampled_from(["f", "d", "l"]), st.integers(0, 1))
def test_what_leads_is_the_beginning_of_the_order(data, descending, dtype, axis):
    shape = data.draw(st.sampled_from([(3, 7), (40, 30), (1, 600)]))
    x = np.random.default_rng(data.draw(st.integers(0, 9))).integers(-9, 9, shape).astype(dtype)
    if dtype != "l":
        x[x == 3], x[x == 4] = np.nan, -0.0
    k = data.draw(st.integers(0, min(shape[axis], 20)))
    expected = np.moveaxis(np.moveaxis(ref.argsort(x, axis, descending), axis, 0)[:k], 0, axis)
    for a in layouts(x):
        np.testing.assert_array_equal(kernels.leading(a, axis, k, descending), expected)
        np.testing.assert_array_equal(kernels.mode(a, axis), ref.mode(x, axis))
        for ignore_nan in (False, True):
            np.testing.assert_array_equal(kernels.middle(a, axis, ignore_nan), ref.middle(x, axis, ignore_nan))


@pytest.mark.parametrize("n", [1, 6, 801])
def test_the_middle_is_numpys_median(n):
    x = np.random.default_rng(n).permuted(np.tile(np.arange(float(n)), (3, 1)), axis=1).astype("f")
    picked = np.take_along_axis(x, kernels.middle(x, 1, False), 1)
    np.testing.assert_array_equal(picked, (n - 1) // 2)
    x[1, n // 2] = np.nan
    assert kernels.middle(x, 1, False)[1] == n // 2
    expected = np.nanquantile(x[1], 0.5, method="lower") if n > 1 else np.nan
    np.testing.assert_array_equal(x[1, kernels.middle(x, 1, True)[1]], expected)


def test_no_more_than_there_are_can_lead():
    with pytest.raises(ValueError, match=r"\[leading\] `k` \(=4\) must lie in 0 … 3"):
        kernels.leading(np.zeros((2, 3)), 1, 4, False)
