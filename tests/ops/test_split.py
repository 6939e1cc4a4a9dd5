"""Cutting an axis: pieces are views, and one record takes them all back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule


@st.composite
def cuttable(draw, **options):
    x = draw(arrays(min_dims=1, **options))
    return x, draw(st.integers(-x.ndim, x.ndim - 1))


def same(ours, expected):
    assert isinstance(ours, tuple)
    for y, e in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(y, e)


def second_of(f, **settings):
    """A function of one result: only some pieces get a cotangent."""
    return lambda x: tg.cat(
        [y.reshape(-1) * (k + 1) for k, y in enumerate(f(x, **settings)) if k != 1] or [x.reshape(-1)]
    )


@given(cuttable(max_side=5), st.data())
def test_split_has_the_right_rules(problem, data):
    x, dim = problem
    n = x.shape[dim]
    stops = sorted(data.draw(st.lists(st.integers(0, n), max_size=3)))
    sizes = np.diff([0, *stops, n]).tolist()
    same(tg.split(x, sizes, dim), np.split(x, stops, dim))
    same(tg.tensor_split(x, stops, dim), np.split(x, stops, dim))
    check_rule(tg.split, x, split_size_or_sections=sizes, dim=dim)
    check_rule(second_of(tg.split, split_size_or_sections=sizes, dim=dim), x)


@given(cuttable(max_side=5), st.integers(1, 4))
def test_pieces_of_one_size_and_a_number_of_pieces(problem, n):
    x, dim = problem
    same(tg.tensor_split(x, n, dim), np.array_split(x, n, dim))
    length = x.shape[dim]
    pieces = tg.split(x, n, dim)
    assert [y.shape[dim] for y in pieces] == ([min(n, length - i) for i in range(0, length, n)] or [0])
    same((np.concatenate(pieces, dim),), (x,))
    chunks = tg.chunk(x, n, dim)
    assert len(chunks) <= n
    same((np.concatenate(chunks, dim),), (x,))
    check_rule(tg.chunk, x, chunks=n, dim=dim)


@given(cuttable(min_side=1))
def test_unbind_has_the_right_rules(problem):
    x, dim = problem
    same(tg.unbind(x, dim), np.moveaxis(x, dim, 0))
    check_rule(tg.unbind, x, dim=dim)
    check_rule(second_of(tg.unbind, dim=dim), x)


@given(cuttable(min_side=1), st.data())
def test_narrow_and_select_have_the_right_rules(problem, data):
    x, dim = problem
    n = x.shape[dim]
    i = data.draw(st.integers(-n, n - 1))
    length = data.draw(st.integers(0, n - i % n))
    places = range(i % n, i % n + length)
    np.testing.assert_array_equal(tg.narrow(x, dim, i, length), np.take(x, places, dim))
    np.testing.assert_array_equal(tg.select(x, dim, i), np.take(x, i, dim))
    check_rule(tg.narrow, x, dim=dim, start=i, length=length)
    check_rule(tg.select, x, dim=dim, index=i)


def test_the_splits_of_numpy_do_what_they_do_there():
    x = np.arange(64.0).reshape(4, 4, 4)
    for ours, numpys in ((tg.hsplit, np.hsplit), (tg.vsplit, np.vsplit), (tg.dsplit, np.dsplit)):
        for given_ in (2, [1, 3], [3, 1]):
            same(ours(x, given_), numpys(x, given_))
    same(tg.hsplit(x[0, 0], 2), np.hsplit(x[0, 0], 2))
    same(tg.split_with_sizes(x, [1, 3]), np.split(x, [1]))


def test_pieces_are_views_that_can_be_written():
    x = tg.zeros(4, 2)
    for k, piece in enumerate((*x.chunk(2), *x.unbind(1), *x.tensor_split([1]))):
        assert np.shares_memory(piece.numpy(), x.numpy()), k
    x.split(1)[2].fill_(5)
    assert x.tolist() == [[0, 0], [0, 0], [5, 5], [0, 0]]
    w = tg.ones(4, requires_grad=True)
    with tg.tape():
        y = w * 2
        a, b = y.chunk(2)
        a.mul_(10)
        loss = (y * y).sum() + a.sum() + b.sum()
    loss.backward()
    assert w.grad.tolist() == [820, 820, 10, 10]


def test_cutting_takes_one_record_and_one_array_back():
    x = tg.ones(100, 3, requires_grad=True)
    with tg.tape() as t:
        rows = (x * 1).unbind()
    assert [row.op for row in t] == ["mul", "unbind"]
    assert rows[7].grad_fn.name() == "UnbindBackward0"


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (
            lambda x: x.split([1, 2]),
            RuntimeError,
            r"\[split\] `split_size_or_sections` \(=\[1, 2\]\) must add up to the size 2",
        ),
        (lambda x: x.split(0), RuntimeError, r"\[split\] `split_size_or_sections` \(=0\) must be positive"),
        (lambda x: x.chunk(0), RuntimeError, r"\[chunk\] `chunks` \(=0\) must be positive"),
        (lambda x: x.tensor_split(0), RuntimeError, r"\[tensor_split\] `indices_or_sections` \(=0\) must be positive"),
        (lambda x: x.narrow(1, 4, 0), IndexError, r"\[narrow\] `start` \(=4\) must lie in -3 … 3 on axis 1"),
        (lambda x: x.narrow(1, 1, 3), RuntimeError, r"\[narrow\] `length` \(=3\) must lie in 0 … 2"),
        (lambda x: x.select(0, 2), IndexError, r"`index` \(=2\) must lie in -2 … 1 on axis 0"),
        (lambda x: x[0, 0].unbind(), RuntimeError, r"\[unbind\] `x` \(0-d\)"),
        (lambda x: x.hsplit(2), RuntimeError, r"\[hsplit\] `indices_or_sections` \(=2\) must divide the size 3"),
        (lambda x: x.dsplit(1), RuntimeError, r"\[dsplit\] `x` \(shape \(2, 3\)\) must have at least 3"),
    ],
)
def test_a_cut_that_does_not_fit_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
