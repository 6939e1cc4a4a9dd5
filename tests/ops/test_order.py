"""Sorting, and what is found by it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import order
from tapegrad.testing import check_rule

SHAPES = st.sampled_from([(4,), (1,), (2, 3), (3, 1, 2)])
OF_A_NUMBER = [tg.sort, tg.mode, lambda x: tg.median(x, 0), lambda x: tg.topk(x, 1), lambda x: tg.kthvalue(x, 1)]


def distinct(shape, dtype=np.float64):
    """Numbers that no small step brings into another order."""
    ranks = np.random.default_rng(0).permutation(np.prod(shape, dtype=int))
    return np.asarray(ranks.reshape(shape) / 2, dtype)


@given(SHAPES, st.sampled_from([0, -1]), st.booleans(), st.sampled_from([np.float32, np.float64]))
def test_what_sorting_finds_is_numpys_and_has_right_rules(shape, dim, flag, dtype):
    x = distinct(shape, dtype)
    n = x.shape[dim]
    ascending = np.sort(x, dim)
    expected = np.flip(ascending, dim) if flag else ascending
    values, indices = tg.sort(tg.tensor(x), dim, flag)
    np.testing.assert_array_equal(values.numpy(), expected, strict=True)
    np.testing.assert_array_equal(np.take_along_axis(x, indices.numpy(), dim), expected)
    np.testing.assert_array_equal(tg.topk(tg.tensor(x), n - 1, dim, flag)[0].numpy(), expected.take(range(n - 1), dim))
    np.testing.assert_array_equal(tg.kthvalue(tg.tensor(x), n, dim, flag)[0].numpy(), x.max(dim, keepdims=flag))
    np.testing.assert_array_equal(tg.median(tg.tensor(x), dim)[0].numpy(), ascending.take((n - 1) // 2, dim))
    for f in (tg.sort, tg.nanmedian, tg.median, tg.mode):
        check_rule(lambda x, f=f: f(x, dim)[0], x)
    check_rule(lambda x: tg.topk(x, n, dim, flag)[0], x)
    check_rule(lambda x: tg.kthvalue(x, 1, dim, flag)[0], x)
    for f in (tg.msort, order._median, order._nanmedian):
        check_rule(f, x)


def test_equals_keep_their_order_and_nan_is_the_largest():
    x = tg.tensor([2.0, float("nan"), 1.0, 2.0])
    assert x.argsort().tolist() == [2, 0, 3, 1] and x.argsort(descending=True).tolist() == [1, 0, 3, 2]
    assert tg.topk(x, 2).indices.tolist() == [1, 0] and tg.kthvalue(x, 3).indices.item() == 3


def test_a_median_is_nan_where_there_is_one_unless_it_is_ignored():
    x = tg.tensor([[3.0, float("nan"), 1.0, 2.0], [4.0, 6.0, 5.0, 7.0]])
    values, indices = x.median(1)
    assert indices.tolist() == [1, 2] and np.isnan(values[0].item()) and values[1].item() == 5
    assert x.nanmedian(1).values.tolist() == [2, 5] and x.nanmedian().item() == 4 and np.isnan(x.median().item())


def test_equals_share_the_gradient_of_the_full_median_alone():
    x = tg.tensor([2.0, 1.0, 2.0, 3.0], requires_grad=True)
    with tg.tape():
        (x.median() + 10 * x.median(0).values).backward()
    assert x.grad.tolist() == [10.5, 0, 0.5, 0]


def test_the_mode_is_the_smallest_of_the_commonest():
    values, indices = tg.mode(tg.tensor([[2, 1, 2, 1], [3, 3, 1, 0]]), 1)
    assert values.tolist() == [1, 3] and indices.tolist() == [3, 1]


@pytest.mark.parametrize("f", OF_A_NUMBER)
def test_a_number_is_sorted_already(f):
    assert [y.tolist() for y in f(tg.tensor(3.0))] == [3.0, 0]
    check_rule(lambda x: f(x)[0], np.array(3.0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.sort(x, 2), IndexError, r"\[argsort\] `dim` \(=2\)"),
        (lambda x: tg.topk(x, 4), RuntimeError, r"\[topk\] `k` \(=4\) must lie in 0 … 3"),
        (lambda x: tg.kthvalue(x, 0), RuntimeError, r"\[kthvalue\] `k` \(=0\) must lie in 1 … 3"),
        (lambda x: tg.mode(x[:, :0]), IndexError, r"\[mode\] `x` \(shape \(2, 0\)\)"),
        (lambda x: tg.median(x[:, :0], 1), IndexError, r"\[median\] `x`"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
