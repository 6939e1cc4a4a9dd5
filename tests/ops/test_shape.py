"""Views in another shape, and reading many times: against NumPy, with shared memory and right gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.shape import sum_to
from tapegrad.testing import arrays, broadcastable, check_rule


@st.composite
def reshapings(draw):
    x = draw(arrays())
    sides = draw(st.permutations([*x.shape, *([1] * draw(st.integers(0, 2)))]))
    return x, tuple(sides) if x.ndim or sides else (1,)


def shares(y, x):
    return np.shares_memory(y.numpy(), x.numpy())


@given(reshapings())
def test_reshape_has_the_right_rules(problem):
    x, shape = problem
    np.testing.assert_array_equal(tg.reshape(tg.tensor(x), shape).numpy(), x.reshape(shape))
    check_rule(tg.reshape, x, shape=shape)


@given(arrays(min_dims=1))
def test_reshape_leaves_one_size_over(x):
    np.testing.assert_array_equal(tg.reshape(x, -1), x.reshape(-1))
    check_rule(lambda x: x.reshape(-1), x)


@given(arrays(min_dims=1, max_dims=3), st.data())
def test_flatten_and_unflatten_undo_each_other(x, data):
    start = data.draw(st.integers(0, x.ndim - 1))
    end = data.draw(st.integers(start, x.ndim - 1))
    flat = tg.flatten(tg.tensor(x), start, end)
    assert flat.shape == (*x.shape[:start], int(np.prod(x.shape[start : end + 1])), *x.shape[end + 1 :])
    np.testing.assert_array_equal(flat.unflatten(start, x.shape[start : end + 1]).numpy(), x)
    check_rule(tg.flatten, x, start_dim=start, end_dim=end)


@given(arrays(max_dims=4, max_side=2))
def test_squeeze_and_unsqueeze_have_the_right_rules(x):
    np.testing.assert_array_equal(tg.squeeze(x), x.squeeze())
    check_rule(tg.squeeze, x)
    for dim in range(-x.ndim - 1, x.ndim + 1):
        np.testing.assert_array_equal(tg.unsqueeze(x, dim), np.expand_dims(x, dim))
    check_rule(tg.unsqueeze, x, dim=0)


def test_squeeze_drops_only_what_it_is_told_and_only_ones():
    x = tg.zeros(1, 2, 1)
    assert x.squeeze(0).shape == (2, 1)
    assert x.squeeze((0, 1)).shape == (2, 1)
    assert x.squeeze(axis=-1).shape == (1, 2)
    assert tg.zeros(()).squeeze(0).shape == ()
    assert tg.expand_dims(x, (0, -1)).shape == (1, 1, 2, 1, 1)


@given(broadcastable(2, max_dims=3))
def test_expand_and_sum_to_size_have_the_right_rules(pair):
    x, shape = pair[0], np.broadcast_shapes(pair[0].shape, pair[1].shape)
    np.testing.assert_array_equal(tg.expand(x, shape), np.broadcast_to(x, shape))
    check_rule(tg.expand, x, size=shape)
    wide = np.resize(pair[1], (2, *shape))
    assert sum_to(wide, x.shape).shape == x.shape
    check_rule(lambda v: tg.sum_to_size(v, x.shape), wide)


def test_sizes_come_one_by_one_or_together():
    x = tg.arange(6).reshape(2, 3)
    for y in (x.reshape(3, 2), x.reshape((3, 2)), x.reshape([3, -1]), x.view(3, 2), x.reshape(shape=(3, 2))):
        assert y.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert x.reshape(tg.tensor(6)).shape == x.reshape(np.int64(6)).shape == (6,)
    column = tg.ones(2, 1)
    assert column.expand(-1, 3).shape == column.expand((2, 3)).shape == column.expand(size=(2, 3)).shape == (2, 3)
    assert column.expand_as(tg.zeros(4, 2, 3)).shape == column.broadcast_to((4, 2, 3)).shape == (4, 2, 3)
    assert x.view_as(tg.zeros(3, 2)).shape == x.reshape_as(tg.zeros(3, 2)).shape == (3, 2)


def test_views_share_memory_and_a_reshape_copies_only_where_it_must():
    x = tg.arange(6.0).reshape(2, 3)
    for y in (x.view(-1), x.flatten(), x.ravel(), x.squeeze(), x.unsqueeze(1), x.expand(4, 2, 3), x.T.reshape(3, 1, 2)):
        assert shares(y, x)
    assert not shares(x.T.reshape(-1), x)
    with pytest.raises(RuntimeError, match=r"\[view\] `x` .* must be readable in `shape` \(=\(6,\)\) without a copy"):
        x.T.view(6)


def test_a_write_into_a_view_is_seen_by_its_root_and_by_the_gradient():
    x = tg.ones(2, 3, requires_grad=True)
    with tg.tape():
        y = x * 2
        y.view(-1).mul_(3)
        z = (y * y).sum()
    z.backward()
    assert y.tolist() == [[6.0] * 3] * 2
    assert x.grad.tolist() == [[72.0] * 3] * 2


def test_atleast_adds_axes_where_numpy_does():
    for n, (ours, numpys) in enumerate(
        [(tg.atleast_1d, np.atleast_1d), (tg.atleast_2d, np.atleast_2d), (tg.atleast_3d, np.atleast_3d)]
    ):
        for shape in [(), (2,), (2, 3), (2, 3, 4)]:
            assert ours(tg.zeros(shape)).shape == numpys(np.zeros(shape)).shape, n
    a, b = tg.atleast_2d(tg.zeros(()), tg.zeros(3))
    assert (a.shape, b.shape) == ((1, 1), (1, 3))


def test_broadcast_tensors_gives_all_one_shape():
    a, b = tg.broadcast_tensors(tg.ones(2, 1), tg.zeros(3))
    assert a.shape == b.shape == (2, 3)
    with pytest.raises(RuntimeError, match=r"\[broadcast_tensors\] `tensors` \(shapes \(2,\), \(3,\)\)"):
        tg.broadcast_tensors(tg.ones(2), tg.zeros(3))


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (lambda x: x.reshape(4), RuntimeError, r"\[reshape\] `shape` \(=\(4,\)\) must hold the 6 elements"),
        (lambda x: x.reshape(-1, -1), RuntimeError, r"\[reshape\] `shape`"),
        (lambda x: x.view(4), RuntimeError, r"\[view\] `shape` \(=\(4,\)\)"),
        (lambda x: x.view(tg.int32), TypeError, r"\[view\] `shape` .* use `.to\(dtype\)`"),
        (lambda x: x.flatten(1, 0), RuntimeError, r"\[flatten\] `start_dim` \(=1\) must not come after"),
        (
            lambda x: x.unflatten(0, (3, 2)),
            RuntimeError,
            r"\[unflatten\] `sizes` \(=\(3, 2\)\) must multiply to the size 2",
        ),
        (lambda x: x.squeeze(2), IndexError, r"\[squeeze\] `dim` \(=2\) must lie in -2 … 1"),
        (lambda x: x.squeeze((0, -2)), RuntimeError, r"must not name an axis twice"),
        (lambda x: x.unsqueeze("a"), TypeError, r"\[unsqueeze\] `dim` \(='a'\) must be an integer"),
        (lambda x: x.expand(3, 3), RuntimeError, r"\[expand\] `size` \(=\(3, 3\)\) must match `x` \(shape \(2, 3\)\)"),
        (lambda x: x.expand(-1, 2, 3), RuntimeError, r"\[expand\] `size`"),
        (lambda x: x.expand(3), RuntimeError, r"must have at least the 2 dimensions"),
        (lambda x: x.sum_to_size(3, 3), RuntimeError, r"\[sum_to_size\] `size` \(=\(3, 3\)\)"),
    ],
)
def test_a_wrong_shape_is_named(wrong, error, text):
    with pytest.raises(error, match=text):
        wrong(tg.zeros(2, 3))
