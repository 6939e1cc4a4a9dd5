"""Orthonormal factors and reflections."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1), (0, 0), (0, 3), (3, 0), (0, 2, 3)]


def matrices(seed, shape, kind="d"):
    """Matrices with independent columns."""
    x = random(seed, shape) / 3
    return x + 2 * np.eye(*shape[-2:]) + (1j * random(seed + 1, shape) / 3 if kind == "D" else 0)


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, kind=st.sampled_from("dD"))
def test_qr_has_the_right_rules(shape, seed, kind):
    x = matrices(seed, shape, kind)
    q, r = tg.linalg.qr(x)
    np.testing.assert_allclose(q @ r, x, rtol=0, atol=1e-13)
    assert not np.tril(r, -1).any()
    check_rule(tg.linalg.qr, x)


@given(few)
def test_modes(seed):
    x = matrices(seed, (4, 2))
    np.testing.assert_allclose(np.matmul(*tg.linalg.qr(x, "complete")), x, rtol=0, atol=1e-13)
    assert tg.linalg.qr(x, "r").Q.shape == (0,)
    check_rule(lambda x: tg.linalg.qr(x, mode="r").R, x, order=1)
    check_rule(lambda x: tg.linalg.qr(x, "complete"), matrices(seed, (2, 3)), order=1)
    assert tg.qr(x, some=False).Q.shape == (4, 4)
    assert tg.qr(x)._fields == tg.linalg.qr(x)._fields == ("Q", "R")


def test_gradients_of_qr_are_pytorchs():
    a = tg.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 1.0]], dtype=tg.float64, requires_grad=True)
    with tg.tape():
        q, r = tg.linalg.qr(a)
        (q[2, 0] * r[0, 1] + r[1, 1] ** 2).backward()
    expected = [
        [-1.0422367638310548, 3.414634146341467],
        [0.6496133254015471, -2.2926829268292686],
        [0.2391433670434262, 0.2439024390243918],
    ]
    np.testing.assert_allclose(a.grad.numpy(), expected, rtol=0, atol=1e-12)


@given(few, st.sampled_from([(3, 3), (4, 2), (2, 3, 2)]), st.booleans(), st.booleans())
def test_reflections_multiply_to_an_orthonormal_matrix(seed, shape, left, transpose):
    v, other = random(seed, shape) / 2, random(seed, (*shape[:-2], *((shape[-2], 2) if left else (2, shape[-2]))))
    whole = np.tril(v, -1) + np.eye(*shape[-2:])
    tau = 2 / (whole**2).sum(-2)
    q = tg.linalg.householder_product(v, tau)
    np.testing.assert_allclose(q.mT @ q, np.eye(shape[-1]) + 0 * (q.mT @ q), rtol=0, atol=1e-13)
    full = tg.ormqr(v, tau, np.eye(shape[-2]) + np.zeros((*shape[:-2], 1, 1)), True, transpose)
    y = tg.ormqr(v, tau, other, left, transpose)
    np.testing.assert_allclose(y, full @ other if left else other @ full, rtol=0, atol=1e-13)
    check_rule(tg.linalg.householder_product, v, tau, order=1)
    check_rule(lambda v, tau, x: tg.ormqr(v, tau, x, left, transpose), v, tau, other, order=1)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda a: tg.linalg.qr(a[0]), r"\[qr\] `A` \(shape \(2,\)\) must have at least two"),
        (lambda a: tg.linalg.qr(a, "economic"), r"\[qr\] `mode` \(='economic'\) must be 'reduced', 'complete' or 'r'"),
        (lambda a: tg.linalg.qr(a.long()), r"\[qr\] `A` \(dtype int64\) must be float32"),
        (lambda a: tg.linalg.householder_product(a[:1], a[0]), r"`A` \(shape \(1, 2\)\) must not have more columns"),
        (lambda a: tg.linalg.householder_product(a, a), r"`tau` \(shape \(2, 2\)\) must have the batch of `A`"),
        (lambda a: tg.ormqr(a, a[0], a[:1]), r"\[ormqr\] `other` \(shape \(1, 2\)\) must fit the 2 rows"),
    ],
)
def test_misuse_is_named(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(tg.eye(2))


def test_a_complete_q_of_a_tall_matrix_has_no_gradient():
    x = tg.ones(3, 1, requires_grad=True)
    with tg.tape():
        y = tg.linalg.qr(x, "complete").R.sum()
        with pytest.raises(RuntimeError, match=r"\[qr\] `mode` \(='complete'\) has no derivative"):
            y.backward()


def test_reflections_of_geqrf_multiply_to_q():
    a = tg.tensor(matrices(0, (2, 4, 3)))
    h, tau = tg.geqrf(a)
    q, r = tg.linalg.qr(a)
    np.testing.assert_allclose(tg.linalg.householder_product(h, tau).numpy(), q.numpy(), atol=1e-14)
    np.testing.assert_allclose(h.triu()[..., :3, :].numpy(), r.numpy(), atol=1e-14)
    with tg.tape(), pytest.raises(RuntimeError, match=r"\[geqrf\] `A` must not require a gradient"):
        tg.geqrf(a.requires_grad_())
