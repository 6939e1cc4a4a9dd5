"""Diagonals and triangles, against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule

offsets = st.integers(-3, 3)


@given(arrays(min_dims=2, max_dims=4, max_side=3), offsets, st.data())
def test_diagonal_has_the_right_rules(x, offset, data):
    dim1, dim2 = data.draw(st.permutations(range(x.ndim)))[:2]
    np.testing.assert_array_equal(tg.diagonal(x, offset, dim1, dim2), np.diagonal(x, offset, dim1, dim2))
    check_rule(tg.diagonal, x, offset=offset, dim1=dim1, dim2=dim2)


@given(arrays(min_dims=1, max_side=3), offsets)
def test_diag_embed_is_undone_by_diagonal(x, offset):
    y = tg.diag_embed(x, offset)
    assert y.shape == (*x.shape[:-1], x.shape[-1] + abs(offset), x.shape[-1] + abs(offset))
    np.testing.assert_array_equal(tg.diagonal(y, offset, -2, -1), x)
    assert np.count_nonzero(y) == np.count_nonzero(x)
    check_rule(tg.diag_embed, x, offset=offset)


@given(arrays(min_dims=2, max_side=3), offsets)
def test_triangles_have_the_right_rules(x, offset):
    np.testing.assert_array_equal(tg.tril(x, offset), np.tril(x, offset))
    np.testing.assert_array_equal(tg.triu(x, offset), np.triu(x, offset))
    check_rule(tg.tril, x, diagonal=offset)
    check_rule(tg.triu, x, diagonal=offset)


@given(arrays(min_dims=1, max_dims=2, max_side=3), offsets)
def test_diag_and_diagflat_are_numpys(x, offset):
    np.testing.assert_array_equal(tg.diag(x, offset), np.diag(x, offset))
    np.testing.assert_array_equal(tg.diagflat(x, offset), np.diagflat(x, offset))
    check_rule(tg.diag, x, diagonal=offset)


def test_a_diagonal_can_be_written_and_a_diag_is_a_copy():
    x = tg.zeros(2, 3)
    x.diagonal().fill_(1)
    x.diag().fill_(2)
    assert x.tolist() == [[1, 0, 0], [0, 1, 0]]
    w = tg.ones(2, 2, requires_grad=True)
    with tg.tape():
        y = w * 3
        y.diagonal().mul_(2)
        loss = (y * y).sum()
    loss.backward()
    assert w.grad.tolist() == [[72, 18], [18, 72]]


def test_nan_outside_a_triangle_does_not_spread():
    x = tg.tensor([[1.0, np.nan], [2.0, 3.0]], requires_grad=True)
    with tg.tape():
        y = x.tril().sum()
    y.backward()
    assert y.item() == 6
    assert x.grad.tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.diagonal(0, 1, 1), RuntimeError, r"\[diagonal\] `dim1` \(=1\) and `dim2` \(=1\) must differ"),
        (lambda x: x.diagonal(0, 0, 5), IndexError, r"\[diagonal\] `dim2` \(=5\) must lie in -2 … 1"),
        (lambda x: x.diag_embed(0, 1, -2), RuntimeError, r"\[diag_embed\] .* must differ"),
        (lambda x: x[0, 0].diag_embed(), RuntimeError, r"\[diag_embed\] `x` \(0-d\)"),
        (lambda x: x[None].diag(), RuntimeError, r"\[diag\] `x` \(shape \(1, 2, 3\)\) must be 1-D or 2-D"),
        (lambda x: x[0].tril(), RuntimeError, r"\[tril\] `x` \(shape \(3,\)\) must have at least two dimensions"),
    ],
)
def test_a_wrong_diagonal_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
