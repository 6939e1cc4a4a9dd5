"""Losses of classes: rules, PyTorch's values, ignored rows, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.cross_entropy import _nll_back, cross_entropy, nll_loss
from tapegrad.ops.softmax import log_softmax
from tapegrad.testing import arrays, check_rule

X = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
TARGET = np.array([2, 1])
WEIGHT = np.array([0.5, 2.0, 1.0])
CHANCES = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])

# PyTorch 2.13
VALUES = [
    (TARGET, {}, 0.5352404030498562),
    (TARGET, {"weight": WEIGHT}, 0.3787882366190472),
    (TARGET, {"ignore_index": 1}, 1.0045969023422834),
    (TARGET, {"weight": WEIGHT, "label_smoothing": 0.25}, 0.6728879225017574),
    (TARGET, {"reduction": "sum", "label_smoothing": 0.25}, 1.8204808060997124),
    (TARGET, {"label_smoothing": 0.25, "ignore_index": 2}, 0.6492172370907624),
    (CHANCES, {}, 2.3602404030498563),
    (CHANCES, {"weight": WEIGHT, "label_smoothing": 0.25}, 2.1538669555647534),
]


@pytest.mark.parametrize(("target", "how", "value"), VALUES)
def test_values_are_pytorchs(target, how, value):
    assert cross_entropy(X, target, **how).item() == pytest.approx(value, rel=1e-14)
    check_rule(lambda x: cross_entropy(x, target, **how), X)


@st.composite
def class_problems(draw):
    """Logits, targets of which some are ignored, and settings."""
    n, c = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    more = tuple(draw(st.lists(st.integers(1, 2), max_size=2)))
    x = draw(arrays((n, c, *more)))
    target = draw(arrays((n, *more), dtype="int64", min_value=0, max_value=c - 1))
    target = np.where(draw(arrays(target.shape, dtype="bool")), target, -100)
    target[:1] = 0  # something counts, or the mean is NaN
    how = {"reduction": draw(st.sampled_from(["none", "sum", *(["mean"] if n else [])]))}
    if draw(st.booleans()):
        how["weight"] = draw(arrays((c,), dtype=x.dtype, min_value=0.5))
    return x, target, how


@given(class_problems(), st.sampled_from([0.0, 0.3]))
def test_cross_entropy_rules(problem, smoothing):
    x, target, how = problem
    check_rule(cross_entropy, x, target, **how, label_smoothing=smoothing, wrt=0)


@given(class_problems())
def test_nll_loss_rules(problem):
    x, target, how = problem
    check_rule(nll_loss, x, target, **how, wrt=0)
    g, weight = nll_loss(x, target, **how), how.pop("weight", np.ones((), x.dtype))
    check_rule(_nll_back, g, target, weight, shape=x.shape, ignore=-100, **how, wrt=0)


@given(st.sampled_from(["mean", "sum", "none"]))
def test_chances_get_gradients_too(reduction):
    check_rule(cross_entropy, X, CHANCES, reduction=reduction)


def test_one_row_needs_no_batch():
    assert cross_entropy(X[0], TARGET[0]) == cross_entropy(X[:1], TARGET[:1])
    assert nll_loss(tg.tensor(X[0]), tg.tensor(2), reduction="none").shape == ()


def test_ignored_rows_get_no_gradient_even_from_infinity():
    x = tg.tensor([[0.0, -np.inf], [1.0, 1.0]], requires_grad=True)
    with tg.tape():
        nll_loss(x, tg.tensor([-100, 0])).backward()
    assert x.grad.tolist() == [[0, 0], [-1, 0]]


def test_the_mean_over_nothing_is_nan_and_its_gradient_zero():
    x = tg.tensor(X, requires_grad=True)
    with tg.tape(), np.errstate(invalid="ignore"):
        y = cross_entropy(x, tg.tensor([-100, -100]))
        y.backward()
    assert np.isnan(y.item()) and not x.grad.numpy().any()


def test_large_logits_do_not_overflow():
    x = tg.tensor([[1e4, 0.0]], requires_grad=True)
    with tg.tape():
        y = cross_entropy(x, tg.tensor([1]))
        y.backward()
    assert y.item() == 1e4 and x.grad.tolist() == [[1, -1]]


def test_cross_entropy_of_rows_is_one_operation():
    with tg.tape() as tape:
        cross_entropy(tg.tensor(X, requires_grad=True), tg.tensor(TARGET))
    assert {row.op for row in tape} == {"cross_entropy_loss"}


@given(class_problems())
def test_both_ways_to_a_cross_entropy_agree_in_three_orders(problem):
    x, target, how = problem
    how.pop("weight", None)
    ways = (lambda x: cross_entropy(x, target, **how), lambda x: nll_loss(log_softmax(x, 1), target, **how))
    answers = []
    for way in ways:
        leaf = tg.tensor(x, dtype=tg.float64, requires_grad=True)
        with tg.tape():
            values = [way(leaf)]
            for k in range(3):
                (v,) = tg.autograd.grad((values[-1] * (k + 1)).square().sum(), leaf, create_graph=True)
                values.append(v)
        answers.append(values)
    for a, b in zip(*answers, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("target", "how", "error", "message"),
    [
        ([0, 5], {}, IndexError, r"\[cross_entropy\] `target` \(=5\) must lie in 0 … 2, or be -100"),
        ([0, -1], {}, IndexError, r"`target` \(=-1\)"),
        ([0, 1, 2], {}, ValueError, r"`target` \(shape \(3,\)\) must have shape \(2,\)"),
        ([0.0, 1.0], {}, RuntimeError, r"`target` \(dtype float32\) must hold integers"),
        ([0, 1], {"weight": tg.ones(4)}, RuntimeError, r"`weight` \(shape \(4,\)\) must have one entry for each"),
        ([0, 1], {"weight": tg.ones(3)}, RuntimeError, r"`weight` \(dtype float32\)"),
        ([0, 1], {"weight": tg.tensor(WEIGHT, requires_grad=True)}, RuntimeError, "must not require gradients"),
        ([0, 1], {"reduction": "max"}, ValueError, r"`reduction` \(='max'\)"),
        ([0, 1], {"label_smoothing": 2}, ValueError, r"`label_smoothing` \(=2\)"),
    ],
)
def test_misuse_is_named_and_records_nothing(target, how, error, message):
    with tg.tape() as tape:
        with pytest.raises(error, match=message):
            cross_entropy(tg.tensor(X, requires_grad=True), tg.tensor(target), **how)
    assert len(tape) == 0


def test_input_must_be_floating():
    with pytest.raises(RuntimeError, match=r"\[nll_loss\] `input` \(shape \(2, 3\), dtype int64\) must be floating"):
        nll_loss(tg.ones(2, 3).long(), tg.tensor(TARGET))
