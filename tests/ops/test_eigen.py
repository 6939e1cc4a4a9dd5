"""Eigenvalues and eigenvectors: rules of what does not depend on signs and phases, equal eigenvalues, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (2, 2, 2), (1, 1), (0, 0), (0, 2, 2)]
dtypes = st.sampled_from([np.float64, np.complex128])


def matrices(seed, shape, dtype=np.float64):
    """Matrices whose eigenvalues are far apart."""
    x = random(seed, shape) / 4
    x = x + 1j * random(seed + 1, shape) / 4 if dtype == np.complex128 else x
    return x + np.diag(2.0 * np.arange(shape[-1]))


def symmetric(x):
    return (x + tg.adjoint(x)) / 2


def onto(v):
    """The projections onto the eigenvectors, which know no phase."""
    v = v.mT.unsqueeze(-1)
    return v * tg.conj(v).mT


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, dtype=dtypes, uplo=st.sampled_from("LUlu"))
def test_eigh_has_the_right_rules(shape, seed, dtype, uplo):
    x = matrices(seed, shape, dtype)

    def spectrum(x):
        w, v = tg.linalg.eigh(symmetric(x), uplo)
        return w, onto(v)

    check_rule(spectrum, x)
    check_rule(lambda x: tg.linalg.eigvalsh(symmetric(x), uplo), x)


def test_gradients_of_eigh_are_pytorchs():
    a = tg.tensor([[2.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 5.0]], dtype=tg.float64, requires_grad=True)
    with tg.tape():
        w, v = tg.linalg.eigh(a)
        (w @ tg.tensor([1.0, 2.0, 3.0], dtype=tg.float64) + (v[0] ** 2)[0]).backward()
    expected = [
        [1.1402127072796737, 0.3468100896033878, 0.2324460793445546],
        [0.3468100896033877, 1.9211008905162448, -0.22487586065052845],
        [0.23244607934455458, -0.22487586065052845, 2.9386864022040804],
    ]
    np.testing.assert_allclose(a.grad.numpy(), expected, rtol=0, atol=1e-12)


def test_only_one_triangle_is_read():
    a = tg.tensor([[1.0, 9.0], [2.0, 3.0]])
    low, high = tg.linalg.eigvalsh(a), tg.linalg.eigvalsh(a, UPLO="U")
    np.testing.assert_allclose(low.numpy(), np.linalg.eigvalsh([[1, 2], [2, 3]]), rtol=1e-6)
    np.testing.assert_allclose(high.numpy(), np.linalg.eigvalsh([[1, 9], [9, 3]]), rtol=1e-6)


def test_equal_eigenvalues_have_a_gradient_and_their_eigenvectors_have_none():
    a = tg.eye(3).requires_grad_()
    with tg.tape():
        w, v = tg.linalg.eigh(a)
        (of_values,) = tg.autograd.grad(w.sum(), a, retain_graph=True)
        (of_vectors,) = tg.autograd.grad((v**2 * tg.arange(9.0).reshape(3, 3)).sum(), a)
        (alone,) = tg.autograd.grad(tg.linalg.eigvalsh(a).sum(), a)
    np.testing.assert_allclose(of_values.numpy(), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(alone.numpy(), np.eye(3), atol=1e-6)
    assert not np.isfinite(of_vectors.numpy()).all()


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, dtype=dtypes)
def test_eig_has_the_right_rules(shape, seed, dtype):
    x = matrices(seed, shape, dtype)
    w, v = tg.linalg.eig(x)
    np.testing.assert_allclose(x @ v, v * w[..., None, :], rtol=0, atol=1e-12)

    def spectrum(x):
        w, v = tg.linalg.eig(x)
        return w, onto(v)

    check_rule(spectrum, x)
    check_rule(tg.linalg.eigvals, x)


def test_a_rotation_has_the_gradient_of_its_angle():
    angle = tg.tensor(0.3, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        c, s = tg.cos(angle), tg.sin(angle)
        w = tg.linalg.eigvals(tg.stack([tg.stack([c, -s]), tg.stack([s, c])]))
        tg.imag(w).abs().sum().backward()
    assert angle.grad.item() == pytest.approx(2 * np.cos(0.3))


def test_outputs_have_their_names():
    assert tg.linalg.eigh(tg.eye(2))._fields == tg.linalg.eig(tg.eye(2))._fields == ("eigenvalues", "eigenvectors")
    assert tg.linalg.eig(tg.eye(2)).eigenvalues.dtype == tg.complex64


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda a: tg.linalg.eigh(a, "X"), RuntimeError, r"\[eigh\] `UPLO` \(='X'\) must be 'L' or 'U'"),
        (lambda a: tg.linalg.eigvalsh(a[:1]), RuntimeError, r"\[eigvalsh\] `A` \(shape \(1, 2\)\) must be a square"),
        (lambda a: tg.linalg.eig(a.long()), RuntimeError, r"\[eig\] `A` \(dtype int64\) must be float32"),
        (lambda a: tg.linalg.eigvals(a * np.nan), tg.linalg.LinAlgError, r"\[eigvals\]"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
