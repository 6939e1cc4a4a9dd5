"""Norms of matrices, and condition numbers, against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

ORDERS = ["fro", "nuc", np.inf, -np.inf, 1, -1, 2, -2]


@pytest.mark.parametrize("order", ORDERS)
@given(few, st.sampled_from([(3, 3), (2, 4), (2, 3, 2)]), st.sampled_from([(-2, -1), (-1, -2), (0, 1)]), st.booleans())
def test_matrix_norm_has_the_right_rules(order, seed, shape, dim, keepdim):
    a = random(seed, shape)
    y = tg.linalg.matrix_norm(a, order, dim, keepdim)
    np.testing.assert_allclose(y, np.linalg.norm(a, order, dim, keepdim), rtol=1e-12)
    check_rule(tg.linalg.matrix_norm, a, order, dim, keepdim, order=1)


@pytest.mark.parametrize("order", ORDERS)
def test_norm_knows_vectors_from_matrices(order):
    a = random(0, (3, 2))
    np.testing.assert_allclose(tg.linalg.norm(a, order), np.linalg.norm(a, order), rtol=1e-12)
    if not isinstance(order, str):
        np.testing.assert_allclose(tg.linalg.norm(a, order, dim=1), np.linalg.norm(a, order, axis=1), rtol=1e-12)
        np.testing.assert_allclose(tg.linalg.norm(a[0], order), np.linalg.norm(a[0], order), rtol=1e-12)
    cube = random(1, (2, 3, 2))
    assert tg.linalg.norm(cube) == pytest.approx(np.linalg.norm(cube))
    assert tg.linalg.norm(cube, axis=(0, 1), keepdims=True).shape == (1, 1, 2)
    assert tg.linalg.norm(tg.tensor(a), dtype=tg.float32).dtype == tg.float32


def test_the_nuclear_norm_under_its_older_name():
    a = random(0, (2, 3, 2))
    np.testing.assert_allclose(tg.norm(a, "nuc", (0, 2)), np.linalg.norm(a, "nuc", (0, 2)), rtol=1e-12)
    assert tg.norm(tg.tensor(a[0]), "nuc", keepdim=True).shape == (1, 1)
    assert tg.norm(a, "nuc", axis=(0, 1), keepdims=True).shape == (1, 1, 2)
    with pytest.raises(RuntimeError, match=r"\[norm\] `x` \(shape \(2, 3, 2\)\) must be a matrix"):
        tg.norm(a, "nuc")


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_zeros_have_finite_gradients(order):
    x = tg.zeros(2, 2, requires_grad=True)
    with tg.tape():
        tg.linalg.matrix_norm(x, order).backward()
    assert np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("p", [None, *ORDERS])
@given(seed=few)
def test_cond_is_numpys(p, seed):
    a = random(seed, (2, 3, 3)) / 2 + 2 * np.eye(3)
    np.testing.assert_allclose(tg.linalg.cond(a, p), np.linalg.cond(a, p), rtol=1e-9)
    check_rule(tg.linalg.cond, a, p, order=1)


@pytest.mark.parametrize("order", ["fro", "nuc", np.inf, 1, 2])
def test_the_norm_of_nothing_is_zero(order):
    assert tg.linalg.matrix_norm(tg.zeros(0, 2), order) == tg.linalg.matrix_norm(tg.zeros(2, 0), order) == 0


def test_a_singular_matrix_has_no_condition():
    assert tg.linalg.cond(tg.tensor([[1.0, 2.0], [2.0, 4.0]]), 1) == np.inf


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.linalg.matrix_norm(a, 3), RuntimeError, r"\[matrix_norm\] `ord` \(=3\) must be 'fro', 'nuc'"),
        (lambda a: tg.linalg.matrix_norm(a, dim=(0,)), RuntimeError, r"`dim` \(=\(0,\)\) must be two dims"),
        (lambda a: tg.linalg.matrix_norm(a, dim=(0, 0)), RuntimeError, r"must not name an axis twice"),
        (lambda a: tg.linalg.matrix_norm(a, dim=(0, 2)), IndexError, r"`dim` \(=2\) must lie in -2 … 1"),
        (lambda a: tg.linalg.matrix_norm(a[0]), RuntimeError, r"`A` \(shape \(2,\)\) must have at least two"),
        (lambda a: tg.linalg.norm(a.long()), RuntimeError, r"\[norm\] `x` \(dtype int64\) must be floating"),
        (lambda a: tg.linalg.norm(a[None], 2), RuntimeError, r"\[norm\] `A` \(shape \(1, 2, 2\)\) must be 1-D or 2-D"),
        (lambda a: tg.linalg.norm(a[0], "nuc"), RuntimeError, r"\[matrix_norm\] `A` \(shape \(2,\)\)"),
        (lambda a: tg.linalg.cond(a, 5), RuntimeError, r"\[cond\] `p` \(=5\) must be None, 'fro'"),
        (lambda a: tg.linalg.cond(a[:1], 1), RuntimeError, r"\[cond\] `A` \(shape \(1, 2\)\) must be a square"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
