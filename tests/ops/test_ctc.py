"""The loss of a sequence without an alignment, against the sum over all its alignments."""

import itertools
from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.ctc import _logaddexp3, ctc_loss
from tapegrad.testing import arrays, check_rule

T, C = 4, 3
LABELS = [[1, 2], [1, 1], [2], [], [1, 2, 1, 2]]
PADDED = np.array([row + [0] * (4 - len(row)) for row in LABELS])
SIZES = [len(row) for row in LABELS]
TIMES = [4, 3, 2, 4, 4]


def logits(n=5):
    return np.random.default_rng(0).standard_normal((T, n, C))


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def alignments(labels, length, blank):
    """All paths that say `labels`: repetitions count once, blanks not at all."""
    for path in itertools.product(range(C), repeat=length):
        if [k for k, _ in itertools.groupby(path) if k != blank] == labels:
            yield path


def loss_of(x, labels, length, blank):
    total = sum(np.exp(sum(x[t, k] for t, k in enumerate(path))) for path in alignments(labels, length, blank))
    return -log(total) if total else inf


@pytest.mark.parametrize("blank", [0, 2])
def test_the_loss_is_that_of_all_alignments_together(blank):
    x = log_softmax(logits())
    swap = {0: blank, blank: 0}
    labels = [[swap.get(k, k) for k in row] for row in LABELS]
    expected = [loss_of(x[:, n], labels[n], TIMES[n], blank) for n in range(5)]
    flat = np.array([k for row in labels for k in row])
    padded = np.array([row + [blank] * (4 - len(row)) for row in labels])
    for targets in (padded, flat):
        y = ctc_loss(tg.tensor(x), tg.tensor(targets), TIMES, SIZES, blank, reduction="none")
        np.testing.assert_allclose(y.numpy(), expected, 1e-12)
    mean = np.mean(np.array(expected) / np.maximum(SIZES, 1))
    np.testing.assert_allclose(ctc_loss(x, padded, np.array(TIMES), tg.tensor(SIZES), blank), mean, 1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_loss_has_the_right_derivatives(reduction):
    check_rule(lambda x: ctc_loss(x, PADDED, TIMES, SIZES, reduction=reduction), logits())


@given(st.sampled_from(["float64", "float32"]).flatmap(lambda d: st.tuples(*[arrays((3,), dtype=d)] * 3)))
def test_three_logarithms_add_up(three):
    a, b, c = three
    np.testing.assert_allclose(_logaddexp3(a, b, c), np.logaddexp(np.logaddexp(a, b), c), 1e-5)
    check_rule(_logaddexp3, *three)


def test_nothing_has_no_slope():
    x = tg.tensor([-inf, 0.0], requires_grad=True)
    with tg.tape():
        y = _logaddexp3(x, x, x)
        (g,) = tg.autograd.grad(y.sum(), x, create_graph=True)
        (h,) = tg.autograd.grad(g.sum(), x)
    assert g.tolist() == [0, 1] and (abs(h) < 1e-6).all()


def test_a_target_that_is_too_long_costs_everything_or_nothing():
    x = tg.tensor(logits(1)[:2], requires_grad=True)
    assert ctc_loss(x.detach(), tg.tensor([[1, 1]]), [2], [2]).item() == inf
    with tg.tape():
        y = ctc_loss(x, tg.tensor([[1, 1]]), [2], [2], zero_infinity=True)
    y.backward()
    assert y.item() == 0 and not x.grad.any()


def test_a_sequence_of_no_time_says_nothing():
    assert ctc_loss(logits(2), np.array([1]), [0, 0], [0, 1], reduction="none").tolist() == [0, inf]


def test_one_sequence_needs_no_batch():
    x = logits(1)
    expected = ctc_loss(x, np.array([[1, 2]]), [4], [2])
    np.testing.assert_allclose(ctc_loss(x[:, 0], np.array([1, 2]), np.array(4), np.array(2)), expected)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"log_probs": np.ones(3)}, ValueError, r"`log_probs` \(shape \(3,\)\)"),
        ({"blank": 3}, ValueError, r"`blank` \(=3\) must lie in 0 … 2"),
        ({"input_lengths": [4] * 4}, ValueError, r"`input_lengths` \(4 numbers\) must have one for each of 5"),
        ({"input_lengths": [5] * 5}, ValueError, r"`input_lengths` \(=\[5, 5, 5, 5, 5\]\) must lie in 0 … 4"),
        ({"target_lengths": [0.5] * 5}, ValueError, r"`target_lengths` \(dtype float64\)"),
        ({"targets": np.ones((5, 4))}, ValueError, r"`targets` \(dtype float64\)"),
        ({"targets": PADDED[:4]}, ValueError, r"`targets` \(shape \(4, 4\)\) must be \(5, S\)"),
        ({"targets": np.array([1, 2, 1, 2])}, ValueError, r"`targets` \(4 labels\) must hold the 9"),
        ({"targets": PADDED + 1}, IndexError, r"`targets` \(=3\) must lie in 0 … 2"),
        ({"reduction": "all"}, ValueError, r"`reduction` \(='all'\)"),
    ],
)
def test_misuse_is_named(change, error, message):
    given = {"log_probs": logits(), "targets": PADDED, "input_lengths": TIMES, "target_lengths": SIZES}
    with pytest.raises(error, match=r"\[ctc_loss\] " + message):
        ctc_loss(**{**given, **change})
