"""Losses of classes against SciPy and finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from tapegrad import kernels
from tapegrad.kernels.ref import loss as reference
from tests.kernels.arrays import FLOATS, floats, layouts, random, seeds

IGNORED = -100


def problem(seed, N, C, dtype=np.float64, share=0.2):
    """Logits, and targets some of which are to be ignored."""
    rng = np.random.default_rng(seed)
    target = np.where(rng.random(N) < share, IGNORED, rng.integers(0, C, N))
    return random(seed, (N, C), dtype) * 5, target


@given(seeds, floats, st.integers(0, 9), st.sampled_from([1, 3, 40]))
def test_cross_entropy_is_minus_the_logarithm_of_the_softmax_at_the_target(seed, dtype, N, C):
    x, target = problem(seed, N, C, dtype)
    y, p = kernels.cross_entropy(x, target)
    wide = special.log_softmax(x.astype(np.float64), 1)
    expected = [0 if t == IGNORED else -row[t] for row, t in zip(wide, target, strict=True)]
    eps = 20 * np.finfo(dtype).eps
    assert y.dtype == p.dtype == dtype and y.shape == (N,) and p.shape == (N, C)
    np.testing.assert_allclose(y, np.asarray(expected, float), rtol=eps, atol=eps)
    np.testing.assert_allclose(p, special.softmax(x.astype(np.float64), 1), rtol=4 * eps)


def test_the_gradient_is_that_of_finite_differences():
    x, target = problem(1, 6, 5)
    g, v, h = random(2, 6), random(3, (6, 5)), 1e-6
    slope = (kernels.cross_entropy(x + h * v, target)[0] - kernels.cross_entropy(x - h * v, target)[0]) / (2 * h)
    gx = kernels.cross_entropy_grad(g, kernels.cross_entropy(x, target)[1], target)
    np.testing.assert_allclose((gx * v).sum(), (g * slope).sum(), rtol=1e-8)
    assert not gx[target == IGNORED].any()


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize(("N", "C"), [(7, 10), (900, 70)])
def test_the_reference_agrees_and_rows_do_not_know_each_other(N, C, dtype):
    x, target = problem(4, N, C, dtype)
    y, p = kernels.cross_entropy(x, target)
    g = random(5, N, dtype)
    gx = kernels.cross_entropy_grad(g, p, target)
    tolerance = 50 * float(np.finfo(dtype).eps)
    for ours, theirs in zip((y, p), reference.cross_entropy(x, target, IGNORED), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    expected = reference.cross_entropy_grad(g, p, target, IGNORED)
    np.testing.assert_allclose(gx, expected, rtol=tolerance, atol=tolerance)
    last = slice(-3, None)
    np.testing.assert_array_equal(y[last], kernels.cross_entropy(x[last], target[last])[0])
    np.testing.assert_array_equal(gx[last], kernels.cross_entropy_grad(g[last], p[last], target[last]))


def test_any_layout_gives_the_same_answer():
    x, target = problem(6, 5, 7)
    y, p = kernels.cross_entropy(x, target)
    gx = kernels.cross_entropy_grad(np.array(0.5), p, target)
    for a, b, t in zip(layouts(x), layouts(p), layouts(target), strict=True):
        np.testing.assert_array_equal(kernels.cross_entropy(a, t)[0], y)
        np.testing.assert_array_equal(kernels.cross_entropy_grad(np.array(0.5), b, t), gx)
    np.testing.assert_array_equal(kernels.cross_entropy(x, target.astype(np.int16))[1], p)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (dict(target=np.array([0, 3])), IndexError, r"\[cross_entropy\] `target` \(=3\) must lie in 0 … 2, or be -100"),
        (dict(target=np.array([0, -1])), IndexError, r"`target` \(=-1\)"),
        (dict(target=np.array([0])), ValueError, r"`target` \(shape \(1,\)\) must be \(N,\)"),
        (dict(target=np.array([0.0, 1.0])), TypeError, r"`target` \(dtype float64\) must hold integers"),
        (dict(x=np.ones((2, 3), int)), TypeError, r"`x` \(dtype int64\) must be floating"),
    ],
)
def test_what_does_not_fit_is_said(change, error, match):
    with pytest.raises(error, match=match):
        kernels.cross_entropy(**{"x": np.ones((2, 3)), "target": np.array([0, 1]), **change})


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize(("N", "C"), [(0, 3), (7, 10), (90, 70)])
def test_the_likelihood_picks_one_of_each_row_and_its_gradient_puts_it_back(N, C, dtype):
    x, target = problem(6, N, C, dtype)
    g = random(7, N, dtype)
    counts = target != IGNORED
    y, gx = np.zeros(N, dtype), np.zeros((N, C), dtype)
    y[counts], gx[counts, target[counts]] = -x[counts, target[counts]], -g[counts]
    for laid in layouts(x):
        np.testing.assert_array_equal(kernels.nll_loss(laid, target), y)
    np.testing.assert_array_equal(kernels.nll_loss_grad(g, target, C), gx)
    np.testing.assert_array_equal(kernels.nll_loss_grad(g[:1], target, C) if N else gx, (gx != 0) * -g[:1] if N else gx)


def test_likelihoods_want_classes():
    for call in (lambda t: kernels.nll_loss(np.ones((2, 3)), t), lambda t: kernels.nll_loss_grad(np.ones(2), t, 3)):
        with pytest.raises(IndexError, match=r"`target` \(=3\) must lie in 0 … 2"):
            call(np.array([0, 3]))
    with pytest.raises(ValueError, match="`g`"):
        kernels.nll_loss_grad(np.ones(3), np.array([0, 1]), 3)
