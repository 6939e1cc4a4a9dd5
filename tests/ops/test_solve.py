"""Equations, inverses, determinants: rules, singular matrices, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops.solve import _cofactors, factors_of
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random


def matrices(seed, shape, kind="d"):
    """Matrices far from singular."""
    x = random(seed, shape) / 3 + 2 * np.eye(shape[-1])[::-1]
    return x + 1j * random(seed + 1, shape) / 3 if kind == "D" else x


@given(few, st.sampled_from([((), ()), ((2,), (2,)), ((2, 1), (3,)), ((), (2,)), ((4,), ())]), st.booleans())
def test_solve_has_the_right_rules(seed, batches, left):
    a, b = matrices(seed, (*batches[0], 3, 3)), random(seed + 1, (*batches[1], *((3, 2) if left else (2, 3))))
    x = tg.linalg.solve(a, b, left=left)
    np.testing.assert_allclose(a @ x if left else x @ a, b + 0 * x, rtol=0, atol=1e-12)
    check_rule(tg.linalg.solve, a, b, left=left)


@given(few, st.sampled_from([((3, 3), (3,)), ((2, 3, 3), (2, 3)), ((2, 3, 3), (3,))]))
def test_solve_takes_vectors(seed, shapes):
    a, b = matrices(seed, shapes[0]), random(seed, shapes[1])
    np.testing.assert_allclose((a @ tg.linalg.solve(a, b)[..., None])[..., 0], b + np.zeros(shapes[0][:-1]), atol=1e-12)
    check_rule(tg.linalg.solve, a, b, order=1)


@given(few, st.booleans())
def test_solve_has_the_right_rules_for_complex_numbers(seed, left):
    a, b = matrices(seed, (3, 3), "D"), matrices(seed + 2, (3, 3), "D")
    check_rule(tg.linalg.solve, a, b, left=left)


@pytest.mark.parametrize("op", [tg.linalg.inv, tg.det, tg.linalg.slogdet])
@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (1, 1), (0, 0), (0, 2, 2)])
@given(seed=few, kind=st.sampled_from("dD"))
def test_functions_of_a_matrix_have_the_right_rules(op, shape, seed, kind):
    a = matrices(seed, shape, kind)
    np_op = getattr(np.linalg, op.__name__)
    for got, wanted in zip(op(a), np_op(a), strict=True) if op is tg.linalg.slogdet else [(op(a), np_op(a))]:
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-13)
    check_rule(op, a)


def test_logdet_is_the_logarithm_of_the_determinant():
    a = tg.tensor(np.stack([np.eye(2), np.diag([-1.0, 1.0]), np.zeros((2, 2))]))
    assert str(tg.logdet(a).tolist()) == "[0.0, nan, -inf]"
    check_rule(tg.logdet, random(0, (2, 3, 3)) / 4 + 2 * np.eye(3))


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_gradient_of_det_is_right_at_singular_matrices(rank):
    x = random(1, (4, rank)) @ random(2, (rank, 4))
    a = tg.tensor(x, requires_grad=True)
    with tg.tape():
        tg.det(a).backward()
    expected = [
        [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) for j in range(4)] for i in range(4)
    ]
    np.testing.assert_allclose(a.grad.numpy(), expected, rtol=0, atol=1e-13)


@given(few)
def test_cofactors_have_the_right_rule(seed):
    check_rule(lambda a: _cofactors(a, *factors_of(a)[:2]), matrices(seed, (2, 3, 3)))


def test_a_zero_pivot_alone_is_no_obstacle_to_gradients_of_det():
    check_rule(tg.det, np.array([[0.0, 2.0], [3.0, 0.0]]))
    check_rule(tg.det, np.array([[1.0, 2.0], [2.0, 4.0]]), order=1)


def test_ex_forms_answer_what_happened():
    a = tg.tensor([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]])
    x, info = tg.linalg.inv_ex(a)
    assert info.tolist() == [2, 0]
    assert x[1].tolist() == [[1, 0], [0, 1]]
    assert tg.linalg.solve_ex(a, tg.ones(2, 2)).info.tolist() == [2, 0]
    assert tg.linalg.inv_ex(a)._fields == ("inverse", "info")
    assert tg.linalg.solve_ex(a, tg.ones(2, 2))._fields == ("result", "info")
    assert tg.linalg.slogdet(a)._fields == ("sign", "logabsdet")


def test_the_factorization_is_kept_for_the_gradient():
    a, b = tg.tensor(matrices(0, (3, 3)), requires_grad=True), tg.ones(3, 1, dtype=tg.float64)
    with tg.tape() as t:
        y = tg.linalg.solve(a, b).sum()
        tg.autograd.grad(y, a, create_graph=True)
    assert [r.op for r in t].count("linalg_solve_ex") == 2
    assert not any("lu_factor" in r.op for r in t)


def test_inverse_is_inv():
    assert tg.inverse is tg.linalg.inv
    assert tg.tensor([[2.0]]).inverse().tolist() == [[0.5]]


def test_nothing_is_recorded_where_a_matrix_is_singular():
    a = tg.zeros(2, 2, requires_grad=True)
    with tg.tape() as t:
        with pytest.raises(tg.linalg.LinAlgError):
            tg.linalg.inv(a)
        assert len(t) == 0


singular = tg.stack([tg.eye(2), tg.zeros(2, 2)])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: tg.linalg.inv(singular),
            tg.linalg.LinAlgError,
            r"\[inv\] `A` \(batch element 1\) is singular: the diagonal of U is zero in row 1",
        ),
        (lambda: tg.linalg.inv(singular[None]), np.linalg.LinAlgError, r"\(batch element \(0, 1\)\)"),
        (lambda: tg.linalg.solve(tg.zeros(2, 2), tg.ones(2)), RuntimeError, r"\[solve\] `A` is singular"),
        (
            lambda: tg.linalg.solve_ex(singular, tg.ones(2, 2), check_errors=True),
            tg.linalg.LinAlgError,
            r"\[solve_ex\]",
        ),
        (lambda: tg.linalg.inv_ex(singular, check_errors=True), tg.linalg.LinAlgError, r"\[inv_ex\]"),
        (lambda: tg.det(tg.ones(2, 3)), RuntimeError, r"\[det\] `A` \(shape \(2, 3\)\) must be a square matrix"),
        (lambda: tg.linalg.slogdet(tg.ones(2)), RuntimeError, r"\[slogdet\] `A` \(shape \(2,\)\) must have at least"),
        (lambda: tg.linalg.inv(tg.eye(2).long()), RuntimeError, r"\[inv\] `A` \(dtype int64\) must be float32"),
        (lambda: tg.linalg.inv([[1.0]]), TypeError, r"\[inv\] `A` \(a list\) must be a Tensor or an array"),
        (lambda: tg.linalg.solve(tg.eye(2), tg.ones(3)), RuntimeError, r"\[solve\] `B` .* as many rows as `A`"),
        (lambda: tg.linalg.solve(tg.eye(2), tg.ones(2), left=False), RuntimeError, r"`B` .* where `left` is False"),
        (lambda: tg.linalg.solve(tg.eye(2), tg.ones(2).double()), RuntimeError, r"`B` \(dtype float64\)"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call()
