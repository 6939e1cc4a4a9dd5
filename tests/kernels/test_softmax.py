"""Softmax and its kin against SciPy, exact sums and each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from scipy import special

from tapegrad import kernels
from tapegrad.kernels.ref import softmax as reference
from tests.kernels.arrays import FLOATS, dot, floats, layouts, random, seeds


@st.composite
def problems(draw):
    """X of up to three axes, some of which may be empty, and some of them."""
    x = random(draw(seeds), draw(array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)), draw(floats))
    axes = draw(st.lists(st.integers(-x.ndim, x.ndim - 1), unique_by=lambda a: a % x.ndim).map(tuple))
    return x, draw(st.sampled_from([axes, None, *axes[:1]]))


@given(problems(), st.booleans())
def test_logsumexp_agrees_with_scipy(problem, keepdims):
    x, axis = problem
    if x.size:
        expected = special.logsumexp(x.astype(np.float64), axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(kernels.logsumexp(x, axis, keepdims), expected, rtol=1e-5, atol=1e-5)


def test_logsumexp_keeps_its_head_at_infinity_and_without_elements():
    inf = np.inf
    rows = np.array([[-inf, -inf], [inf, 1], [inf, -inf], [1000, 1000], [-1000, -1000]])
    expected = [-inf, inf, inf, 1000 + math.log(2), -1000 + math.log(2)]
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(kernels.logsumexp(rows, 1), expected)
        assert kernels.logsumexp(np.zeros((2, 0)), 1).tolist() == [-inf, -inf]


@given(seeds, floats, st.sampled_from([(3, 4), (2, 70), (1, 1), (3, 0)]), st.sampled_from([0, 1, -1]))
def test_softmax_and_its_logarithm_agree_with_scipy(seed, dtype, shape, axis):
    x = 20 * random(seed, shape, dtype)
    wide = x.astype(np.float64)
    tolerance = 2e-6 if dtype == np.float32 else 1e-14
    y, z = kernels.softmax(x, axis), kernels.log_softmax(x, axis)
    if x.size:
        np.testing.assert_allclose(y, special.softmax(wide, axis), rtol=20 * tolerance, atol=1e-42)
        np.testing.assert_allclose(z, special.log_softmax(wide, axis), rtol=tolerance, atol=tolerance)
    assert y.dtype == z.dtype == dtype and y.shape == z.shape == shape


def test_softmax_is_zero_at_minus_infinity_and_nan_in_a_row_of_it():
    rows = np.array([[-np.inf, 0.0, 0.0], [-np.inf] * 3])
    np.testing.assert_array_equal(kernels.softmax(rows, 1), [[0, 0.5, 0.5], [np.nan] * 3])
    np.testing.assert_array_equal(kernels.log_softmax(rows, 1)[:, 0], [-np.inf, np.nan])


@pytest.mark.parametrize("dtype", FLOATS)
def test_nothing_warns_and_nan_stays_in_its_row(dtype):
    x = random(1, (3, 40), dtype) * 1000
    x[1, 17], x[2, 30] = np.nan, -np.inf
    with np.errstate(all="raise"):
        for y in (kernels.softmax(x, 1), kernels.log_softmax(x, 1), kernels.logsumexp(x, 1)):
            np.testing.assert_array_equal(np.isnan(y.reshape(3, -1)).any(1), [False, True, False])
        assert np.isnan(kernels.softmax(x, 1)[1]).all()


def test_long_rows_are_summed_accurately():
    x = random(5, (1, 1_000_000), np.float32)
    y = kernels.softmax(x, 1)
    assert abs(math.fsum(y[0].tolist()) - 1) < 5e-7
    assert kernels.logsumexp(x).item() == pytest.approx(float(special.logsumexp(x.astype(np.float64))), abs=2e-6)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_are_the_transposes_of_the_derivatives(dtype, axis):
    g, x, v = random(2, (3, 3, 30, 4), dtype)
    y, z = kernels.softmax(x, axis), kernels.log_softmax(x, axis)
    p, total = np.exp(z.astype(np.float64)), lambda a: a.sum(axis, keepdims=True, dtype=np.float64)
    tolerance = 2000 * max(float(np.finfo(dtype).eps), 1e-15)
    assert dot(kernels.softmax_grad(g, y, axis), v) == pytest.approx(dot(g, p * (v - total(p * v))), abs=tolerance)
    assert dot(kernels.log_softmax_grad(g, z, axis), v) == pytest.approx(dot(g, v - total(p * v)), abs=tolerance)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(3, 4), (700, 130)])
def test_a_row_has_the_same_answer_wherever_it_stands_and_the_reference_agrees(shape, dtype):
    x, g = random(1, (2, *shape), dtype)
    for name in ("softmax", "log_softmax"):
        y = getattr(kernels, name)(x, 1)
        np.testing.assert_array_equal(y[-2:], getattr(kernels, name)(x[-2:].copy(), 1))
        np.testing.assert_array_equal(y, getattr(kernels, name)(x.T, 0).T)
        np.testing.assert_allclose(y, getattr(reference, name)(x, 1), rtol=2e-5)
        gx = getattr(kernels, f"{name}_grad")(g, y, 1)
        np.testing.assert_array_equal(gx[-2:], getattr(kernels, f"{name}_grad")(g[-2:], y[-2:], 1))
        np.testing.assert_allclose(gx, getattr(reference, f"{name}_grad")(g, y, 1), rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_any_layout_gives_the_same_answer(name):
    x = random(1, (3, 4))
    for a in layouts(x):
        for axis in (0, 1):
            np.testing.assert_array_equal(getattr(kernels, name)(a, axis), getattr(kernels, name)(x, axis))


def test_a_0d_array_has_the_virtual_axes_0_and_minus_1():
    x = np.array(3.0)
    assert kernels.softmax(x, -1) == 1 and kernels.log_softmax(x, 0) == 0 and kernels.logsumexp(x, 0) == 3
    assert all(type(f(x, 0)) is np.ndarray for f in (kernels.softmax, kernels.log_softmax))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x: kernels.softmax(x, -3), ValueError, r"\[softmax\] `axis`"),
        (lambda x: kernels.softmax(x.astype(int), 0), TypeError, r"\[softmax\] `x` \(dtype int64\) must be floating"),
        (lambda x: kernels.logsumexp(x.astype(int)), TypeError, r"\[logsumexp\] `x`"),
        (lambda x: kernels.softmax_grad(x[0], x, 1), ValueError, r"\[softmax_grad\] `g` \(shape \(3,\)\) must"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.ones((2, 3)))
