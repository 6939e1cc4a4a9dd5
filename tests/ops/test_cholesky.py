"""Cholesky factors: rules, both triangles, matrices without one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule
from tests.kernels.arrays import few, random

SHAPES = [(3, 3), (2, 2, 2), (1, 1), (0, 0), (0, 2, 2)]


def positive(x):
    """A positive definite matrix, made of any."""
    return x @ x.mH + 2 * tg.tensor(np.eye(x.shape[-1]), dtype=x.dtype)


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=few, upper=st.booleans(), imaginary=st.sampled_from([0, 1j]))
def test_cholesky_has_the_right_rules(shape, seed, upper, imaginary):
    x = random(seed, shape) + imaginary * random(seed + 1, shape) if imaginary else random(seed, shape)
    a = positive(tg.tensor(x)).numpy()
    np.testing.assert_allclose(tg.cholesky(a, upper), np.linalg.cholesky(a, upper=upper), rtol=1e-13)
    check_rule(lambda x: tg.cholesky(positive(x), upper), x)


@given(few, st.booleans())
def test_one_triangle_is_read_and_the_gradient_is_symmetric(seed, upper):
    x = positive(tg.tensor(random(seed, (3, 3)))).numpy()
    half = tg.tensor(np.triu(x) if upper else np.tril(x), requires_grad=True)
    with tg.tape():
        y = tg.linalg.cholesky(half, upper=upper)
        (y * tg.tensor(random(seed, (3, 3)))).sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), np.linalg.cholesky(x, upper=upper), rtol=1e-13)
    np.testing.assert_allclose(half.grad.numpy(), half.grad.mT.numpy(), rtol=1e-12, atol=1e-14)


@given(few, st.sampled_from([((), ()), ((2,), (2,)), ((), (2,))]), st.booleans(), st.sampled_from([0, 1j]))
def test_the_factor_solves_and_inverts(seed, batches, upper, imaginary):
    lower = np.tril(random(seed, (*batches[0], 3, 3))) / 3 + 2 * np.eye(3)
    b = random(seed + 1, (*batches[1], 3, 2))
    if imaginary:
        lower, b = lower + imaginary * np.tril(lower, -1), b + imaginary * b[::-1]
    factor = lower.mT.conj() if upper else lower
    a = lower @ lower.mT.conj()
    np.testing.assert_allclose(tg.cholesky_solve(b, factor, upper), np.linalg.solve(a, b), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tg.cholesky_inverse(factor, upper), np.linalg.inv(a), rtol=1e-9, atol=1e-12)
    read = tg.triu if upper else tg.tril
    check_rule(lambda b, x: tg.cholesky_solve(b, read(x), upper), b, factor)
    check_rule(lambda x: tg.cholesky_inverse(read(x), upper), factor)


def test_ex_answers_the_leading_minor():
    a = tg.tensor(np.stack([np.eye(2), np.diag([1.0, -1.0])]))
    found = tg.linalg.cholesky_ex(a)
    assert found._fields == ("L", "info")
    assert found.info.tolist() == [0, 2]
    assert found.L[0].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda a: tg.linalg.cholesky(tg.stack([a, -a])),
            tg.linalg.LinAlgError,
            r"\[cholesky\] `A` \(batch element 1\) is not positive definite: its leading minor of size 1",
        ),
        (lambda a: tg.linalg.cholesky_ex(-a, check_errors=True), RuntimeError, r"\[cholesky_ex\] `A` is not positive"),
        (lambda a: tg.cholesky(a[:1]), RuntimeError, r"\[cholesky\] `A` \(shape \(1, 2\)\) must be a square"),
        (lambda a: tg.cholesky(a.long()), RuntimeError, r"\[cholesky\] `A` \(dtype int64\)"),
        (lambda a: tg.cholesky_solve(a[:1], a), RuntimeError, r"\[cholesky_solve\] `B` .* as many rows as `L`"),
    ],
)
def test_misuse_is_named(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.eye(2))
