"""Rows looked up: values, gradients, and PyTorch's settings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.embedding import _weigh_gradient, embedding
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
