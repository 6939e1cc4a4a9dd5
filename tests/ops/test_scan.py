"""Running extremes, differences and areas against NumPy's, and their rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule
from tests.ops.test_order import SHAPES, distinct

dims = st.sampled_from([0, -1])


@given(SHAPES, dims, st.booleans())
def test_running_extremes(shape, dim, largest):
    x, f = distinct(shape), tg.cummax if largest else tg.cummin
    values, indices = f(tg.tensor(x), dim)
    np.testing.assert_array_equal(values.numpy(), (np.maximum if largest else np.minimum).accumulate(x, dim))
    np.testing.assert_array_equal(np.take_along_axis(x, indices.numpy(), dim), values.numpy())
    check_rule(lambda x: f(x, dim)[0], x)


def test_of_equals_the_last_is_named_and_nan_stays():
    values, indices = tg.cummax(tg.tensor([1.0, 2, 2, 0, float("nan"), 5]), 0)
    assert indices.tolist() == [0, 1, 2, 2, 4, 4] and np.isnan(values[-1].item())
    assert [y.item() for y in tg.cummin(tg.tensor(3.0), 0)] == [3, 0]


@given(arrays(min_dims=1, min_value=-2, max_value=2), dims)
def test_running_sums_of_exponentials(x, dim):
    y = tg.logcumsumexp(tg.tensor(x), dim).numpy()
    np.testing.assert_allclose(y, np.logaddexp.accumulate(x, dim))
    check_rule(tg.logcumsumexp, x, dim)


def test_sums_of_exponentials_do_not_overflow_and_nor_do_their_gradients():
    x = tg.tensor([1000.0, -1000, 1001], requires_grad=True)
    with tg.tape():
        y = tg.logcumsumexp(x, 0)
    y.backward(tg.tensor([1.0, -1, 1]))
    np.testing.assert_allclose(y.detach().numpy(), [1000, 1000, 1001.31326])
    np.testing.assert_allclose(x.grad.numpy(), [0.268941, 0, 0.731059], atol=1e-4)


@given(SHAPES, dims, st.integers(0, 4), st.booleans())
def test_differences_are_numpys(shape, dim, n, around):
    x = distinct(shape)
    ends = {"prepend": x.take([0], dim), "append": x.take([0, 0], dim)} if around else {}
    y = tg.diff(tg.tensor(x), n, dim, **{k: tg.tensor(v) for k, v in ends.items()})
    np.testing.assert_array_equal(y.numpy(), np.diff(x, n, dim, **ends))
    if n < x.shape[dim]:
        check_rule(tg.diff, x, n, dim)


def test_booleans_differ_or_not():
    assert tg.diff(tg.tensor([True, True, False])).tolist() == [False, True]


@given(SHAPES, dims, st.sampled_from(["none", "dx", "1-D", "like y"]))
def test_areas_are_numpys(shape, dim, how):
    y, n = distinct(shape), shape[dim]
    x = {"1-D": np.cumsum(np.arange(1.0, n + 1)), "like y": distinct(shape) ** 2}.get(how)
    step = {"dx": 0.5} if how == "dx" else {}
    given = () if x is None else (x,)
    area = tg.trapezoid(tg.tensor(y), *map(tg.tensor, given), dim=dim, **step)
    np.testing.assert_allclose(area.numpy(), np.trapezoid(y, x, axis=dim, **step))
    check_rule(tg.trapezoid, y, *given, dim=dim, **step)
    running = tg.cumulative_trapezoid(tg.tensor(y), *map(tg.tensor, given), dim=dim, **step).numpy()
    assert running.shape[dim] == n - 1
    if n > 1:
        np.testing.assert_allclose(running.take(-1, dim), area.numpy())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: tg.cummax(x, 2), IndexError, r"\[cummax\] `dim` \(=2\)"),
        (lambda x: tg.logcumsumexp(x.long(), 0), RuntimeError, r"\[logcumsumexp\] `x` \(dtype int64\)"),
        (lambda x: tg.diff(x, -1), RuntimeError, r"\[diff\] `n` \(=-1\)"),
        (lambda x: tg.diff(x.sum()), RuntimeError, r"\[diff\] `x` \(0-d\)"),
        (lambda x: tg.trapezoid(x, x, dx=1), RuntimeError, r"\[trapezoid\] `dx` \(=1\)"),
        (lambda x: tg.trapezoid(x, tg.ones(2)), RuntimeError, r"\[trapezoid\] `x` \(shape \(2,\)\) must have 3"),
    ],
)
def test_what_does_not_fit_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
