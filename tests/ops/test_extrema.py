"""Maxima and minima: rules, values, ties, NaN."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule, reductions

NAN = np.nan


@pytest.mark.parametrize("name", ["amax", "amin", "aminmax"])
@given(reductions(min_reduced=1, distinct=True))
def test_rules(name, problem):
    x, how = problem
    check_rule(getattr(tg, name), x, **how)


@pytest.mark.parametrize("name", ["max", "min"])
@given(reductions(min_reduced=1, min_dims=1, none=False, several=False, distinct=True))
def test_rules_with_an_index(name, problem):
    x, how = problem
    check_rule(getattr(tg, name), x, **how)


@pytest.mark.parametrize("name", ["max", "min"])
@given(arrays(min_side=1, distinct=True))
def test_rules_over_everything(name, x):
    check_rule(getattr(tg, name), x)


@pytest.mark.parametrize("name", ["amax", "amin"])
@given(reductions(min_reduced=1))
def test_values_are_numpys(name, problem):
    x, how = problem
    np.testing.assert_array_equal(
        getattr(tg, name)(tg.tensor(x), **how).numpy(), getattr(np, name)(x, axis=how["dim"], keepdims=how["keepdim"])
    )


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@given(reductions(min_side=1, several=False, dtype=("float64", "int32", "bool")))
def test_indices_are_numpys(name, problem):
    x, how = problem
    y = getattr(tg, name)(tg.tensor(x), **how)
    assert y.dtype == tg.int64
    np.testing.assert_array_equal(y.numpy(), getattr(np, name)(x, axis=how["dim"], keepdims=how["keepdim"]))


@pytest.mark.parametrize("name", ["max", "min"])
@given(arrays(min_side=1, min_dims=1), st.booleans())
def test_the_index_leads_to_the_value(name, x, keepdim):
    values, indices = getattr(tg, name)(tg.tensor(x), -1, keepdim=keepdim)
    at = indices.numpy() if keepdim else indices.numpy()[..., None]
    read = np.take_along_axis(x, at, -1)
    np.testing.assert_array_equal(values.numpy(), read if keepdim else read[..., 0])


# PyTorch 2.13: the gradient of x = [1, 3, 3, 2]
TIES = {
    "amax": (lambda x: x.amax(), [0, 0.5, 0.5, 0]),
    "full max": (lambda x: x.max(), [0, 0.5, 0.5, 0]),
    "max along a dim": (lambda x: x.max(0).values, [0, 1, 0, 0]),
    "maximum": (lambda x: x[1:2].max(x[2:3]).sum(), [0, 0.5, 0.5, 0]),
    "full min of -x": (lambda x: (-x).min(), [0, -0.5, -0.5, 0]),
}


@pytest.mark.parametrize(("function", "gradient"), TIES.values(), ids=TIES)
def test_ties_are_settled_as_pytorch_settles_them(function, gradient):
    x = tg.tensor([1.0, 3.0, 3.0, 2.0], requires_grad=True)
    with tg.tape():
        function(x).backward()
    assert x.grad.tolist() == gradient


def test_nan_is_the_extreme_and_shares_the_gradient():
    x = tg.tensor([1.0, NAN, 3.0, NAN], requires_grad=True)
    with tg.tape():
        y = x.max()
        y.backward()
    assert np.isnan(y.item()) and x.grad.tolist() == [0, 0.5, 0, 0.5]
    assert x.detach().max(0).indices == x.argmin() == 1


def test_pairs_have_names():
    x = tg.tensor([[1.0, 5.0], [4.0, 2.0]])
    assert x.max(dim=1).indices.tolist() == [1, 0]
    assert x.min(axis=0, keepdims=True).values.tolist() == [[1, 2]]
    low, high = x.aminmax(dim=0)
    assert (low.tolist(), high.tolist()) == ([1, 2], [4, 5])


def test_a_number_is_its_own_maximum():
    values, indices = tg.tensor(3.0).max(0)
    assert (values.item(), indices.item(), values.shape) == (3, 0, ())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x[:0].max(), IndexError, r"\[max\] `x` \(shape \(0, 3\)\) must not be empty along dim 0"),
        (lambda x: x[:0].amax(0), IndexError, r"\[amax\] `x`"),
        (lambda x: x[:0].argmin(0), IndexError, r"\[argmin\] `x`"),
        (lambda x: x.min(4), IndexError, r"\[min\] `dim` \(=4\)"),
        (lambda x: x.max((0, 1)), TypeError, r"\[max\] `dim` \(=\(0, 1\)\) must be an integer"),
        (lambda x: x.amin(rows=1), TypeError, r"\[amin\] got an unexpected keyword argument `rows`"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
