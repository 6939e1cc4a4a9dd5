"""Products and running sums and products: rules, values, exactness at zeros."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.product import recurrence
from tapegrad.testing import arrays, axes, check_rule, reductions


@given(reductions())
def test_prod_rules(problem):
    x, how = problem
    check_rule(tg.prod, x, **how)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@given(data=st.data())
def test_running_rules(name, data):
    x = data.draw(arrays())
    check_rule(getattr(tg, name), x, dim=data.draw(axes(x, none=False, several=False)) if x.ndim else -1)


@given(reductions(dtype="float64"))
def test_prod_is_numpys(problem):
    x, how = problem
    expected = np.prod(x, axis=how["dim"], keepdims=how["keepdim"])
    np.testing.assert_allclose(tg.prod(tg.tensor(x), **how).numpy(), expected, 1e-13)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@given(data=st.data())
def test_running_values_are_numpys(name, data):
    x = data.draw(arrays(min_dims=1, dtype="float64"))
    dim = data.draw(axes(x, none=False, several=False))
    np.testing.assert_array_equal(getattr(tg, name)(tg.tensor(x), dim).numpy(), getattr(np, name)(x, dim))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_recurrence_rules(n):
    rng = np.random.default_rng(n)
    check_rule(recurrence, rng.standard_normal((2, n)), rng.standard_normal((2, n)))


@pytest.mark.parametrize("zeros", [(), (1,), (0, 3), (0, 1, 2, 3, 4)])
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_rules_are_exact_at_zeros(name, zeros):
    x = np.array([2.0, 3.0, -1.0, 0.5, 4.0])
    x[list(zeros)] = 0
    check_rule(lambda x: getattr(tg, name)(x, 0), x)


def test_the_hessian_of_a_product_is_the_product_of_the_others():
    values = np.array([2.0, 0.0, 3.0, 0.0])
    x = tg.tensor(values, requires_grad=True)
    with tg.tape():
        (g,) = tg.autograd.grad(x.prod(), x, create_graph=True)
        rows = [tg.autograd.grad(g[i], x, retain_graph=True)[0].numpy() for i in range(4)]
    expected = np.zeros((4, 4))
    for i, j, k, m in permutations(range(4)):
        expected[i, j] = values[k] * values[m]
    np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize("name", ["prod", "cumsum", "cumprod"])
def test_whole_numbers_are_multiplied_and_summed_in_int64(name):
    assert getattr(tg.tensor(np.array([2, 3], np.int8)), name)(0).dtype == tg.int64


def test_a_number_is_its_own_running_sum():
    assert tg.tensor(3.0).cumsum(0).item() == 3
    assert tg.tensor(3.0).cumprod(axis=-1).item() == 3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.prod(7), IndexError, r"\[prod\] `dim` \(=7\)"),
        (lambda x: x.cumsum(), TypeError, r"\[cumsum\] `dim` must be given"),
        (lambda x: x.cumprod(7), IndexError, r"\[cumprod\] `dim` \(=7\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(tg.ones(2, 3))
