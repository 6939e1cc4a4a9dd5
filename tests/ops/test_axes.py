"""Axes in another order: NumPy's transposes under PyTorch's names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.axes import H, T, mH, mT
from tapegrad.testing import arrays, check_rule


@given(arrays(max_dims=4, max_side=3), st.data())
def test_permute_has_the_right_rules(x, data):
    dims = data.draw(st.permutations(range(x.ndim)).map(tuple))
    np.testing.assert_array_equal(tg.permute(x, dims), x.transpose(dims))
    check_rule(tg.permute, x, dims=dims)


@given(arrays(max_dims=4, max_side=3), st.data())
def test_transpose_exchanges_two_axes(x, data):
    i, j = (data.draw(st.integers(-max(x.ndim, 1), max(x.ndim, 1) - 1)) for _ in "ij")
    for f in (tg.transpose, tg.swapaxes, tg.swapdims):
        np.testing.assert_array_equal(f(x, i, j), x.swapaxes(i, j) if x.ndim else x)
    check_rule(tg.transpose, x, dim0=i, dim1=j)


@given(arrays(max_dims=2))
def test_t_transposes_matrices(x):
    np.testing.assert_array_equal(tg.t(x), x.T)
    check_rule(tg.t, x)


@given(arrays(max_dims=4, max_side=3))
def test_the_reversal_of_all_axes_and_of_the_last_two_have_the_right_rules(x):
    np.testing.assert_array_equal(T(x), x.T)
    check_rule(T, x)
    if x.ndim > 1:
        np.testing.assert_array_equal(mT(x), x.mT)
        check_rule(mT, x)


@given(arrays(min_dims=2, max_dims=4, max_side=3), st.data())
def test_movedim_moves_axes_and_keeps_the_order_of_the_others(x, data):
    n = data.draw(st.integers(1, x.ndim))
    source, destination = (tuple(data.draw(st.permutations(range(x.ndim)))[:n]) for _ in "sd")
    for f in (tg.movedim, tg.moveaxis):
        np.testing.assert_array_equal(f(x, source, destination), np.moveaxis(x, source, destination))
    check_rule(tg.movedim, x, source=source, destination=destination)


def test_the_transposes_of_matrices_are_properties_and_views():
    x = tg.arange(6.0).reshape(2, 3)
    assert x.T.tolist() == x.mT.tolist() == x.t().tolist() == [[0, 3], [1, 4], [2, 5]]
    assert tg.zeros(4, 2, 3).mT.shape == (4, 3, 2)
    assert tg.zeros(4, 2, 3).T.shape == (3, 2, 4)
    assert tg.zeros(3).T.shape == tg.zeros(3).t().shape == (3,)
    x.T[0] = 7
    assert x.tolist() == [[7, 1, 2], [7, 4, 5]]


def test_the_adjoint_is_the_conjugate_transpose():
    x = tg.arange(6.0).reshape(2, 3)
    assert mH(x).tolist() == H(x).tolist() == x.adjoint().tolist() == x.T.tolist()
    assert mH(tg.tensor([[1j, 2]])).tolist() == tg.tensor([[1j, 2]]).H.tolist() == [[-1j], [2]]
    with pytest.raises(RuntimeError, match=r"\[H\] `x` \(shape \(1, 2, 3\)\) must be a matrix"):
        H(x[None])


def test_axes_come_one_by_one_or_together():
    x = tg.zeros(2, 3, 4)
    for y in (x.permute(0, 2, 1), x.permute((0, 2, 1)), x.permute([0, -1, 1]), x.permute(dims=(0, 2, 1))):
        assert y.shape == (2, 4, 3)
    assert tg.zeros(()).transpose(0, -1).shape == ()


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.transpose(0, 2), IndexError, r"\[transpose\] `dim1` \(=2\) must lie in -2 … 1"),
        (lambda x: x.permute(0), RuntimeError, r"\[permute\] `dims` \(=\(0,\)\) must name each of the 2 axes once"),
        (lambda x: x.permute(0, 0), RuntimeError, r"\[permute\] `dims` \(=\(0, 0\)\) must not name an axis twice"),
        (lambda x: x.movedim((0, 1), 0), RuntimeError, r"\[movedim\] .* must be equally many"),
        (lambda x: x[None].t(), RuntimeError, r"\[t\] `x` .* at most two dimensions"),
        (lambda x: x[0].mT, RuntimeError, r"\[mT\] `x` .* at least two dimensions"),
    ],
)
def test_a_wrong_axis_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
