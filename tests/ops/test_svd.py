"""Singular values and vectors: rules of what does not depend on signs and phases, equal values, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1), (0, 0), (0, 3), (3, 0), (0, 2, 3)]
dtypes = st.sampled_from([np.float64, np.complex128])


def matrices(seed, shape, dtype=np.float64):
    """Matrices whose singular values are far apart, and far from 0."""
    x = random(seed, shape) / 4
    x = x + 1j * random(seed + 1, shape) / 4 if dtype == np.complex128 else x
    return x + 2 * np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1)


def invariants(parts):
    """What no common phase of singular vectors changes."""
    u, s, vh = parts
    k = s.shape[-1]
    u, vh = u[..., :k], vh[..., :k, :]
    return s, tg.real(u * tg.conj(u)), (u[..., :1] @ vh[..., :1, :]) if k else s


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, dtype=dtypes)
def test_svd_has_the_right_rules(shape, seed, dtype):
    x = matrices(seed, shape, dtype)
    u, s, vh = tg.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose((u * s[..., None, :]) @ vh, x, rtol=0, atol=1e-13)
    check_rule(lambda x: invariants(tg.linalg.svd(x, full_matrices=False)), x)
    check_rule(tg.linalg.svdvals, x)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
@given(seed=few)
def test_square_factors_do_not_change_the_gradient(shape, seed):
    x = matrices(seed, shape)
    u, s, vh = tg.linalg.svd(x)
    assert (u.shape[-1], vh.shape[-2]) == shape
    np.testing.assert_allclose(u[:, : min(shape)] * s @ vh[: min(shape)], x, rtol=0, atol=1e-13)
    check_rule(lambda x: invariants(tg.linalg.svd(x)), x, order=1)


def test_gradients_of_svd_are_pytorchs():
    a = tg.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 1.0]], dtype=tg.float64, requires_grad=True)
    with tg.tape():
        u, s, vh = tg.linalg.svd(a, full_matrices=False)
        (s @ tg.tensor([1.0, 2.0], dtype=tg.float64) + (u[:, :1] @ vh[:1])[0, 1]).backward()
    expected = [
        [-0.16252986433564853, 1.5777540654872626],
        [0.5922299860380797, -1.1172762381243584],
        [0.9775551865375289, -0.17063612672111528],
    ]
    np.testing.assert_allclose(a.grad.numpy(), expected, rtol=0, atol=1e-12)


def test_equal_singular_values_have_a_gradient_and_their_vectors_have_none():
    a = tg.eye(3).requires_grad_()
    with tg.tape():
        (of_values,) = tg.autograd.grad(tg.linalg.svdvals(a).sum(), a)
        u, s, _ = tg.linalg.svd(a)
        (beside,) = tg.autograd.grad(s.sum(), a, retain_graph=True)
        (of_vectors,) = tg.autograd.grad((u**2 * tg.arange(9.0).reshape(3, 3)).sum(), a)
    assert of_values.tolist() == beside.tolist() == np.eye(3).tolist()
    assert not np.isfinite(of_vectors.numpy()).all()


def test_the_older_form_answers_v():
    a = tg.tensor(random(0, (3, 2)))
    u, s, v = tg.svd(a)
    assert (u.shape, v.shape) == ((3, 2), (2, 2))
    np.testing.assert_allclose((u * s @ v.mT).numpy(), a.numpy(), atol=1e-14)
    assert tg.svd(a, some=False).U.shape == (3, 3)
    u, s, v = tg.svd(a, compute_uv=False)
    assert (u.abs().sum(), v.abs().sum()) == (0, 0)
    np.testing.assert_array_equal(s.numpy(), np.linalg.svdvals(a.numpy()))
    assert tg.linalg.svd(a)._fields == ("U", "S", "Vh")
    assert tg.svd(a)._fields == ("U", "S", "V")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.linalg.svd(a[0]), RuntimeError, r"\[svd\] `A` \(shape \(2,\)\) must have at least two"),
        (lambda a: tg.linalg.svdvals(a.long()), RuntimeError, r"\[svdvals\] `A` \(dtype int64\) must be float32"),
        (lambda a: tg.linalg.svd(a, driver="gesvd"), RuntimeError, r"\[svd\] `driver` \(='gesvd'\) must be None"),
        (lambda a: tg.linalg.svd(a * np.nan), tg.linalg.LinAlgError, r"\[svd\] SVD did not converge"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
