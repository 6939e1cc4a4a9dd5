"""Likelihoods against SciPy's distributions, their rules, their limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import tapegrad as tg
from tapegrad.ops.likelihood import _held, gaussian_nll_loss, poisson_nll_loss
from tapegrad.testing import arrays, check_rule

reductions = st.sampled_from(["mean", "sum", "none"])
REDUCE = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
X, T = (np.random.default_rng(seed).standard_normal((2, 3)) for seed in (0, 1))


@given(st.sampled_from([(2, 3), (2,), (2, 1)]), reductions)
def test_gaussian_loss_is_minus_the_logarithm_of_the_density(shape, reduction):
    var = np.random.default_rng(2).random(shape) + 0.1
    wide = var[:, None] if shape == (2,) else var
    expected = -stats.norm.logpdf(T, X, np.sqrt(wide))
    y = gaussian_nll_loss(tg.tensor(X), tg.tensor(T), tg.tensor(var), True, reduction=reduction)
    np.testing.assert_allclose(y.numpy(), REDUCE[reduction](expected), 1e-12)
    check_rule(gaussian_nll_loss, X, T, var, reduction=reduction)


def test_a_variance_may_be_a_number_and_has_a_least_value():
    np.testing.assert_allclose(gaussian_nll_loss(X, T, 0.5), gaussian_nll_loss(X, T, np.full(X.shape, 0.5)))
    np.testing.assert_allclose(gaussian_nll_loss(X, T, 0.0, eps=0.5), gaussian_nll_loss(X, T, 0.5))


@given(arrays(min_value=0.6))
def test_a_limit_that_is_not_reached_is_the_identity(x):
    check_rule(lambda x: _held(x, low=0.5), x)


def test_gradients_take_no_notice_of_the_limit():
    x = tg.tensor([0.1, 2.0], requires_grad=True)
    with tg.tape():
        y = _held(x, low=1.0)
    y.backward(tg.ones(2))
    assert (y.tolist(), x.grad.tolist()) == ([1, 2], [1, 1])


@given(st.booleans(), reductions)
def test_poisson_loss_is_minus_the_logarithm_of_the_probability(log_input, reduction):
    rate, counts = np.abs(X) + 0.5, np.array([[0.0, 1.0, 4.0], [9.0, 30.0, 2.0]])
    given = np.log(rate) if log_input else rate
    y = poisson_nll_loss(tg.tensor(given), tg.tensor(counts), log_input, True, eps=0.0, reduction="none").numpy()
    np.testing.assert_allclose(y, -stats.poisson.logpmf(counts, rate), atol=0.05)  # Stirling's formula
    plain = poisson_nll_loss(given, counts, log_input, reduction=reduction)
    np.testing.assert_allclose(plain, REDUCE[reduction](rate - counts * np.log(rate)), atol=1e-6)
    check_rule(lambda x, t: poisson_nll_loss(x, t, log_input, True, reduction=reduction), given, counts + 0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: gaussian_nll_loss(x, x, -1.0), r"\[gaussian_nll_loss\] `var` \(=-1.0\) must not be negative"),
        (lambda x: gaussian_nll_loss(x, x, -x), r"\[gaussian_nll_loss\] `var` must not be negative"),
        (lambda x: gaussian_nll_loss(x, x, x[0]), r"`var` \(shape \(3,\)\) must have the shape \(2, 3\)"),
        (lambda x: gaussian_nll_loss(x, x, x[:1, :1]), r"`var` \(shape \(1, 1\)\)"),
        (lambda x: poisson_nll_loss(x, x, reduction="all"), r"\[poisson_nll_loss\] `reduction` \(='all'\)"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(tg.ones(2, 3))
