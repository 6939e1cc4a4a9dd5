"""Powers, exponentials and long products of matrices."""

from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.matrix_functions import _splits
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random


@given(few, st.sampled_from([(3, 3), (2, 2, 2), (1, 1), (0, 0), (0, 2, 2)]), st.sampled_from([1e-3, 1.0, 4.0]))
def test_matrix_exp_has_the_right_rules(seed, shape, size):
    a = size * random(seed, shape)
    np.testing.assert_allclose(tg.matrix_exp(a), scipy.linalg.expm(a) if a.size else a, rtol=1e-11, atol=1e-11)
    check_rule(tg.matrix_exp, a / size)


def test_matrix_exp_of_a_rotation_of_half_a_turn():
    y = tg.matrix_exp(tg.tensor([[0, -np.pi], [np.pi, 0]]))
    np.testing.assert_allclose(y.numpy(), -np.eye(2), atol=1e-6)


@given(few, st.integers(-3, 5), st.sampled_from([(3, 3), (2, 2, 2)]))
def test_matrix_power_has_the_right_rules(seed, n, shape):
    a = random(seed, shape) / 3 + 1.5 * np.eye(shape[-1])
    np.testing.assert_allclose(tg.matrix_power(a, n), np.linalg.matrix_power(a, n), rtol=1e-9, atol=1e-11)
    if n:
        check_rule(tg.matrix_power, a, n, order=1)


def test_no_power_has_the_slope_0():
    check_rule(lambda a: tg.matrix_power(a, 0), np.ones((2, 3, 3)))
    x = tg.tensor([[np.nan]], requires_grad=True)
    with tg.tape():
        tg.matrix_power(x, 0).sum().backward()
    assert x.grad.tolist() == [[0]]


def test_a_power_is_a_copy_of_any_dtype():
    a = tg.tensor([[1, 2], [3, 4]])
    assert a.matrix_power(2).tolist() == [[7, 10], [15, 22]]
    assert a.matrix_power(0).tolist() == [[1, 0], [0, 1]]
    a.matrix_power(1).zero_()
    assert a.tolist() == [[1, 2], [3, 4]]


@given(few, st.lists(st.integers(1, 4), min_size=3, max_size=6), st.booleans(), st.booleans())
def test_multi_dot_is_the_product(seed, sizes, row, column):
    matrices = [random(seed + i, (m, n)) for i, (m, n) in enumerate(pairwise(sizes))]
    np.testing.assert_allclose(tg.chain_matmul(*matrices), reduce(np.matmul, matrices), rtol=0, atol=1e-10)
    matrices[0] = matrices[0][0] if row else matrices[0]
    matrices[-1] = matrices[-1][:, 0] if column else matrices[-1]
    np.testing.assert_allclose(tg.linalg.multi_dot(matrices), np.linalg.multi_dot(matrices), rtol=0, atol=1e-10)
    check_rule(tg.linalg.multi_dot, matrices, order=1)


def test_a_chain_is_split_where_it_costs_least():
    assert _splits([30, 35, 15, 5, 10, 20, 25])[0, 5] == 2  # the example of Cormen et al.


@given(few, st.sampled_from([(4,), (2, 3), (1,)]), st.integers(1, 5))
def test_vander_is_made_of_powers(seed, shape, n):
    x = random(seed, shape)
    y = tg.linalg.vander(x, N=n)
    np.testing.assert_allclose(y, x[..., None] ** np.arange(n), rtol=1e-13)
    check_rule(tg.linalg.vander, x, N=n)
    if len(shape) == 1:
        np.testing.assert_allclose(tg.vander(x, n), np.vander(x, n), rtol=1e-13)
        np.testing.assert_allclose(tg.vander(x, increasing=True), np.vander(x, increasing=True), rtol=1e-13)


def test_vander_of_zero_has_a_gradient():
    check_rule(tg.linalg.vander, np.array([0.0, 1.0, -2.0]))
    assert tg.linalg.vander(tg.tensor(2), N=3).tolist() == [[1, 2, 4]]
    assert tg.vander(tg.ones(2), 0).shape == (2, 0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.matrix_exp(a[:1]), RuntimeError, r"\[matrix_exp\] `A` \(shape \(1, 2\)\) must be a square"),
        (lambda a: tg.matrix_power(a, 0.5), TypeError, r"\[matrix_power\] `n` \(=0.5\) must be an integer"),
        (lambda a: tg.matrix_power(a[0], 2), RuntimeError, r"\[matrix_power\] `A` \(shape \(2,\)\) must be a square"),
        (lambda a: tg.matrix_power(a * 0, -1), tg.linalg.LinAlgError, r"\[inv\] `A` is singular"),
        (lambda a: tg.linalg.multi_dot([a]), RuntimeError, r"\[multi_dot\] `tensors` \(1 of them\) must be at least"),
        (lambda a: tg.linalg.multi_dot([a, a[None]]), RuntimeError, r"\[multi_dot\] matrix 1 \(shape \(1, 2, 2\)\)"),
        (lambda a: tg.chain_matmul(a, a[:1]), RuntimeError, r"matrix 1 \(shape \(1, 2\)\) must have 2 rows"),
        (lambda a: tg.linalg.multi_dot([a, a.double()]), RuntimeError, r"`tensors\[1\]` \(dtype float64\)"),
        (lambda a: tg.linalg.vander(a, N=0), RuntimeError, r"\[vander\] `N` \(=0\) must be positive"),
        (lambda a: tg.vander(a), RuntimeError, r"\[vander\] `x` \(shape \(2, 2\)\) must be 1-D"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
