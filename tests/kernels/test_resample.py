"""Weighted sums along an axis: against matrices of weights, and the transpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels import Scheme
from tapegrad.kernels.ref import resample as ref
from tests.kernels.arrays import dot, floats, layouts, random

KINDS = ("nearest", "nearest-exact", "linear", "cubic", "wide-linear", "wide-cubic", "even")


@st.composite
def schemes(draw):
    n, out = draw(st.integers(1, 12)), draw(st.sampled_from([1, 3, 8, 21]))
    return Scheme(draw(st.sampled_from(KINDS)), n, out, n / out)


def matrix(scheme):
    return kernels.resample(np.eye(scheme.n), 0, scheme)


@given(schemes(), floats, st.integers(0, 2), st.sampled_from([1, 3, 20]))
def test_every_new_element_is_a_weighted_sum(scheme, dtype, axis, beside):
    shape = [2, beside, beside]
    shape[axis] = scheme.n
    x = random(0, shape, dtype)
    y = kernels.resample(x, axis, scheme)
    assert y.dtype == dtype
    expected = np.moveaxis(np.tensordot(matrix(scheme), x.astype(np.float64), (1, axis)), 0, axis)
    np.testing.assert_allclose(y, expected, atol=20 * np.finfo(dtype).eps)


@given(schemes(), floats, st.integers(0, 2))
def test_the_gradient_is_the_transpose(scheme, dtype, axis):
    shape = [3, 2, 5]
    shape[axis] = scheme.n
    x = random(0, shape, dtype)
    y = kernels.resample(x, axis, scheme)
    g = random(1, y.shape, dtype)
    back = dot(kernels.resample_grad(g, axis, scheme), x)
    assert back == pytest.approx(dot(g, y), abs=float(1000 * np.finfo(dtype).eps))


@given(schemes(), floats, st.booleans())
def test_the_reference_agrees_in_any_layout(scheme, dtype, transposed):
    x = random(0, (3, scheme.out if transposed else scheme.n), dtype)
    function = kernels.resample_grad if transposed else kernels.resample
    for lying in layouts(x):
        expected = ref.resample(x, 1, scheme, transposed)
        np.testing.assert_allclose(function(lying, 1, scheme), expected, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["e", "f", "d", "D"])
@pytest.mark.parametrize(("n", "count"), [(1, 1), (5, 5), (7, 3), (24, 5), (3, 7)])
def test_even_averages_are_means_of_their_windows(dtype, n, count):
    x = random(0, (2, n, 3)).astype(dtype)
    expected = np.stack([x[:, a:b].mean(1) for a, b in kernels.even_windows(n, count)], 1)
    y = kernels.resample(x, 1, Scheme("even", n, count))
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, expected, rtol=2e-3 if dtype == "e" else 1e-6, atol=1e-3 if dtype == "e" else 1e-6)


@pytest.mark.parametrize("shape", [(10**6, 1), (10**6, 5)])
def test_long_sums_are_added_up_in_two_stages(shape):
    x = np.full(shape, 0.1, np.float32)
    for count in (1, 8):
        y = kernels.resample(x, 0, Scheme("even", shape[0], count))
        np.testing.assert_allclose(y, np.float32(0.1), rtol=2e-5)


def test_what_is_not_read_does_not_show():
    x = np.array([[1.0, np.inf, np.nan, 4.0] * 4])
    y = kernels.resample(x, 1, Scheme("nearest", 16, 8, 2.0))
    np.testing.assert_array_equal(y, x[:, ::2])
    np.testing.assert_array_equal(kernels.resample_grad(y, 1, Scheme("nearest", 16, 8, 2.0))[:, 1::2], 0)


def test_the_axis_has_the_length_of_the_scheme():
    with pytest.raises(ValueError, match=r"\[resample\] the argument \(shape \(2, 3\)\) must have 4 elements"):
        kernels.resample(np.ones((2, 3)), 1, Scheme("linear", 4, 2, 2.0))
