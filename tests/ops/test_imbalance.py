"""Losses for classes that are rare: their equations in NumPy, rules, extremes, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_expit

from tapegrad.ops.imbalance import dice_loss, sigmoid_focal_loss
from tapegrad.testing import arrays, check_rule

REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
chances = {"min_value": 0.1, "max_value": 0.9}
reductions = st.sampled_from(sorted(REDUCTIONS))


@given(
    arrays((2, 3), dtype="float64"),
    st.sampled_from([-1.0, 0.0, 0.25, 1.0]),
    st.sampled_from([0.0, 0.5, 2.0]),
    reductions,
)
def test_focal_loss_is_its_equation(x, alpha, gamma, reduction):
    t = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    sign = 2 * t - 1
    weight = np.where(t == 1, alpha, 1 - alpha) if alpha >= 0 else 1
    expected = -weight * expit(-sign * x) ** gamma * log_expit(sign * x)
    y = sigmoid_focal_loss(x, t, alpha, gamma, reduction)
    np.testing.assert_allclose(y, REDUCTIONS[reduction](expected), rtol=1e-12, atol=1e-300)


@given(arrays((2, 3), dtype="float64", away_from=(0,)), arrays((2, 3), dtype="float64", **chances), reductions)
def test_rules_of_focal_loss(x, t, reduction):
    check_rule(sigmoid_focal_loss, x, t, reduction=reduction)


def test_the_focal_loss_of_certainty_is_finite_and_so_is_its_slope():
    x, t = np.array([-1e4, -800.0, 800.0, 1e4]), np.array([1.0, 0.0, 1.0, 0.0])
    np.testing.assert_allclose(sigmoid_focal_loss(x, t), [0.25e4, 0, 0, 0.75e4], atol=1e-300)
    check_rule(lambda x: sigmoid_focal_loss(x, t[1:3], -1, 0.5), x[1:3], order=1)


@given(arrays((2, 3, 2, 2), dtype="float64", **chances), arrays((2, 3, 2, 2), dtype="float64", **chances), reductions)
def test_dice_loss_is_its_equation_and_has_its_rules(p, t, reduction):
    expected = 1 - (2 * (p * t).sum((2, 3)) + 0.5) / (p.sum((2, 3)) + t.sum((2, 3)) + 0.5)
    np.testing.assert_allclose(dice_loss(p, t, 0.5, reduction), REDUCTIONS[reduction](expected), rtol=1e-12)
    check_rule(dice_loss, p, t, reduction=reduction)


def test_the_dice_loss_of_equal_sets_is_zero_and_of_disjoint_ones_one():
    t = np.array([[[0.0, 1.0, 1.0]], [[0.0, 0.0, 0.0]]])
    np.testing.assert_allclose(dice_loss(t, t, reduction="none"), [[0.0], [0.0]], atol=1e-15)
    np.testing.assert_allclose(dice_loss(1 - t[:1], t[:1], 0.0), 1.0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: sigmoid_focal_loss(x, x[0]), r"\[sigmoid_focal_loss\] `targets` \(shape \(3, 2\)\) must have"),
        (lambda x: sigmoid_focal_loss(x, x, 1.5), r"`alpha` \(=1.5\) must not be larger than 1"),
        (lambda x: sigmoid_focal_loss(x, x, gamma=-1), r"`gamma` \(=-1\) must not be negative"),
        (lambda x: sigmoid_focal_loss(x, x, reduction="max"), r"`reduction` \(='max'\)"),
        (lambda x: dice_loss(x, x[:1]), r"\[dice_loss\] `target` \(shape \(1, 3, 2\)\) must have the shape"),
        (lambda x: dice_loss(x[0], x[0]), r"`input` \(shape \(3, 2\)\) must have at least three dimensions"),
        (lambda x: dice_loss(x, x, -1), r"`smooth` \(=-1\) must not be negative"),
    ],
)
def test_what_does_not_fit_is_said(call, match):
    with pytest.raises(ValueError, match=match):
        call(np.ones((2, 3, 2)))
