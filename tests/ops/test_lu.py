"""Factors of elimination: rules, what they multiply to, what they solve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 3), (1, 1), (0, 0), (0, 3, 2), (2, 0, 3)]


def matrices(seed, shape, imaginary=0):
    """Matrices that are eliminated in the same order within a step of differences."""
    x = random(seed, shape) / 4
    m, n = shape[-2:]
    return x + 2 * np.eye(m, n)[::-1] + (imaginary * random(seed + 1, shape) / 4 if imaginary else 0)


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, imaginary=st.sampled_from([0, 1j]))
def test_lu_factor_has_the_right_rules(shape, seed, imaginary):
    a = matrices(seed, shape, imaginary)
    check_rule(lambda a: tg.linalg.lu_factor(a).LU, a)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_factors_multiply_to_the_matrix(shape):
    a = matrices(0, shape)
    p, lower, upper = tg.linalg.lu(a)
    np.testing.assert_allclose(p @ lower @ upper, a, rtol=0, atol=1e-14)
    for got, wanted in zip(tg.lu_unpack(*tg.linalg.lu_factor(a)), (p, lower, upper), strict=True):
        np.testing.assert_array_equal(got, wanted)
    check_rule(lambda a: tg.linalg.lu(a)[1:], a, order=1)


def test_without_exchanges_there_is_no_p():
    p, lower, upper = tg.linalg.lu(tg.tensor([[1.0, 2.0], [3.0, 4.0]]), pivot=False)
    assert (p.tolist(), lower.tolist(), upper.tolist()) == ([], [[1, 0], [3, 1]], [[1, 2], [0, -2]])


def test_outputs_have_their_names_and_older_forms():
    a = tg.tensor([[0.0, 2.0], [1.0, 3.0]])
    assert tg.linalg.lu_factor(a)._fields == ("LU", "pivots")
    assert tg.linalg.lu_factor_ex(a)._fields == ("LU", "pivots", "info")
    assert tg.linalg.lu(a)._fields == ("P", "L", "U")
    assert [x.tolist() for x in a.lu(get_infos=True)] == [[[1, 3], [0, 2]], [2, 2], 0]
    assert len(a.lu()) == 2
    empty = tg.lu_unpack(*a.lu(), unpack_data=False)
    assert (empty.P.tolist(), empty.L.tolist(), empty.U.tolist()) == ([[0, 1], [1, 0]], [], [])


@given(
    few,
    st.sampled_from([((), ()), ((2,), (2,)), ((2, 1), (3,)), ((), (2,))]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 1j]),
)
def test_lu_solve_solves_every_reading_of_the_equation(seed, batches, left, adjoint, imaginary):
    a = matrices(seed, (*batches[0], 3, 3), imaginary)
    b = random(seed + 1, (*batches[1], *((3, 2) if left else (2, 3)))) * (1 + imaginary)
    lu, pivots = tg.linalg.lu_factor(a)
    x = tg.linalg.lu_solve(lu, pivots, b, left=left, adjoint=adjoint)
    read = a.mT.conj() if adjoint else a
    np.testing.assert_allclose(read @ x if left else x @ read, b + 0 * x, rtol=0, atol=1e-12)
    check_rule(lambda lu, b: tg.linalg.lu_solve(lu, pivots, b, left=left, adjoint=adjoint), lu, b, order=1)
    if left and not adjoint:
        np.testing.assert_array_equal(tg.lu_solve(b, lu, pivots), x)


def test_gradients_through_both_halves_are_those_of_solve():
    a, b = tg.tensor(matrices(3, (3, 3)), requires_grad=True), tg.tensor(random(4, (3, 1)))
    with tg.tape():
        (by_parts,) = tg.autograd.grad(tg.linalg.lu_solve(*tg.linalg.lu_factor(a), b).sum(), a)
        (at_once,) = tg.autograd.grad(tg.linalg.solve(a, b).sum(), a)
    np.testing.assert_allclose(by_parts.numpy(), at_once.numpy(), rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.linalg.lu_factor(a[0]), RuntimeError, r"\[lu_factor\] `A` \(shape \(2,\)\) must have at least"),
        (lambda a: tg.linalg.lu_factor(a.long()), RuntimeError, r"\[lu_factor\] `A` \(dtype int64\)"),
        (
            lambda a: tg.linalg.lu_factor_ex(a * 0, check_errors=True),
            tg.linalg.LinAlgError,
            r"\[lu_factor_ex\] `A` is singular: the diagonal of U is zero in row 1",
        ),
        (lambda a: tg.lu_solve(a, a, a.long()), RuntimeError, r"`pivots` \(shape \(2, 2\)\) must have"),
        (lambda a: tg.lu_solve(a, a, a[0]), RuntimeError, r"`pivots` must be a Tensor or an array of integers"),
        (lambda a: tg.lu_solve(a[:1], a, a[0].long()), RuntimeError, r"\[lu_solve\] `B` .* as many rows as `LU`"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
