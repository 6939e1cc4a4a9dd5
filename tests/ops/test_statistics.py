"""Covariances and slopes: NumPy's values, rules, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import check_rule

X = np.random.default_rng(0).standard_normal((3, 5))
TIMES, IMPORTANCE = np.array([1, 3, 0, 2, 1]), np.array([0.5, 1.0, 2.0, 0.25, 1.5])
weights = st.fixed_dictionaries(
    {
        "correction": st.sampled_from([0, 1]),
        "fweights": st.sampled_from([None, TIMES]),
        "aweights": st.sampled_from([None, IMPORTANCE]),
    }
)


@given(weights, st.sampled_from([(3, 5), (1, 5), (5,)]))
def test_covariances_are_numpys_and_their_rules_hold(given, shape):
    x = X.reshape(-1)[: int(np.prod(shape))].reshape(shape)
    keywords = {"ddof": given["correction"], "fweights": given["fweights"], "aweights": given["aweights"]}
    tensors = {k: tg.tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}
    np.testing.assert_allclose(tg.cov(tg.tensor(x), **tensors).numpy(), np.cov(x, **keywords), 1e-10, 1e-14)
    fixed = {k: v for k, v in given.items() if k != "aweights"}
    check_rule(lambda x: tg.cov(x, aweights=given["aweights"], **fixed), x)


def test_complex_covariances_are_hermitian():
    z = X + 1j * X[::-1]
    np.testing.assert_allclose(tg.cov(tg.tensor(z)).numpy(), np.cov(z))


def test_correlations_are_numpys_and_their_rules_hold():
    np.testing.assert_allclose(tg.corrcoef(tg.tensor(X)).numpy(), np.corrcoef(X), 1e-12)
    check_rule(lambda x: tg.corrcoef(x)[0, 1:], X)
    assert tg.corrcoef(tg.tensor(X[0])).item() == 1


@given(st.sampled_from([1, 2]), st.sampled_from([(4, 5), (3, 3)]), st.sampled_from(["number", "numbers", "points"]))
def test_slopes_are_numpys_and_their_rules_hold(order, shape, kind):
    x = X[:1].repeat(4, 0)[: shape[0], : shape[1]] ** 2 + np.arange(shape[0])[:, None] ** 2
    points = tuple(np.sort(np.random.default_rng(n).random(n)) * 3 for n in shape)
    steps = {"number": 0.5, "numbers": (0.5, 2.0), "points": points}[kind]
    expected = np.gradient(x, *(steps if isinstance(steps, tuple) else (steps,)), edge_order=order)
    given = tuple(map(tg.tensor, steps)) if kind == "points" else steps
    found = tg.gradient(tg.tensor(x), spacing=given, edge_order=order)
    for y, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(y.numpy(), wanted, 1e-9, 1e-12)
    check_rule(lambda x: tg.gradient(x, spacing=given, edge_order=order), x, tol=1e-5)


def test_slopes_of_two_samples_and_of_one_dim():
    x = tg.tensor([[1.0, 3.0], [2.0, 8.0]])
    (y,) = tg.gradient(x, dim=-1)
    assert y.tolist() == [[2, 2], [6, 6]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tg.cov(tg.ones(1, 1, 1)), r"\[cov\] `x` \(shape \(1, 1, 1\)\) must have at most two"),
        (lambda x: tg.cov(x, fweights=tg.ones(3)), r"\[cov\] `fweights` \(shape \(3,\), dtype float32\) must be 3 int"),
        (lambda x: tg.cov(x, aweights=tg.ones(2)), r"\[cov\] `aweights` \(shape \(2,\), dtype float32\) must be 3 flo"),
        (lambda x: tg.cov(x, aweights=-tg.ones(3)), r"\[cov\] `aweights` must not be negative"),
        (lambda x: tg.cov(x > 0), r"\[cov\] `x` \(dtype bool\)"),
        (lambda x: tg.gradient(x, edge_order=3), r"\[gradient\] `edge_order` \(=3\) must be 1 or 2"),
        (lambda x: tg.gradient(x, dim=(0, -2)), r"\[gradient\] `dim` \(=\(0, 0\)\) must not name an axis twice"),
        (lambda x: tg.gradient(x, spacing=[1]), r"\[gradient\] `spacing` \(1 given\) must have one for each of 2"),
        (lambda x: tg.gradient(x, edge_order=2), r"\[gradient\] `input` \(shape \(2, 3\)\) must have 3 samples"),
        (lambda x: tg.gradient(x, dim=1, spacing=tg.ones(2)), r"\[gradient\] `spacing` \(shape \(2,\)\) must have 3"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(RuntimeError, match=message):
        call(tg.ones(2, 3))
