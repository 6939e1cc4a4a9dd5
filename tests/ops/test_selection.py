"""where, masks, limits, the larger of two: who gets the gradient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, broadcastable, check_rule

nan, inf = np.nan, np.inf
APART = [{"min_value": -2.0, "max_value": -0.1}, {"min_value": 0.1, "max_value": 2.0}]


def slopes(f, *points):
    """The gradients of the sum of f at points, in float64."""
    xs = [tg.tensor(p, dtype=tg.float64, requires_grad=True) for p in points]
    with tg.tape():
        y = f(*xs).sum()
    y.backward()
    return [x.grad.tolist() for x in xs]


@given(broadcastable(3))
def test_where_has_the_right_rules(operands):
    mask, x, other = operands[0] > 0, *operands[1:]
    expected = np.where(mask, x, other)
    np.testing.assert_array_equal(tg.where(tg.tensor(mask), x, other).numpy(), expected)
    np.testing.assert_array_equal(tg.where(mask, x, other), expected)
    check_rule(tg.where, mask, x, other)


def test_where_takes_scalars_of_every_kind():
    c = tg.tensor([True, False])
    assert tg.where(c, 1.0, 2.0).dtype == tg.float32
    assert tg.where(c, 1, 2).dtype == tg.int64
    assert tg.where(c, tg.tensor([1, 2]), 0.5).tolist() == [1.0, 0.5]
    assert tg.where(c.numpy(), tg.zeros(2, dtype=tg.float64), 1.0).dtype == tg.float64
    assert tg.where([True, False], tg.zeros(2), 1.0).tolist() == [0.0, 1.0]


def test_where_alone_finds_the_places():
    rows, columns = tg.where(tg.tensor([[0.0, 1.0], [2.0, 0.0]]))
    assert (rows.tolist(), columns.tolist(), rows.dtype) == ([0, 1], [1, 0], tg.int64)
    assert isinstance(tg.where(np.array([0, 3]))[0], np.ndarray)


def test_the_method_where_starts_from_the_tensor():
    x = tg.tensor([1.0, 2.0])
    assert x.where(x > 1, 0.0).tolist() == [0, 2]


def test_where_keeps_what_was_not_chosen_out_of_the_gradient():
    f = lambda x: tg.where(x > 0, tg.log(tg.where(x > 0, x, 1)), x)  # noqa: E731
    assert slopes(f, [-1.0, 0.0, 2.0]) == [[1, 1, 0.5]]
    x = tg.tensor([inf, 1.0], requires_grad=True)
    with tg.tape():
        y = tg.where(tg.tensor([True, False]), x, 0.0)
    y.backward(tg.tensor([1.0, inf]))
    assert x.grad.tolist() == [1, 0]


def test_where_refuses_half_a_choice_and_conditions_that_are_none():
    with pytest.raises(TypeError, match=r"\[where\] give both `x` and `other`, or neither"):
        tg.where(tg.tensor([True]), 1.0)
    with pytest.raises(TypeError, match=r"\[where\] `condition` \(dtype float32\) must be boolean"):
        tg.where(tg.ones(2), 1.0, 2.0)


@given(broadcastable())
def test_masked_fill_has_the_right_rules(pair):
    x, mask, value = pair[0], pair[1] > 0, np.array(0.5, pair[0].dtype)
    expected = np.where(mask, value, x)
    np.testing.assert_array_equal(tg.masked_fill(tg.tensor(x), tg.tensor(mask), 0.5).numpy(), expected)
    check_rule(tg.masked_fill, x, mask, value)


def test_masked_fill_keeps_the_dtype_and_works_in_place():
    x, mask = tg.tensor([1, 2, 3]), tg.tensor([True, False, True])
    assert tg.masked_fill(x, mask, 0).dtype == tg.int64
    assert x.masked_fill_(mask, 7).tolist() == [7, 2, 7]
    with pytest.raises(TypeError, match=r"\[masked_fill\] `mask` \(dtype int64\) must be boolean"):
        tg.masked_fill(x, x, 0)
    with pytest.raises(ValueError, match=r"\[masked_fill\] `value` \(shape \(3,\)\) must be a scalar"):
        tg.masked_fill(x, mask, x)


LARGER = ("maximum", "minimum", "fmax", "fmin")


@pytest.mark.parametrize("name", LARGER)
@given(data=st.data())
def test_the_larger_of_two_has_the_right_rules(name, data):
    for pair in (data.draw(broadcastable(each=APART)), data.draw(broadcastable(each=APART[::-1]))):
        np.testing.assert_array_equal(getattr(tg, name)(*map(tg.tensor, pair)).numpy(), getattr(np, name)(*pair))
        check_rule(getattr(tg, name), *pair)


@pytest.mark.parametrize(
    ("name", "x", "other"),  # what PyTorch 2.13 sends to either, for ties, NaN on one side and ∞
    [
        ("maximum", [0.5, 1, 1, 0.5, 0], [0.5, 1, 1, 0.5, 1]),
        ("minimum", [0.5, 1, 1, 0.5, 1], [0.5, 1, 1, 0.5, 0]),
        ("fmax", [1, 0, 1, 1, 0], [0, 1, 0, 0, 1]),
        ("fmin", [1, 0, 1, 1, 1], [0, 1, 0, 0, 0]),
    ],
)
def test_ties_and_nan_have_the_slopes_of_pytorch(name, x, other):
    assert slopes(getattr(tg, name), [0, nan, 1, inf, -2], [-0.0, 1, nan, inf, 3]) == [x, other]


LIMITS = [(-1, 1), (None, 0.5), (-0.5, None), (0.5, -0.5)]


@pytest.mark.parametrize(("low", "high"), LIMITS)
@given(x=arrays(away_from=(-1, -0.5, 0.5, 1)))
def test_clamp_has_the_right_rules(low, high, x):
    np.testing.assert_array_equal(tg.clamp(tg.tensor(x), low, high).numpy(), np.clip(x, low, high))
    check_rule(lambda x: tg.clamp(x, low, high), x)


@given(broadcastable(3, each=[{}, {"min_value": -1.5, "max_value": -0.5}, {"min_value": 0.5, "max_value": 1.5}]))
def test_clamp_takes_tensors_as_limits(operands):
    x, low, high = operands
    np.testing.assert_array_equal(tg.clamp(*map(tg.tensor, operands)).numpy(), np.clip(x, low, high))
    for point in (3, -3, 0):  # above, below, between: no kink near
        x = np.full_like(x, point)
        check_rule(tg.clamp, x, low, high)
        check_rule(lambda x, low: tg.clamp(x, min=low), x, low)
        check_rule(lambda x, high: tg.clamp(x, max=high), x, high)


def test_limits_have_the_slopes_of_pytorch():
    assert slopes(lambda x: tg.clamp(x, -1, 1), [-2, -1, 0, 1, 2, nan]) == [[0, 1, 1, 1, 0, 0]]
    x, low, high = [0.0, 1, 2, 3, 1, 5, nan, 1], [1.0, 1, 1, 3, 3, 3, 1, 1], [2.0, 2, 2, 2, 2, 2, 2, 1]
    assert slopes(tg.clamp, x, low, high) == [
        [0, 1, 1, 0, 0, 0, 0, 1],
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 0, 0],
    ]


def test_clamp_names():
    x = tg.tensor([-2.0, 0.0, 2.0])
    assert tg.clip is tg.clamp
    assert tg.clamp_min(x, -1).tolist() == [-1, 0, 2]
    assert tg.clamp_max(x, 1).tolist() == [-2, 0, 1]
    assert x.clamp_(min=-1, max=1).tolist() == [-1, 0, 1]
    assert tg.clamp(tg.tensor([1, 2, 3]), max=2).dtype == tg.int64
    assert tg.clamp(tg.tensor([1, 2, 3]), max=1.5).tolist() == [1.0, 1.5, 1.5]
    with pytest.raises(ValueError, match=r"\[clamp\] at least one of `min` and `max`"):
        tg.clamp(x)


@given(arrays())
def test_nan_to_num_is_the_identity_on_numbers(x):
    np.testing.assert_array_equal(tg.nan_to_num(tg.tensor(x)).numpy(), x)
    check_rule(tg.nan_to_num, x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nan_to_num_replaces_what_is_none(dtype):
    x = np.array([nan, inf, -inf, 2.0], dtype)
    for how in ({}, {"nan": 1.0, "posinf": 2.0, "neginf": 3.0}):
        np.testing.assert_array_equal(tg.nan_to_num(tg.tensor(x), **how).numpy(), np.nan_to_num(x, **how))
    assert slopes(tg.nan_to_num, x) == [[0, 0, 0, 1]]
    assert tg.nan_to_num(tg.tensor([1, 2])).tolist() == [1, 2]
