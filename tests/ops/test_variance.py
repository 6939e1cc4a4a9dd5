"""Variance and standard deviation: rules, values, PyTorch's conventions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule, reductions

both = pytest.mark.parametrize("name", ["var", "std"])


@both
@given(reductions(min_reduced=2, min_dims=1, distinct=True), st.sampled_from([0, 1]))
def test_rules(name, problem, correction):
    x, how = problem
    check_rule(getattr(tg, name), x, correction=correction, **how)


@pytest.mark.parametrize("name", ["var_mean", "std_mean"])
@given(reductions(min_reduced=2, min_dims=1, distinct=True))
def test_rules_of_pairs(name, problem):
    x, how = problem
    check_rule(getattr(tg, name), x, **how)


@given(arrays(()))
def test_rules_of_a_number(x):
    check_rule(tg.var, x, correction=0)


@both
@given(reductions(min_reduced=2, min_dims=1, dtype="float64"), st.sampled_from([0, 1]))
def test_values_are_numpys(name, problem, ddof):
    x, how = problem
    expected = getattr(np, name)(x, axis=how["dim"], keepdims=how["keepdim"], ddof=ddof)
    np.testing.assert_allclose(getattr(tg, name)(x, **how, ddof=ddof), expected, 1e-12, 1e-15)


@both
def test_the_unbiased_estimate_is_the_default(name):
    x = tg.tensor([1.0, 2.0, 4.0])
    function = getattr(tg, name)
    assert function(x) == function(x, correction=1) == function(x, True) == function(x, dim=0, unbiased=True)
    assert function(x, False) == function(x, ddof=0) < function(x)


def test_the_gradient_of_a_deviation_of_equals_is_zero():
    x = tg.tensor([2.0, 2.0], requires_grad=True)
    with tg.tape():
        x.std().backward()
    assert x.grad.tolist() == [0, 0]


def test_one_element_has_no_unbiased_variance():
    x = tg.tensor([2.0], requires_grad=True)
    with tg.tape(), np.errstate(invalid="ignore"):
        y = x.var()
        y.backward()
    assert np.isnan(y.item()) and np.isnan(x.grad.item())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.long().std(), RuntimeError, r"\[std\] `x` \(dtype int64\) must be floating"),
        (lambda x: x.var(0, True, correction=0), TypeError, "say the same"),
        (lambda x: x.var(5), IndexError, r"\[var\] `dim` \(=5\)"),
        (lambda x: tg.var_mean(x, dims=5), TypeError, r"\[var_mean\] got an unexpected keyword argument `dims`"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
