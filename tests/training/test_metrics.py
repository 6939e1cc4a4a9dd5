"""Metrics agree with scikit-learn on all samples at once, however these are cut into batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

import tapegrad as tg
from tapegrad.training import (
    Accuracy,
    ConfusionMatrix,
    Mean,
    MeanAbsoluteError,
    MeanSquaredError,
    R2Score,
    TopKAccuracy,
)

cuts = st.lists(st.integers(1, 39), max_size=4).map(sorted)


def gathered(metric, y, target, cut):
    """The value of a metric over batches; their sums go through a state in between, as in a resumed run."""
    for part_y, part_target in zip(np.split(y, cut), np.split(target, cut), strict=True):
        other = type(metric).__new__(type(metric))
        other.__dict__.update(vars(metric), sums=metric.start())
        other.load_state_dict(metric.state_dict())
        metric = other
        metric.update(tg.from_numpy(part_y), part_target)
    return metric.compute()


def classified(seed):
    random = np.random.default_rng(seed)
    return random.normal(size=(40, 5)), random.integers(0, 5, 40)


@given(st.integers(0, 99), cuts)
def test_classification(seed, cut):
    y, target = classified(seed)
    predicted = y.argmax(1)
    assert gathered(Accuracy(), y, target, cut) == pytest.approx(oracle.accuracy_score(target, predicted))
    for k in (1, 2, 4):
        expected = oracle.top_k_accuracy_score(target, y, k=k, labels=range(5))
        assert gathered(TopKAccuracy(k), y, target, cut) == pytest.approx(expected)
    for normalize in (None, "true", "pred", "all"):
        expected = oracle.confusion_matrix(target, predicted, labels=range(5), normalize=normalize)
        np.testing.assert_allclose(gathered(ConfusionMatrix(5, normalize), y, target, cut), expected)


@given(st.integers(0, 99), cuts, st.sampled_from([0.0, 1e6]))
def test_regression(seed, cut, offset):
    random = np.random.default_rng(seed)
    target = random.normal(size=(40, 2)) + offset
    y = target + random.normal(size=(40, 2)) / 2
    assert gathered(MeanAbsoluteError(), y, target, cut) == pytest.approx(oracle.mean_absolute_error(target, y))
    assert gathered(MeanSquaredError(), y, target, cut) == pytest.approx(oracle.mean_squared_error(target, y))
    rmse = oracle.root_mean_squared_error(target.ravel(), y.ravel())
    assert gathered(MeanSquaredError(squared=False), y, target, cut) == pytest.approx(rmse)
    assert gathered(R2Score(), y, target, cut) == pytest.approx(oracle.r2_score(target.ravel(), y.ravel()), rel=1e-9)


def test_constant_targets_have_a_score_of_one_or_zero():
    target = np.full(4, 2.0)
    assert R2Score()(target, target) == 1 and R2Score()(target + 1, target) == 0


def test_two_classes_are_told_apart_by_the_threshold():
    y, target = np.array([0.2, 0.6, 0.5]), np.array([0, 1, 1])
    assert Accuracy()(y, target) == pytest.approx(2 / 3) and Accuracy(threshold=0.4)(y, target) == 1


def test_classes_of_images_are_judged_pixel_by_pixel():
    y = np.zeros((2, 3, 4, 4))
    y[:, 1] = 1
    target = np.ones((2, 4, 4), int)
    target[0, 0] = 2
    assert Accuracy()(y, target) == 28 / 32


def test_a_call_judges_one_batch_and_leaves_the_sums():
    metric = Mean()
    metric.update(2.0, 3)
    assert metric(8.0, 1) == 8 and metric.compute() == 2
    metric.reset()
    assert np.isnan(metric.compute())


@pytest.mark.parametrize("metric", [Mean, Accuracy, TopKAccuracy, MeanAbsoluteError, MeanSquaredError, R2Score])
def test_without_batches_the_value_is_nan(metric):
    assert np.isnan(metric().compute())


@pytest.mark.parametrize(
    ("metric", "y", "target", "match"),
    [
        (Accuracy(), np.ones((2, 3)), np.ones(3), r"\[Accuracy\] `y` of shape \(2, 3\)"),
        (TopKAccuracy(), np.ones(3), np.ones(3), r"`y` must be \(N, C\)"),
        (ConfusionMatrix(3), np.array([0, 3]), np.array([0, 1]), "`y` has the class 3, of 3 classes"),
        (ConfusionMatrix(3), np.array([0, 1]), np.array([0, -1]), "`target` has the class -1"),
        (ConfusionMatrix(3), np.ones(2), np.array([0, 1]), "`y` must be class numbers .*float64"),
        (R2Score(), np.ones((2, 1)), np.ones(2), r"must have the shape of `target`, \(2,\)"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(metric, y, target, match):
    before = repr(metric.state_dict())
    with pytest.raises(ValueError, match=match):
        metric.update(y, target)
    assert repr(metric.state_dict()) == before


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: TopKAccuracy(0), r"\[TopKAccuracy\] `k` \(=0\)"),
        (lambda: ConfusionMatrix(0), "`num_classes`"),
        (lambda: ConfusionMatrix(2, "rows"), r"`normalize` \(='rows'\) must be None, 'true'"),
    ],
)
def test_settings_are_checked(make, match):
    with pytest.raises(ValueError, match=match):
        make()
