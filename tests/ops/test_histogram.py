"""Counts in bins: NumPy's, and differentiable in the weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import random

X, W = random(0, (40,)).round(1), np.abs(random(1, (40,)))
INDEX = np.array([0, 3, 3, 1])


@given(st.sampled_from([4, np.array([-1.0, 0.0, 0.3, 1.1])]), st.booleans(), st.booleans(), st.booleans())
def test_histograms_are_numpys_and_linear_in_the_weights(bins, bounded, weighed, density):
    span = (-1.0, 1.0) if bounded and isinstance(bins, int) else None
    weights = W if weighed else None
    want, edges = np.histogram(X, bins, span, density, weights)
    given_bins = tg.tensor(bins) if isinstance(bins, np.ndarray) else bins
    weight = None if weights is None else tg.tensor(weights)
    found = tg.histogram(tg.tensor(X), given_bins, range=span, weight=weight, density=density)
    np.testing.assert_allclose(found.hist.numpy(), want, 1e-12)
    np.testing.assert_allclose(found.bin_edges.numpy(), edges, 1e-12)
    assert found.hist.dtype == np.float64
    check_rule(lambda w: tg.histogram(X, bins, range=span, weight=w, density=density)[0], W)


@given(st.sampled_from([3, [2, 4]]), st.booleans(), st.booleans())
def test_histograms_in_several_dimensions_are_numpys(bins, bounded, density):
    points, w = X.reshape(4, 5, 2), W[:20].reshape(4, 5)
    span = [-1.0, 1.0, -0.5, 0.75] if bounded else None
    pairs = None if span is None else [span[:2], span[2:]]
    want, edges = np.histogramdd(points.reshape(-1, 2), bins, pairs, density, w.reshape(-1))
    hist, found = tg.histogramdd(tg.tensor(points), bins, range=span, weight=tg.tensor(w), density=density)
    np.testing.assert_allclose(hist.numpy(), want, 1e-12)
    for a, b in zip(found, edges, strict=True):
        np.testing.assert_allclose(a.numpy(), b, 1e-12)
    again, _ = tg.histogramdd(tg.tensor(points), found, weight=tg.tensor(w), density=density)
    np.testing.assert_allclose(again.numpy(), want, 1e-12)
    check_rule(lambda w: tg.histogramdd(points, bins, range=span, weight=w)[0], w)


def test_counts_between_two_ends_leave_out_the_rest():
    x = tg.tensor([0.0, 1.0, 2.0, 1.0, float("nan"), 9.0])
    assert tg.histc(x, 2, 0, 2).tolist() == [1, 3] and x[:3].histc(4).tolist() == [1, 0, 1, 1]
    assert tg.histc(tg.ones(3), 2).tolist() == [0, 3] and tg.histc(tg.zeros(0), 2).tolist() == [0, 0]


def test_bincounts_are_numpys_and_linear_in_the_weights():
    index = tg.tensor(INDEX)
    assert tg.bincount(index).tolist() == np.bincount(INDEX).tolist() and tg.bincount(index).dtype == np.int64
    assert tg.bincount(index, minlength=6).shape == (6,) and tg.bincount(index[:0]).shape == (0,)
    np.testing.assert_allclose(index.bincount(tg.tensor(W[:4])).numpy(), np.bincount(INDEX, W[:4]))
    assert tg.bincount(index, index).dtype == np.float64 and tg.bincount(INDEX).tolist() == [1, 1, 0, 2]
    check_rule(lambda w: tg.bincount(INDEX, w, 5), W[:4])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tg.bincount(x), r"\[bincount\] `x` \(dtype float32"),
        (lambda x: tg.bincount(tg.tensor([-1])), r"\[bincount\] `x` must not hold negative"),
        (lambda x: tg.bincount(tg.tensor([1]), x), r"\[bincount\] `weights` \(shape \(4,\)\)"),
        (lambda x: tg.bincount(tg.tensor([1]), minlength=-1), r"\[bincount\] `minlength` \(=-1\)"),
        (lambda x: tg.histc(x, 0), r"\[histc\] `bins` \(=0\) must be positive"),
        (lambda x: tg.histc(x, 2, 1, 0), r"\[histc\] `max` \(=0\) must not be less"),
        (lambda x: tg.histc(x.long(), 2), r"\[histc\] `x` \(dtype int64\) must be floating"),
        (lambda x: tg.histc(x * float("inf"), 2), r"\[histc\] `min` \(=inf\).*finite"),
        (lambda x: tg.histogram(x, 2, range=(1, 0)), r"\[histogram\] `range` \(=\(1, 0\)\)"),
        (lambda x: tg.histogram(x, x, range=(0, 1)), r"\[histogram\] `range`.*with edges"),
        (lambda x: tg.histogram(x, x[:1]), r"\[histogram\] `bins` \(shape \(1,\)\)"),
        (lambda x: tg.histogram(x, x.double()), r"\[histogram\] `bins` \(dtype float64\)"),
        (lambda x: tg.histogram(x, 2, weight=x[:2]), r"\[histogram\] `weight` \(shape \(2,\)\)"),
        (lambda x: tg.histogram(x, 2, weight=x.double()), r"\[histogram\] `weight` \(dtype float64\)"),
        (lambda x: tg.histogramdd(x, 2), r"\[histogramdd\] `x` \(shape \(4,\)\)"),
        (lambda x: tg.histogramdd(x[:, None], [2, 2]), r"\[histogramdd\] `bins` \(2 given\)"),
        (lambda x: tg.histogramdd(x[:, None], 2, range=[1]), r"\[histogramdd\] `range` \(1 numbers\)"),
    ],
)
def test_misuse_is_named(call, message):
    with tg.tape() as t, pytest.raises(RuntimeError, match=message):
        call(tg.ones(4))
    assert len(t) == 0
