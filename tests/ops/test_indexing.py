"""Brackets: every index that NumPy knows, read and written, with NumPy itself as the oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.brackets import parse
from tapegrad.ops.indexing import _copied, _last, add_at, getitem, put_at, put_region, take_at
from tapegrad.testing import arrays, check_rule, index


@st.composite
def indexed(draw, **options):
    x = draw(arrays(min_dims=1, **options))
    return x, draw(index(x))


@given(indexed())
def test_reading_has_the_right_rules(problem):
    x, i = problem
    np.testing.assert_array_equal(tg.tensor(x)[i].numpy(), x[i])
    check_rule(lambda x: getitem(x, i), x)


@given(arrays(min_dims=1), st.data())
def test_a_number_and_an_ellipsis_have_the_right_rules(x, data):
    n = len(x)
    check_rule(lambda x: x[...], x)
    if n:
        i = data.draw(st.integers(-n, n - 1))
        check_rule(lambda x: getitem(x, i), x)


@given(arrays(), st.data())
def test_the_transpose_of_a_view_has_the_right_rules(x, data):
    _, _, i = parse("test", x, data.draw(index(x, advanced=False)))
    i = i if ... in i else (*i, ...)
    check_rule(put_region, x[i], shape=x.shape, index=i)


@given(indexed(), st.data())
def test_reading_adding_and_writing_at_positions_have_the_right_rules(problem, data):
    x, i = problem
    base, at, template = parse("test", x, i if parse("test", x, i)[1] is not None else [-1] * min(len(x), 2))
    v = take_at(base, at, index=template)
    part = data.draw(arrays(v.shape[data.draw(st.integers(0, v.ndim)) :], dtype=x.dtype))
    check_rule(take_at, base, at, index=template)
    check_rule(add_at, v, at, shape=base.shape, index=template)
    check_rule(put_at, base, part, at, index=template)
    check_rule(_last, v, at, shape=base.shape, index=template)


@given(arrays())
def test_a_copy_has_the_right_rules(x):
    check_rule(_copied, x)


@given(indexed(min_side=1), st.data())
def test_writing_does_what_numpy_does(problem, data):
    x, i = problem
    place = x[i].shape
    part = place[data.draw(st.integers(0, len(place))) :]
    value = data.draw(arrays(part, dtype="float64")).reshape(part)
    t, expected = tg.tensor(x), x.copy()
    t[i] = value
    expected[i] = value.copy()  # NumPy walks through other layouts in other orders
    np.testing.assert_array_equal(t.numpy(), expected)


@given(indexed(min_side=1))
def test_writing_sends_the_gradient_to_what_remains(problem):
    x, i = problem
    a, v = tg.tensor(x, requires_grad=True), tg.tensor(np.arange(x[i].size + 1.0)[1:].reshape(x[i].shape))
    v.requires_grad_()
    weights = np.arange(2.0, x.size + 2).reshape(x.shape)
    with tg.tape():
        y = a * 1
        y[i] = v
        loss = (y * tg.tensor(weights)).sum()
    loss.backward()
    written, last = np.zeros(x.shape), np.zeros(x.shape)
    written[i] = 1
    last[i] = v.detach().numpy()  # the number of the entry of v that is left at each place
    expected = np.zeros(v.shape).reshape(-1)
    expected[last[written == 1].astype(int) - 1] = weights[written == 1]
    np.testing.assert_array_equal(a.grad.numpy(), np.where(written, 0, weights))
    np.testing.assert_array_equal(v.grad.numpy(), expected.reshape(v.shape))


def test_an_index_without_arrays_is_a_view_and_one_with_arrays_a_copy():
    x = tg.arange(12.0).reshape(3, 4)
    for i in (0, -1, slice(1, None), (..., 1), None, (0, 0), (slice(None, None, -1), 2), tg.tensor(1), np.int64(1)):
        assert np.shares_memory(x[i].numpy(), x.numpy())
    for i in ([0], np.array([0]), tg.tensor([0]), x > 3, True, (0, [1]), np.zeros((3,), bool)):
        assert not np.shares_memory(x[i].numpy(), x.numpy())


def test_tensors_lists_and_arrays_index_alike():
    x = tg.arange(12).reshape(3, 4)
    for rows in ([0, 2], tg.tensor([0, 2]), np.array([0, 2]), tg.tensor([0, 2], dtype=tg.int32), range(0, 3, 2)):
        assert x[rows, 1].tolist() == [1, 9]
    for mask in (x > 9, (x > 9).numpy(), (x > 9).tolist()):
        assert x[mask].tolist() == [10, 11]
    assert x[tg.tensor(1) : tg.tensor(2), tg.tensor(-1)].tolist() == [7]
    assert x.numpy()[0].tolist() == getitem(x.numpy(), 0).tolist()
    assert isinstance(getitem(x.numpy(), [0]), np.ndarray)
    assert isinstance(getitem(x.numpy(), tg.tensor([0])), tg.Tensor)


def test_truth_values_are_masks_of_an_axis_of_their_own():
    x = np.arange(6.0).reshape(2, 3)
    for i in (True, False, (True, 0), (slice(None), False), ([0, 1], True), np.True_, (..., True), np.array(True)):
        np.testing.assert_array_equal(tg.tensor(x)[i].numpy(), x[i])
        t, expected = tg.tensor(x), x.copy()
        t[i] = expected[i] = 7
        np.testing.assert_array_equal(t.numpy(), expected)


def test_gradients_of_repeated_positions_add_up():
    x = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with tg.tape():
        y = (x[[0, 0, 2]] * tg.tensor([1.0, 10.0, 100.0])).sum()
    y.backward()
    assert x.grad.tolist() == [11, 0, 100]


def test_changing_an_index_array_before_the_sweep_changes_nothing_silently():
    x, i = tg.tensor([1.0, 2.0, 3.0], requires_grad=True), np.array([0, 1])
    mask = np.array([True, False, True])
    with tg.tape():
        y = x[i].sum() + 10 * x[mask].sum()
        i[:] = 2
        mask[:] = False
    y.backward()
    assert x.grad.tolist() == [11, 1, 10]
    j = tg.tensor([0, 1])
    with tg.tape():
        y = x[j].sum()
        j.fill_(2)
    with pytest.raises(tg.TapeError, match=r"\[index\] .*needs a value .*test_indexing.py"):
        y.backward()


def test_the_value_that_is_written_is_cast_and_broadcast():
    x = tg.zeros(2, 3, dtype=tg.int64)
    x[0] = 1.7
    x[1, [0, 2]] = tg.tensor([[2.5, 3.5]])
    assert x.tolist() == [[1, 1, 1], [2, 0, 3]]
    x[x == 1] = 0
    x[:, 1] = tg.tensor(8)
    assert x.tolist() == [[0, 8, 0], [2, 8, 3]]


def test_whole_tensors_are_overwritten_in_place():
    x = tg.ones(2, 2)
    assert x.copy_(tg.tensor([1, 2])) is x
    assert x.tolist() == [[1, 2], [1, 2]]
    assert x.fill_(3).tolist() == [[3, 3], [3, 3]]
    assert x.zero_().tolist() == [[0, 0], [0, 0]]
    assert tg.fill(x, 5).tolist() == [[5, 5], [5, 5]]


def test_copying_a_tracked_tensor_is_recorded_and_overwriting_ends_the_gradient():
    a, b = tg.ones(2, requires_grad=True), tg.full((2,), 3.0, requires_grad=True)
    with tg.tape():
        x, y = a * 2, tg.zeros(2)
        y.copy_(x)
        x.copy_(b)
        z = (y * 10 + x).sum()
        x.zero_()
        z = z + x.sum()
    z.backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([20, 20], [1, 1])


def test_hooks_of_a_copy_leave_the_original_alone():
    a = tg.ones(2, requires_grad=True)
    with tg.tape():
        x, y = a * 1, tg.zeros(2)
        y.copy_(x)
        y.register_hook(lambda g: g * 100)
        z = (x + y).sum()
    z.backward()
    assert a.grad.tolist() == [101, 101]


def test_a_leaf_is_not_written_inside_a_tape():
    x = tg.ones(2, requires_grad=True)
    with tg.tape():
        for i in (0, [0]):
            with pytest.raises(tg.TapeError, match="leaf Variable that requires grad"):
                x[i] = 2.0
    with tg.no_grad():
        x[0] = 2.0
        x[[1]] = 3.0
    assert x.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("i", "text"),
    [
        (2, r"`index` \(=2\) must lie in -2 … 1 on axis 0 \(size 2\)"),
        ((0, -4), r"`index` \(=-4\) must lie in -3 … 2 on axis 1 \(size 3\)"),
        ((..., 3), r"`index` \(=3\) must lie in -3 … 2 on axis 1"),
        ([[0, 1], [5, 0]], r"`index` \(=5\) must lie in -2 … 1 on axis 0"),
        ((slice(None), tg.tensor([0, 3])), r"`index` \(=3\) must lie in -3 … 2 on axis 1"),
        ((0, 0, 0), r"`index` addresses 3 axes; `x` \(shape \(2, 3\)\) has only 2"),
        ((..., ...), r"`index` must hold at most one Ellipsis, not 2"),
        (1.0, r"`index` \(=1.0\) must hold ints"),
        ("a", r"`index` \(='a'\) must hold ints"),
        ([0.5], r"`index` \(=array\(\[0.5\]\)\) must hold ints"),
        (np.ones(3, bool), r"`index` \(a mask of shape \(3,\)\) must have the shape \(2,\) at axis 0"),
        (([0, 1], [0, 1, 2]), "shape mismatch"),
    ],
)
def test_a_wrong_index_is_named(i, text):
    x = tg.zeros(2, 3)
    with pytest.raises(IndexError, match=rf"\[getitem\] .*{text}|\[getitem\] {text}"):
        x[i]
    with pytest.raises(IndexError):
        x[i] = 1
    assert x.tolist() == [[0] * 3] * 2


def test_a_value_that_does_not_fit_is_named():
    x = tg.zeros(2, 3)
    with pytest.raises(RuntimeError, match=r"\[index_put\] `value` \(shape \(2,\)\) must broadcast .* is \(1, 3\)"):
        x[[0]] = tg.ones(2)
    with pytest.raises(RuntimeError, match=r"\[copy_\] `src` \(shape \(2,\)\) must broadcast to the shape \(3,\)"):
        x[0] = tg.ones(2)
    with pytest.raises(RuntimeError, match=r"\[fill\] `value` \(shape \(2,\)\)"):
        x.fill_(tg.ones(2))
