"""Cross products and inner products along an axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random


@given(few, st.sampled_from([((3,), (3,), -1), ((2, 3), (1, 3), 1), ((3, 2), (3, 2), 0), ((4, 3, 1), (1, 3, 2), -2)]))
def test_cross_has_the_right_rules(seed, problem):
    shape, other, dim = problem
    a, b = random(seed, shape), random(seed + 1, other)
    y = tg.linalg.cross(a, b, dim=dim)
    np.testing.assert_allclose(y, np.cross(a, b, axis=dim), rtol=1e-13, atol=1e-14)
    check_rule(tg.linalg.cross, a, b, dim=dim)


def test_cross_without_dim_takes_the_first_axis_of_length_three():
    a, b = tg.tensor(random(0, (2, 3, 3))), tg.tensor(random(1, (2, 3, 3)))
    assert tg.equal(a.cross(b), tg.linalg.cross(a, b, dim=1))
    assert tg.cross(tg.tensor([1, 0, 0]), tg.tensor([0, 1, 0])).tolist() == [0, 0, 1]


@given(few, st.sampled_from([((3,), (3,), -1), ((2, 3), (3,), 1), ((3, 2), (3, 1), 0), ((0, 2), (0, 2), 0)]))
def test_vecdot_has_the_right_rules(seed, problem):
    shape, other, dim = problem
    a, b = random(seed, shape), random(seed + 1, other)
    np.testing.assert_allclose(tg.linalg.vecdot(a, b, dim=dim), (a * b).sum(dim), rtol=1e-13, atol=1e-14)
    check_rule(tg.linalg.vecdot, a, b, dim=dim)


def test_vecdot_conjugates_the_first_vector():
    assert tg.linalg.vecdot(tg.tensor([1j, 2.0]), tg.tensor([1.0, 1j])).item() == 1j


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.cross(a, a), RuntimeError, r"\[cross\] `x` \(shape \(2, 2\)\) must have an axis that is 3 long"),
        (lambda a: tg.linalg.cross(a, a), RuntimeError, r"\[cross\] `x` \(shape \(2, 2\)\) must be 3 long along dim 1"),
        (lambda a: tg.linalg.cross(a, a[0]), RuntimeError, r"`other` \(shape \(2,\)\) must have as many axes"),
        (lambda a: tg.linalg.cross(a, a.double()), RuntimeError, r"`other` \(dtype float64\)"),
        (lambda a: tg.linalg.cross(a, a, dim=2), IndexError, r"\[cross\] `dim` \(=2\) must lie in -2 … 1"),
        (lambda a: tg.linalg.vecdot(a, a, dim=2), IndexError, r"\[vecdot\] `dim` \(=2\)"),
        (lambda a: tg.linalg.vecdot(a, a.long()), RuntimeError, r"\[vecdot\] `y` \(dtype int64\)"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
