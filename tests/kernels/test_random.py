"""The counter-based stream: position decides, and the distributions are right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tapegrad import kernels
from tapegrad.kernels.ref import random as reference
from tests.kernels.arrays import floats, layouts, random

streams = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 2**70))


@given(streams, st.integers(0, 9), st.integers(0, 20))
def test_a_word_depends_on_seed_and_position_alone(stream, skip, n):
    seed, offset = stream
    np.testing.assert_array_equal(kernels.philox(seed, offset, skip + n)[skip:], kernels.philox(seed, offset + skip, n))


@given(streams)
def test_the_layout_is_the_one_in_the_contract(stream):
    seed, offset = stream
    block = np.random.Philox(key=seed, counter=offset // 4).random_raw(4)
    assert kernels.philox(seed, offset, 1)[0] == block[offset % 4]


def test_the_stream_never_changes():
    assert kernels.philox(0, 0, 3).tolist() == [213000021201967259, 4455796210202625458, 2055444239878205049]
    assert kernels.integers(kernels.philox(42, 0, 8), 0, 10).tolist() == [8, 1, 8, 3, 3, 4, 1, 0]


def test_numpys_global_state_is_left_alone():
    before = np.random.get_state()[1].tolist()
    kernels.normal(1, 0, 10, np.float32)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_uniform_fills_the_half_open_interval(dtype):
    y = kernels.uniform(1, 0, 20000, dtype)
    assert y.dtype == dtype and y.min() >= 0 and y.max() < 1
    assert stats.kstest(y.astype(np.float64), "uniform").pvalue > 1e-3
    ends = reference.unit(np.array([0, 2**64 - 1], np.uint64), dtype)
    assert ends[0] == 0 and ends[1] == 1 - np.finfo(dtype).epsneg


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_normal_is_normal_and_finite_at_the_ends(dtype):
    y = kernels.normal(2, 0, 20000, dtype)
    assert y.dtype == dtype
    assert stats.kstest(y.astype(np.float64), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(y[::2].astype(float), y[1::2].astype(float))[0, 1]) < 0.03
    assert np.isfinite(reference.box_muller(np.array([0, 0, 2**64 - 1, 0], np.uint64), dtype)).all()


@given(streams, st.sampled_from([1, 511, 700, 2049]), st.sampled_from([np.float16, np.float32, np.float64]))
def test_compiled_numbers_are_those_of_the_reference(stream, n, dtype):
    dtype = np.dtype(dtype)
    np.testing.assert_array_equal(kernels.uniform(*stream, n, dtype), reference.uniform(*stream, n, dtype))
    y, size = kernels.normal(*stream, n, dtype), np.abs(reference.normal(*stream, n + n % 2, dtype)).astype("d")
    radius = np.hypot(size[::2], size[1::2]).repeat(2)[:n]
    assert (np.abs(y.astype("d") - reference.normal(*stream, n, dtype)) <= 4 * np.finfo(dtype).eps * radius).all()


@given(streams, st.integers(0, 600), st.integers(1, 600))
def test_numbers_do_not_depend_on_how_many_are_drawn(stream, skip, n):
    seed, offset = stream
    for draw in (kernels.uniform, kernels.normal):
        whole = draw(seed, offset, 2 * skip + n, np.float32)
        np.testing.assert_array_equal(draw(seed, offset + 2 * skip, n, np.float32), whole[2 * skip :])


@given(streams, st.sampled_from([(3, 5), (401,), (2, 700), (1025,)]), st.sampled_from([0, 0.3, 0.5, 1]), floats)
def test_dropout_clears_where_half_a_word_is_small_and_scales_the_rest(stream, shape, p, dtype):
    x = random(1, shape, dtype)
    y = kernels.dropout(x, p, *stream)
    word = kernels.philox(*stream, (x.size + 1) // 2)
    halves = np.stack([word & np.uint64(2**32 - 1), word >> np.uint64(32)], 1).ravel()[: x.size].reshape(shape)
    expected = np.where(halves >= p * 2.0**32, x * dtype(1 / (1 - p) if p < 1 else 0), 0)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, expected)


def test_dropout_reads_any_layout_and_keeps_nan():
    x = random(1, (40, 30))
    for a in layouts(x):
        np.testing.assert_array_equal(kernels.dropout(a, 0.3, 1, 2), kernels.dropout(x, 0.3, 1, 2))
    assert np.isnan(kernels.dropout(np.full(2000, np.nan), 0.5, 1, 0)).all()


@given(st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**64), st.integers(0, 2**64 - 1))
def test_integers_scale_the_word_exactly(low, span, word):
    high = min(low + span, 2**63)
    y = kernels.integers(np.array([word], np.uint64), low, high)
    assert y.dtype == np.int64 and y.item() == low + (word * (high - low) >> 64)


def test_integers_are_uniform():
    counts = np.bincount(kernels.integers(kernels.philox(3, 0, 30000), 0, 7))
    assert len(counts) == 7 and stats.chisquare(counts).pvalue > 1e-3


@given(st.integers(0, 2**32), st.integers(0, 50))
def test_a_permutation_permutes(seed, n):
    y = kernels.permutation(kernels.philox(seed, 0, n))
    assert y.dtype == np.int64 and sorted(y.tolist()) == list(range(n))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda w: kernels.philox(-1, 0, 1), ValueError, r"\[philox\] `seed` \(=-1\) must lie in 0"),
        (lambda w: kernels.philox(0, -1, 1), ValueError, r"\[philox\] `offset` \(=-1\)"),
        (lambda w: kernels.uniform(0, 0, 1, np.int64), TypeError, r"\[uniform\] `dtype`"),
        (lambda w: kernels.normal(2**128, 0, 1, np.float32), ValueError, r"\[normal\] `seed`"),
        (lambda w: kernels.integers(w.view(np.int64), 0, 1), TypeError, r"`words` \(dtype int64\) must be uint64"),
        (lambda w: kernels.dropout(w, 0.5, 0, 0), TypeError, r"\[dropout\] `x` \(dtype uint64\) must be floating"),
        (lambda w: kernels.dropout(w.view("d"), 1.5, 0, 0), ValueError, r"\[dropout\] `p` \(=1.5\)"),
        (lambda w: kernels.integers(w, 3, 3), ValueError, r"\[integers\] `low` \(=3\) must be less than `high`"),
        (lambda w: kernels.integers(w, 0, 2**64), ValueError, "within int64"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.zeros(3, np.uint64))
