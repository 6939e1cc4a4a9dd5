"""Rows looked up: values, gradients, and PyTorch's settings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.embedding import _weigh_gradient, embedding, embedding_bag
from tapegrad.testing import arrays, check_rule


@given(arrays((4, 2)), st.lists(st.integers(0, 3), max_size=5))
def test_embedding_has_the_right_rules(weight, rows):
    rows = np.array(rows, np.int64)
    np.testing.assert_array_equal(embedding(tg.tensor(rows), tg.tensor(weight)).numpy(), weight[rows])
    check_rule(lambda w: embedding(rows.reshape(-1, 1), w), weight)


@given(arrays())
def test_weighing_a_gradient_by_one_leaves_the_derivative_that_it_is(x):
    check_rule(_weigh_gradient, x, np.ones_like(x), wrt="x")


def test_the_padding_row_gets_no_gradient_and_counts_divide_it():
    w = tg.ones(3, 2, requires_grad=True)
    rows = tg.tensor([[0, 2], [2, 2]])
    with tg.tape():
        y = embedding(rows, w, padding_idx=-3).sum() + 10 * embedding(rows, w, scale_grad_by_freq=True).sum()
    y.backward()
    assert w.grad.tolist() == [[10, 10], [0, 0], [13, 13]]


def test_long_rows_are_shortened_in_place_only_where_they_are_looked_up():
    w = tg.tensor([[3.0, 4.0], [6.0, 8.0], [0.3, 0.4]], requires_grad=True)
    y = embedding(tg.tensor([0, 2, 0]), w, max_norm=1.0)
    np.testing.assert_allclose(y.detach().numpy(), [[0.6, 0.8], [0.3, 0.4], [0.6, 0.8]], rtol=1e-6)
    np.testing.assert_allclose(w.detach().numpy(), [[0.6, 0.8], [6, 8], [0.3, 0.4]], rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "settings", "error", "text"),
    [
        ([3], {}, IndexError, r"\[embedding\] `input` \(in 3 … 3\) must lie in 0 … 2"),
        ([-1], {}, IndexError, r"must lie in 0 … 2"),
        ([0.5], {}, RuntimeError, r"\[embedding\] `input` \(of dtype float32\) must hold integers"),
        ([0], {"padding_idx": 3}, RuntimeError, r"\[embedding\] `padding_idx` \(=3\) must lie in -3 … 2"),
    ],
)
def test_a_row_that_does_not_exist_is_named(rows, settings, error, text):
    with pytest.raises(error, match=text):
        embedding(tg.tensor(rows), tg.zeros(3, 2), **settings)


ROWS, STARTS = np.array([3, 0, 0, 1, 2]), np.array([0, 2, 2])
BAGS = [[3, 0], [], [0, 1, 2]]


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@given(arrays((4, 2), distinct=True), st.sampled_from([None, 0]))
def test_a_bag_combines_its_rows(mode, weight, padding):
    y = embedding_bag(tg.tensor(ROWS), tg.tensor(weight), tg.tensor(STARTS), mode=mode, padding_idx=padding).numpy()
    for row, bag in zip(y, BAGS, strict=True):
        kept = weight[[r for r in bag if r != padding]]
        np.testing.assert_allclose(row, getattr(np, mode)(kept, 0) if len(kept) else 0, 1e-6)
    check_rule(lambda w: embedding_bag(ROWS, w, STARTS, mode=mode, padding_idx=padding), weight)
    check_rule(lambda w: embedding_bag(ROWS[:4].reshape(2, 2), w, mode=mode), weight)


@given(arrays((4, 2)), arrays((5,), dtype="float64"))
def test_rows_of_a_bag_may_have_weights(weight, share):
    weight = weight.astype("float64")
    y = embedding_bag(ROWS, weight, np.array([0, 2, 5]), mode="sum", per_sample_weights=share, include_last_offset=True)
    np.testing.assert_allclose(y, [share[:2] @ weight[ROWS[:2]], share[2:] @ weight[ROWS[2:]]], 1e-12, 1e-12)
    check_rule(lambda w, s: embedding_bag(ROWS, w, STARTS, mode="sum", per_sample_weights=s), weight, share)


@pytest.mark.parametrize(
    ("rows", "settings", "error", "message"),
    [
        (ROWS, {}, ValueError, r"`offsets` must be given"),
        (ROWS[None], {"offsets": STARTS}, ValueError, r"`offsets` must be None for a 2-D"),
        (ROWS, {"offsets": STARTS + 1}, ValueError, r"`offsets` \(=\[1, 3, 3\]\) must rise from 0 to at most 5"),
        (ROWS, {"offsets": STARTS, "mode": "min"}, ValueError, r"`mode` \(='min'\)"),
        (ROWS, {"offsets": STARTS, "mode": "max", "scale_grad_by_freq": True}, ValueError, r"must not be combined"),
        (ROWS, {"offsets": STARTS, "per_sample_weights": np.ones(5)}, NotImplementedError, r"'mean', not 'sum'"),
        (ROWS, {"offsets": STARTS, "mode": "sum", "per_sample_weights": np.ones(4)}, ValueError, r"have the shape \(5"),
        (np.array(1), {}, ValueError, r"`input` \(shape \(\)\) must be 1-D or 2-D"),
    ],
)
def test_bags_that_do_not_fit_are_named(rows, settings, error, message):
    with pytest.raises(error, match=r"\[embedding_bag\] .*" + message):
        embedding_bag(rows, np.ones((4, 2)), **settings)
