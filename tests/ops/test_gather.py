"""gather, scatter and their kin, against loops in NumPy."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.gather import _last
from tapegrad.testing import arrays, check_rule


@st.composite
def gatherings(draw, *, whole=False):
    """`(x, dim, index)`: on other axes than dim the index may be shorter than x."""
    x = draw(arrays(min_dims=1, max_side=3))
    dim = draw(st.integers(-x.ndim, x.ndim - 1))
    shape = [n if whole else draw(st.integers(min(n, 1), n)) for n in x.shape]
    shape[dim] = draw(st.integers(1, 4)) if x.shape[dim] else 0
    index = np.random.default_rng(draw(st.integers(0, 99))).integers(0, max(x.shape[dim], 1), shape)
    return x, dim, index


def places(dim, index):
    """(position in the index, position in the array) of every element."""
    for i in itertools.product(*map(range, index.shape)):
        to = list(i)
        to[dim] = index[i]
        yield i, tuple(to)


@given(gatherings())
def test_gather_has_the_right_rules(problem):
    x, dim, index = problem
    expected = np.empty(index.shape)
    for i, place in places(dim, index):
        expected[i] = x[place]
    np.testing.assert_array_equal(tg.gather(tg.tensor(x), dim, tg.tensor(index)).numpy(), expected)
    check_rule(tg.gather, x, dim=dim, index=index)


@given(gatherings())
def test_scatter_writes_the_last_and_sends_the_gradient_there(problem):
    x, dim, index = problem
    src = np.arange(1, index.size + 1, dtype=x.dtype).reshape(index.shape)
    expected = x.copy()
    for i, place in places(dim, index):
        expected[place] = src[i]
    np.testing.assert_array_equal(tg.scatter(x, dim, index, src), expected)
    check_rule(tg.scatter, x, dim, index, src)
    check_rule(lambda x: tg.scatter(x, dim, index, value=2.0), x)
    shape = list(index.shape)
    shape[dim] = x.shape[dim]
    check_rule(_last, src, index, shape=tuple(shape), dim=dim % x.ndim)


@given(gatherings())
def test_scatter_add_has_the_right_rules(problem):
    x, dim, index = problem
    src = np.random.default_rng(1).normal(size=[n + 1 for n in index.shape]).astype(x.dtype)  # longer than the index
    expected = x.copy()
    for i, place in places(dim, index):
        expected[place] += src[i]
    np.testing.assert_allclose(tg.scatter_add(x, dim, index, src), expected, 1e-5, 1e-6)
    np.testing.assert_allclose(tg.scatter(x, dim, index, src, reduce="add"), expected, 1e-5, 1e-6)
    check_rule(tg.scatter_add, x, dim, index, src)


@given(gatherings(whole=True))
def test_take_along_dim_is_numpys_and_broadcasts(problem):
    x, dim, index = problem
    np.testing.assert_array_equal(tg.take_along_dim(x, index, dim), np.take_along_axis(x, index, dim))
    check_rule(tg.take_along_dim, x, indices=index, dim=dim)
    one = index[:1] if dim % x.ndim else index
    np.testing.assert_array_equal(tg.take_along_dim(x, one, dim), np.take_along_axis(x, one, dim))


def test_take_along_dim_without_one_takes_the_elements_in_order():
    x = tg.tensor([[3.0, 1.0], [2.0, 0.0]])
    assert x.take_along_dim(tg.tensor([[0, 3]])).tolist() == [3, 0]


def test_in_place_scatters_are_recorded():
    x, v = tg.ones(3, requires_grad=True), tg.tensor([10.0, 20.0], requires_grad=True)
    with tg.tape():
        y = x * 2
        y.scatter_(0, tg.tensor([1, 1]), v)
        y.scatter_add_(0, tg.tensor([0, 0]), v)
        loss = (y * tg.tensor([1.0, 2.0, 3.0])).sum()
    loss.backward()
    assert y.tolist() == [32, 20, 2]
    assert (x.grad.tolist(), v.grad.tolist()) == ([2, 0, 6], [1, 3])


@given(arrays(()))
def test_zero_dimensional_tensors_have_the_right_rules(x):
    check_rule(tg.gather, x, dim=0, index=np.array([0, 0]))
    check_rule(tg.scatter, x, 0, np.array(0), x + 1)
    check_rule(tg.scatter_add, x, 0, np.array([0, 0]), np.array([1, 2], x.dtype))


def test_zero_dimensional_tensors_gather_like_one_element():
    x = tg.tensor(5.0, requires_grad=True)
    with tg.tape():
        y = x.gather(0, tg.tensor([0, 0])).sum() + x.scatter_add(0, tg.tensor(0), tg.tensor(1.0))
    y.backward()
    assert (y.item(), x.grad.item()) == (16, 3)
    assert tg.ones(3).gather(0, tg.zeros(2, 0, dtype=tg.int64)).shape == (2, 0)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.gather(0, tg.tensor([[2]])), IndexError, r"\[gather\] `index` \(=2\) must lie in -2 … 1"),
        (lambda x: x.gather(2, tg.tensor([[0]])), IndexError, r"\[gather\] `dim` \(=2\)"),
        (lambda x: x.gather(0, tg.tensor([0])), RuntimeError, r"\[gather\] `index` \(shape \(1,\)\) must have"),
        (lambda x: x.gather(0, tg.zeros(1, 4, dtype=tg.int64)), RuntimeError, r"must fit into `x` \(shape \(2, 3\)\)"),
        (lambda x: x.gather(0, tg.tensor([[0.0]])), RuntimeError, r"must hold integers"),
        (lambda x: x.scatter(1, tg.tensor([[5]]), 1.0), IndexError, r"\[scatter\] `index` \(=5\)"),
        (lambda x: x.scatter(1, tg.tensor([[0, 1]]), tg.ones(1, 1)), RuntimeError, r"\[scatter\] `src`"),
        (lambda x: x.scatter(1, tg.tensor([[0]]), 1.0, reduce="max"), RuntimeError, r"\[scatter\] `reduce` \(='max'\)"),
        (lambda x: x.scatter_add(1, tg.tensor([[-9]]), tg.ones(1, 1)), IndexError, r"\[scatter_add\] `index` \(=-9\)"),
    ],
)
def test_positions_that_do_not_exist_are_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
