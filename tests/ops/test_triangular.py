"""Triangular systems: rules, every reading of the equation, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

both = st.booleans()


def triangles(seed, shape):
    """Matrices far from singular."""
    return random(seed, shape) / 2 + 2 * np.eye(shape[-1])


@given(few, st.sampled_from([((), ()), ((2,), (2,)), ((2, 1), (3,)), ((), (2,)), ((2,), ())]), both, both, both)
def test_solve_triangular_has_the_right_rules(seed, batches, upper, left, unit):
    a, b = triangles(seed, (*batches[0], 3, 3)), random(seed + 1, (*batches[1], *((3, 2) if left else (2, 3))))
    options = {"upper": upper, "left": left, "unitriangular": unit}
    x = tg.linalg.solve_triangular(a, b, **options)
    read = np.triu(a, 1 * unit) if upper else np.tril(a, -1 * unit)
    read = read + unit * np.eye(3)
    np.testing.assert_allclose(read @ x if left else x @ read, b + 0 * x, rtol=0, atol=1e-12)
    check_rule(tg.linalg.solve_triangular, a, b, **options)


@given(few, both, both, both)
def test_triangular_solve_is_its_older_form(seed, upper, transpose, unit):
    a, b = triangles(seed, (2, 3, 3)), random(seed + 1, (3, 2))
    x, same = tg.triangular_solve(b, a, upper, transpose, unit)
    given = (a.mT, not upper) if transpose else (a, upper)
    expected = tg.linalg.solve_triangular(given[0], b, upper=given[1], unitriangular=unit)
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(same, a)
    check_rule(lambda b, a: tg.triangular_solve(b, a, upper, transpose, unit), b, a, order=1)


def test_a_zero_on_the_diagonal_gives_infinity():
    x = tg.linalg.solve_triangular(tg.tensor([[0.0, 0.0], [0.0, 1.0]]), tg.ones(2, 1), upper=False)
    assert str(x.tolist()) == "[[inf], [nan]]"


def test_the_other_triangle_gets_no_gradient():
    a = tg.tensor([[2.0, 5.0], [1.0, 4.0]], requires_grad=True)
    with tg.tape():
        tg.linalg.solve_triangular(a, tg.ones(2, 1), upper=False).sum().backward()
    assert a.grad[0, 1] == 0
    assert (a.grad[1] != 0).all()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda f, a: f(a[0], a, upper=True), r"\[solve_triangular\] `A` \(shape \(2,\)\) must have at least two dim"),
        (lambda f, a: f(a[:1], a, upper=True), r"`A` \(shape \(1, 2\)\) must be a square matrix"),
        (lambda f, a: f(a, a[:1], upper=True), r"`B` \(shape \(1, 2\)\) must have as many rows as `A`"),
        (lambda f, a: f(a, a[:, :1], upper=True, left=False), r"must have as many columns as `A`"),
        (lambda f, a: f(a.long(), a, upper=True), r"`A` \(dtype int64\) must be float32"),
        (lambda f, a: f(a, a.double(), upper=True), r"`B` \(dtype float64\) must have the same dtype as `A`"),
        (lambda f, a: f(tg.ones(3, 2, 2), tg.ones(2, 2, 2), upper=True), r"the batches of `A` .* must broadcast"),
    ],
)
def test_misuse_is_named(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(tg.linalg.solve_triangular, tg.eye(2))
