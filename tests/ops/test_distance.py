"""Distances: SciPy's values, rules, PyTorch's limits."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance

import tapegrad as tg
from tapegrad.ops.distance import _dots, _pull_at_all
from tapegrad.testing import check_rule

METRICS = {1: "cityblock", 2: "euclidean", inf: "chebyshev", 3: lambda a, b: distance.minkowski(a, b, 3)}
BY_PRODUCT, BY_DIFFERENCE = "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"


def points(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("p", METRICS)
def test_distances_are_scipys_and_their_rules_hold(p):
    a, b = points(4, 3), points(2, 3, seed=1)
    expected = distance.cdist(a, b, METRICS[p])
    for mode in (BY_PRODUCT, BY_DIFFERENCE):
        np.testing.assert_allclose(tg.cdist(tg.tensor(a), tg.tensor(b), p, mode).numpy(), expected, 1e-13)
        check_rule(lambda a, b, mode=mode: tg.cdist(a, b, p, mode), a, b)
    np.testing.assert_allclose(tg.pdist(tg.tensor(a), p).numpy(), distance.pdist(a, METRICS[p]), 1e-13)
    check_rule(lambda a: tg.pdist(a, p), a)
    check_rule(lambda a, b: tg.dist(a, b[0], p), a, b)
    check_rule(lambda a, b: tg.pairwise_distance(a, b[0], p, 0.1, True), a, b)


def test_the_rules_of_all_pairs_are_each_others():
    a, b, s = points(4, 3), points(4, 3, seed=1), points(6, seed=2)
    check_rule(_dots, a, b)
    check_rule(_pull_at_all, s, a)


def test_many_points_go_through_a_product_of_matrices_and_batches_broadcast():
    a, b = points(2, 1, 30, 2), points(3, 4, 2, seed=1)
    y = tg.cdist(tg.tensor(a), tg.tensor(b))
    assert y.shape == (2, 3, 30, 4)
    np.testing.assert_allclose(y.numpy(), tg.cdist(a, b, compute_mode=BY_DIFFERENCE), 1e-10)


@pytest.mark.parametrize("mode", [BY_PRODUCT, BY_DIFFERENCE])
def test_equal_points_have_distance_and_gradient_zero(mode):
    x = tg.ones(2, 3, requires_grad=True)
    with tg.tape():
        y = tg.cdist(x, tg.ones(1, 3), compute_mode=mode).sum()
    y.backward()
    assert y.item() == 0 and not x.grad.any()


@given(st.sampled_from([(0, 3), (2, 0), (0, 0)]), st.sampled_from([0, 1, 2, inf]))
def test_no_points_and_no_coordinates_have_empty_and_zero_distances(shape, p):
    x = np.ones(shape)
    np.testing.assert_array_equal(tg.cdist(x, x, p), np.zeros((shape[0], shape[0])))
    np.testing.assert_array_equal(tg.pdist(x, p), np.zeros(shape[0] * max(shape[0] - 1, 0) // 2))


@given(st.sampled_from([0, 1, -1]))
def test_cosines_lie_between_vectors_and_their_rules_hold(dim):
    a, b = points(3, 3), points(3, seed=1)
    expected = np.sum(a * b, dim) / (np.linalg.norm(a, axis=dim) * np.linalg.norm(b + 0 * a, axis=dim))
    np.testing.assert_allclose(tg.cosine_similarity(tg.tensor(a), tg.tensor(b), dim).numpy(), expected, 1e-14)
    check_rule(lambda a, b: tg.cosine_similarity(a, b, dim), a, b)
    check_rule(lambda a, b: tg.cosine_similarity(a, b, dim, eps=100.0), a, b)


@pytest.mark.parametrize("p", [1, 2, 3, inf])
def test_only_slices_that_are_too_long_are_renormalised(p):
    x = np.concatenate([points(2, 3), points(1, 3) / 100])
    y = tg.renorm(tg.tensor(x), p, 0, 0.5).numpy()
    np.testing.assert_allclose(np.linalg.norm(y[:2], p, 1), 0.5, 1e-6)
    np.testing.assert_array_equal(y[2], x[2])
    check_rule(lambda x: tg.renorm(x, p, -2, 0.5), x)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.cdist(x, x[0]), RuntimeError, r"\[cdist\] `x2` \(shape \(3,\)\) must have at least two"),
        (lambda x: tg.cdist(x, x[:, 1:]), RuntimeError, r"must have as many columns as `x1` \(shape \(2, 3\)\)"),
        (lambda x: tg.cdist(x, x, -1), RuntimeError, r"\[cdist\] `p` \(=-1\) must not be negative"),
        (lambda x: tg.cdist(x, x, 2, "fast"), ValueError, r"\[cdist\] `compute_mode` \(='fast'\)"),
        (lambda x: tg.cdist(tg.ones(2, 1, 3), tg.ones(3, 1, 3)), RuntimeError, r"\[cdist\] the batches"),
        (lambda x: tg.cdist(x, x.long()), RuntimeError, r"\[cdist\] .* must be floating"),
        (lambda x: tg.pdist(x[0]), RuntimeError, r"\[pdist\] `input` \(shape \(3,\)\) must be a matrix"),
        (lambda x: tg.cosine_similarity(x, x, 2), IndexError, r"\[cosine_similarity\] `dim` \(=2\)"),
        (lambda x: tg.renorm(x[0], 2, 0, 1), RuntimeError, r"\[renorm\] `x` \(shape \(3,\)\)"),
        (lambda x: tg.renorm(x, 0, 0, 1), RuntimeError, r"\[renorm\] `p` \(=0\) must be positive"),
        (lambda x: tg.renorm(x, 2, 0, -1), RuntimeError, r"\[renorm\] `maxnorm` \(=-1\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
