"""Losses with margins: their definitions, loop by loop, in NumPy; rules; errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import margin
from tapegrad.testing import check_rule

reductions = st.sampled_from(["mean", "sum", "none"])
REDUCE = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
A, B, D = (np.random.default_rng(seed).standard_normal((3, 4)) for seed in (0, 1, 5))
SIGNS = np.where(np.random.default_rng(3).random((3, 4)) < 0.5, -1.0, 1.0)


def hinge(x):
    return np.maximum(x, 0)


def distance(a, b):
    return np.linalg.norm(a - b + 1e-6, axis=-1)


def cosine(a, b):
    return np.sum(a * b, -1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


PAIRS = {
    "margin_ranking_loss": ((A, B, SIGNS, 0.2), hinge(0.2 - SIGNS * (A - B))),
    "hinge_embedding_loss": ((A, SIGNS, 0.7), np.where(SIGNS == 1, A, hinge(0.7 - A))),
    "cosine_embedding_loss": (
        (A, B, SIGNS[:, 0], -0.4),
        np.where(SIGNS[:, 0] == 1, 1 - cosine(A, B), hinge(cosine(A, B) + 0.4)),
    ),
    "soft_margin_loss": ((A, SIGNS), np.log1p(np.exp(-SIGNS * A))),
    "triplet_margin_loss": ((A, B, D, 2.0), hinge(2 + distance(A, B) - distance(A, D))),
    "multilabel_soft_margin_loss": (
        (A, SIGNS == 1, np.arange(4.0)),
        np.mean(np.arange(4) * np.log1p(np.exp(-SIGNS * A)), -1),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@given(reductions)
def test_losses_of_numbers_are_their_definitions(name, reduction):
    given, expected = PAIRS[name]
    loss = getattr(margin, name)
    given = [x.astype(float) if isinstance(x, np.ndarray) else x for x in given]
    y = loss(*(tg.tensor(x) if isinstance(x, np.ndarray) else x for x in given), reduction=reduction)
    np.testing.assert_allclose(y.numpy(), REDUCE[reduction](expected), 1e-12)
    targets = [x for x in given if isinstance(x, np.ndarray) and set(x.reshape(-1)) <= {-1, 0, 1}]
    at = [i for i, x in enumerate(given) if isinstance(x, np.ndarray) and not any(x is t for t in targets)]
    check_rule(loss, *given, wrt=at, reduction=reduction)


def test_a_triplet_may_be_swapped_and_measured_otherwise():
    def manhattan(a, b):
        return abs(a - b).sum(-1)

    far = np.minimum(manhattan(A, D), manhattan(B, D))
    y = margin.triplet_margin_with_distance_loss(A, B, D, distance_function=manhattan, swap=True, reduction="none")
    np.testing.assert_allclose(y, hinge(1 + manhattan(A, B) - far))
    check_rule(margin.triplet_margin_with_distance_loss, A, B, D, swap=True)


@given(st.sampled_from([1, 2]), st.sampled_from([None, np.array([1.0, 2.0, 0.0, 0.5])]), reductions)
def test_wrong_classes_pay_for_being_too_near(p, weight, reduction):
    y = np.array([2, 0, 1])
    expected = [
        sum((1 if weight is None else weight[k]) * hinge(0.8 - x[k] + x[c]) ** p for c in range(4) if c != k) / 4
        for x, k in zip(A, y, strict=True)
    ]
    found = margin.multi_margin_loss(tg.tensor(A), tg.tensor(y), p, 0.8, weight, reduction=reduction)
    np.testing.assert_allclose(found.numpy(), REDUCE[reduction](expected), 1e-12)
    check_rule(lambda x: margin.multi_margin_loss(x, y, p, 0.8, weight, reduction=reduction), A)
    one = margin.multi_margin_loss(A[0], y[0], p, 0.8, weight, reduction="none")
    np.testing.assert_allclose(one, expected[0])


@given(reductions)
def test_wrong_classes_pay_to_each_of_several_right_ones(reduction):
    y = np.array([[2, 0, -1, 3], [-1, 1, 1, 1], [1, 2, 0, 3]])
    right = [[2, 0], [], [1, 2, 0, 3]]
    expected = [
        sum(hinge(1 - x[k] + x[c]) for k in ks for c in range(4) if c not in ks) / 4
        for x, ks in zip(A, right, strict=True)
    ]
    found = margin.multilabel_margin_loss(tg.tensor(A), tg.tensor(y), reduction=reduction)
    np.testing.assert_allclose(found.numpy(), REDUCE[reduction](expected), 1e-12)
    check_rule(lambda x: margin.multilabel_margin_loss(x, y, reduction=reduction), A)
    assert margin.multilabel_margin_loss(A[0], y[0]) == pytest.approx(expected[0])


X, Y = tg.ones(2, 3), tg.tensor([0, 1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: margin.soft_margin_loss(X, X, reduction="all"), ValueError, r"\[soft_margin_loss\] `reduction`"),
        (lambda: margin.soft_margin_loss(X, None), TypeError, r"\[soft_margin_loss\] `target` \(of type NoneType\)"),
        (lambda: margin.margin_ranking_loss(X, X, X[0]), RuntimeError, "must have equally many dimensions"),
        (lambda: margin.cosine_embedding_loss(X, X, X), RuntimeError, r"`target` \(shape \(2, 3\)\) must be 0-d or"),
        (lambda: margin.cosine_embedding_loss(X, X[0], X[:, 0]), RuntimeError, r"`input2` \(shape \(3,\)\)"),
        (lambda: margin.triplet_margin_loss(X, X, X[0]), RuntimeError, "must have equally many dimensions"),
        (lambda: margin.triplet_margin_loss(X, X, X, 0), ValueError, r"`margin` \(=0\) must be positive"),
        (lambda: margin.multi_margin_loss(X, Y, 3), ValueError, r"`p` \(=3\) must be 1 or 2"),
        (lambda: margin.multi_margin_loss(X, Y + 2), IndexError, r"`target` \(=3\) must lie in 0 … 2"),
        (lambda: margin.multi_margin_loss(X, Y - 1), IndexError, r"`target` \(=-1\) must lie in 0 … 2"),
        (lambda: margin.multi_margin_loss(X, X[:, 0]), RuntimeError, r"`target` \(dtype float32\) must hold"),
        (lambda: margin.multi_margin_loss(X[:, :0], Y), RuntimeError, r"`input` \(shape \(2, 0\)\)"),
        (lambda: margin.multi_margin_loss(X, Y, weight=X[0, :2]), RuntimeError, r"`weight` \(shape \(2,\)\)"),
        (lambda: margin.multilabel_margin_loss(X, Y), RuntimeError, r"`target` \(shape \(2,\)\) must have shape"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
