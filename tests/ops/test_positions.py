"""Whole slices and masked elements, against NumPy."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule


@st.composite
def slices(draw):
    """`(x, dim, index, source)`: one slice of source for each position."""
    x = draw(arrays(min_dims=1, max_side=3))
    dim = draw(st.integers(-x.ndim, x.ndim - 1))
    n = x.shape[dim]
    index = np.array(draw(st.lists(st.integers(-n, n - 1), max_size=4)) if n else [], np.int64)
    shape = list(x.shape)
    shape[dim] = len(index)
    return x, dim, index, draw(arrays(tuple(shape), dtype=x.dtype))


def along(x, dim, index):
    """The index of these slices, for NumPy."""
    return (slice(None),) * (dim % x.ndim) + (index,)


@given(slices())
def test_index_select_has_the_right_rules(problem):
    x, dim, index, _ = problem
    np.testing.assert_array_equal(tg.index_select(tg.tensor(x), dim, tg.tensor(index)).numpy(), np.take(x, index, dim))
    np.testing.assert_array_equal(tg.take(x, index, axis=dim), np.take(x, index, dim))
    check_rule(tg.index_select, x, dim=dim, index=index)


@given(slices())
def test_index_add_copy_and_fill_have_the_right_rules(problem):
    x, dim, index, source = problem
    added, copied, filled = x.copy(), x.copy(), x.copy()
    np.add.at(added, along(x, dim, index), 2 * source)
    copied[along(x, dim, index)] = source
    filled[along(x, dim, index)] = 7
    np.testing.assert_allclose(tg.index_add(x, dim, index, source, alpha=2), added, 1e-5, 1e-6)
    np.testing.assert_array_equal(tg.index_copy(x, dim, index, source), copied)
    np.testing.assert_array_equal(tg.index_fill(x, dim, index, 7), filled)
    check_rule(tg.index_add, x, dim, index, source, alpha=2)
    check_rule(tg.index_copy, x, dim, index, source)
    check_rule(tg.index_fill, x, dim, index, np.array(2, x.dtype))


@given(arrays(min_dims=2, max_dims=2, min_side=2, max_side=3), st.booleans())
def test_index_put_has_the_right_rules(x, accumulate):
    rows, values = np.array([0, 1, 0]), np.array([1, 2, 3], x.dtype)
    for indices in ((rows, rows), (None, rows[:2]), (rows[:2],), (x > 0,)):
        index = tuple(slice(None) if i is None else i for i in indices)
        v = values[: x[index].shape[-1]] if x[index].shape[-1] <= 3 else np.array(2, x.dtype)
        expected = x.copy()
        if accumulate:
            np.add.at(expected, index, v)
        else:
            expected[index] = v
        np.testing.assert_allclose(tg.index_put(x, indices, v, accumulate), expected, 1e-5)
        check_rule(lambda x, v, i=indices: tg.index_put(x, i, v, accumulate), x, v)


@given(arrays(min_side=1), st.data())
def test_take_and_put_count_elements_in_c_order(x, data):
    n = x.size
    index = np.array(data.draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=4))).reshape(-1, 1)
    source = np.arange(1, index.size + 1, dtype=x.dtype)
    np.testing.assert_array_equal(tg.take(x, index), x.reshape(-1)[index])
    expected = x.reshape(-1).copy()
    expected[index.reshape(-1)] = source
    np.testing.assert_array_equal(tg.put(x, index, source), expected.reshape(x.shape))
    check_rule(tg.take, x, index=index)
    check_rule(tg.put, x, index, source)


@given(arrays(away_from=[0]))
def test_masks_select_and_scatter_with_the_right_rules(x):
    mask, source = x > 0, np.arange(1, x.size + 2, dtype=x.dtype)
    np.testing.assert_array_equal(tg.masked_select(x, mask), x[mask])
    expected = x.copy()
    expected[mask] = source[: mask.sum()]
    np.testing.assert_array_equal(tg.masked_scatter(x, mask, source), expected)
    check_rule(tg.masked_select, x, mask=mask)
    check_rule(tg.masked_scatter, x, mask, source)


def test_masks_broadcast():
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.masked_select(tg.tensor([True, False])).tolist() == [1, 3]
    assert x.masked_scatter(tg.tensor([[True], [False]]), tg.tensor([8.0, 9.0])).tolist() == [[8, 9], [3, 4]]


@given(arrays(max_side=3, dtype="float64"))
def test_nonzero_finds_what_numpy_finds(x):
    x = np.round(x)
    t = tg.tensor(x)
    np.testing.assert_array_equal(t.nonzero().numpy(), np.argwhere(x))
    np.testing.assert_array_equal(tg.argwhere(x), np.argwhere(x))
    if x.ndim:
        for y, e in zip(t.nonzero(as_tuple=True), np.nonzero(x), strict=True):
            np.testing.assert_array_equal(y.numpy(), e)


def test_combinations_are_those_of_itertools():
    x = tg.tensor([1.0, 2.0, 3.0])
    assert tg.combinations(x, 2).tolist() == [list(c) for c in itertools.combinations([1, 2, 3], 2)]
    assert tg.combinations(x, 2, True).shape == (6, 2)
    assert tg.combinations(x, 0).shape == (0,)
    check_rule(tg.combinations, np.array([1.0, 2.0, 3.0]), r=2)


def test_in_place_forms_write_and_are_recorded():
    x = tg.ones(3, requires_grad=True)
    with tg.tape():
        y = x * 2
        y.index_add_(0, tg.tensor([0, 0]), x[:2])
        y.index_fill_(0, tg.tensor([1]), 9.0)
        y.masked_scatter_(tg.tensor([False, False, True]), x[:1] * 5)
        loss = y.sum()
    loss.backward()
    assert y.tolist() == [4, 9, 5]
    assert x.grad.tolist() == [8, 1, 0]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.index_select(0, tg.tensor([2])), IndexError, r"\[index_select\] `index` \(=2\) must lie"),
        (lambda x: x.index_select(0, tg.tensor([[0]])), IndexError, r"\[index_select\] `index` \(shape \(1, 1\)\)"),
        (lambda x: x.index_add(0, tg.tensor([0]), x), RuntimeError, r"\[index_add\] `source` .* shape \(1, 3\)"),
        (lambda x: x.index_fill(0, tg.tensor([0]), x), RuntimeError, r"\[index_fill\] `value`"),
        (lambda x: x.index_put((tg.tensor([5]),), 1.0), IndexError, r"\[index_put\] `index` \(=5\) must lie in -2 … 1"),
        (lambda x: x.take(tg.tensor([6])), IndexError, r"`index` \(=6\) must lie in -6 … 5"),
        (lambda x: x.masked_select(x), IndexError, r"`index`"),
        (lambda x: x.masked_scatter(x == 0, tg.ones(2)), RuntimeError, r"\[masked_scatter\] `source` \(2 elements\)"),
        (lambda x: tg.combinations(x), RuntimeError, r"\[combinations\] `x` \(shape \(2, 3\)\) must be 1-D"),
    ],
)
def test_positions_that_do_not_exist_are_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("shape", [(3, 3), (7, 3), (3, 5), (2, 2, 2)])
def test_fill_diagonal_fills_what_numpy_fills(shape, wrap):
    x, expected = tg.zeros(*shape), np.zeros(shape, np.float32)
    np.fill_diagonal(expected, 2, wrap=wrap)
    assert x.fill_diagonal_(2.0, wrap=wrap) is x
    np.testing.assert_array_equal(x.numpy(), expected)
    with pytest.raises(RuntimeError, match=r"\[fill_diagonal\] `x` \(shape \(2, 3, 2\)\)"):
        tg.zeros(2, 3, 2).fill_diagonal_(1.0)
