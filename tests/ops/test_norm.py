"""Norms: rules, values, the kink at zero."""

import numpy as np
import pytest
from hypothesis import given

import tapegrad as tg
from tapegrad.ops.norm import vector_norm
from tapegrad.testing import check_rule, reductions

ORDERS = [2, 1, 3, 1.5, 0.5, -1, np.inf, -np.inf, 0]


def of_one_sign(low, high):
    """Reductions of numbers of different size."""
    return reductions(min_reduced=1, min_value=low, max_value=high, distinct=True)


every_order = pytest.mark.parametrize("p", ORDERS)


@every_order
@given(of_one_sign(0.3, 9) | of_one_sign(-9, -0.3))
def test_rules(p, problem):
    x, how = problem
    check_rule(vector_norm, x, ord=p, **how)


@every_order
@given(reductions(min_side=1, min_dims=1, none=False, several=False, dtype="float64"))
def test_values_are_numpys(p, problem):
    x, how = problem
    expected = np.linalg.norm(x, ord=p, axis=how["dim"], keepdims=how["keepdim"])
    np.testing.assert_allclose(tg.norm(tg.tensor(x), p, **how).numpy(), expected, 1e-12)


@every_order
def test_the_gradient_at_zero_is_zero(p):
    x = tg.zeros(3, requires_grad=True)
    with tg.tape(), np.errstate(divide="ignore"):
        tg.norm(x, p).backward()
    assert x.grad.tolist() == [0, 0, 0]


def test_the_second_derivative_at_zero_is_finite():
    x = tg.zeros(3, requires_grad=True)
    with tg.tape():
        (g,) = tg.autograd.grad(tg.norm(x), x, create_graph=True)
        (h,) = tg.autograd.grad(g.sum(), x)
    assert np.isfinite(h.numpy()).all()


def test_fro_is_two_over_all():
    x = tg.tensor([[3.0, 0.0], [0.0, 4.0]])
    assert x.norm() == x.norm("fro") == x.norm(2) == x.norm(2.0, (0, 1)) == 5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.norm("max"), ValueError, r"\[norm\] `p` \(='max'\)"),
        (lambda x: x.long().norm(), RuntimeError, r"\[norm\] `x` \(dtype int64\) must be floating"),
        (lambda x: x[:0].norm(np.inf), IndexError, r"\[norm\] `x` \(shape \(0, 3\)\) must not be empty along dim 0"),
        (lambda x: x.norm(dim=3), IndexError, r"\[norm\] `dim` \(=3\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
