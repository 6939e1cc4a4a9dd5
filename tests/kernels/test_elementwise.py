"""Elementwise functions against mpmath with 40 digits, in units in the last place."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tests.kernels.arrays import FLOATS, layouts, random

mpmath.mp.dps = 40


def gelu_tanh(x):
    return x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))


TRUTH = {  # function: (exact value, units in the last place allowed in float32 and float64)
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), 3, 3),
    "erf": (mpmath.erf, 0.6, 2),
    "erfc": (mpmath.erfc, 0.6, 4),
    "silu": (lambda x: x / (1 + mpmath.exp(-x)), 4, 4),
    "gelu": (lambda x: x / 2 * mpmath.erfc(-x / mpmath.sqrt(2)), 0.6, 6),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), 2, 2),
    "softplus": (lambda x: x if x > 20 else mpmath.log1p(mpmath.exp(x)), 4, 4),
}


def ulps(y, truth):
    """Distance from the exact value; where intermediate results are subnormal, the spacing at their end counts."""
    spacing = np.spacing(np.maximum(np.abs(y), 64 * np.finfo(y.dtype).tiny))
    return max(
        abs((mpmath.mpf(float(a)) - b) / mpmath.mpf(float(s))) for a, b, s in zip(y, truth, spacing, strict=True)
    )


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", TRUTH)
def test_functions_are_exact_over_the_whole_range(name, dtype):
    exact, narrow, wide = TRUTH[name]
    x = np.concatenate([np.linspace(-9, 9, 301), np.geomspace(1e-30, 80, 200), -np.geomspace(1e-30, 80, 200)])
    x = (np.abs(x[x != 0]) if name == "rsqrt" else x).astype(dtype)
    y = getattr(kernels, name)(x)
    assert y.dtype == dtype
    assert ulps(y, [exact(mpmath.mpf(float(v))) for v in x]) <= (narrow if dtype == np.float32 else wide)


@pytest.mark.parametrize("dtype", FLOATS)
def test_tanh_gelu_is_exact_up_to_the_rounding_of_its_argument(dtype):
    x = np.linspace(-5, 5, 201).astype(dtype)
    y = kernels.gelu(x, "tanh").astype(np.float64)
    truth = np.array([float(gelu_tanh(mpmath.mpf(float(v)))) for v in x])
    np.testing.assert_allclose(y, truth, rtol=200 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize(
    ("name", "at_minus_infinity", "at_infinity"),
    [
        ("relu", 0, np.inf),
        ("sigmoid", 0, 1),
        ("erf", -1, 1),
        ("erfc", 2, 0),
        ("silu", 0, np.inf),
        ("gelu", 0, np.inf),
        ("softplus", 0, np.inf),
    ],
)
def test_infinities_go_to_the_limit_and_nan_stays(name, at_minus_infinity, at_infinity, dtype):
    y = getattr(kernels, name)(np.array([-np.inf, np.inf, np.nan], dtype))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [at_minus_infinity, at_infinity, np.nan])


def test_tanh_gelu_goes_to_the_limit():
    big = np.array([-np.inf, -1e30, 1e30, np.inf], np.float32)
    np.testing.assert_array_equal(kernels.gelu(big, "tanh"), [0, 0, big[2], np.inf])


@given(
    st.sampled_from(["relu", "sigmoid", "erf", "erfc", "silu", "gelu", "softplus"]), st.sampled_from([(), (0,), (2, 3)])
)
def test_shapes_stay_and_a_0d_array_stays_an_array(name, shape):
    y = getattr(kernels, name)(np.ones(shape))
    assert type(y) is np.ndarray and y.shape == shape


@pytest.mark.parametrize("name", ["relu", "sigmoid", "erf", "erfc", "silu", "gelu", "softplus"])
def test_any_layout_gives_the_same_answer(name):
    x = random(1, (3, 4))
    for a in layouts(x):
        np.testing.assert_array_equal(getattr(kernels, name)(a), getattr(kernels, name)(x))


def test_relu_serves_integers_and_clips_below_zero():
    assert kernels.relu(np.array([-2, 0, 3])).tolist() == [0, 0, 3]


def test_softplus_scales_and_becomes_linear():
    x = np.array([-1.0, 0.5, 3.0])
    np.testing.assert_allclose(kernels.softplus(x, 2.0), np.log1p(np.exp(2 * x)) / 2)
    assert kernels.softplus(x, 2.0, threshold=4.0)[2] == 3.0


def test_where_and_clip_mean_what_numpy_means():
    x = np.array([-2.0, np.nan, 5.0])
    np.testing.assert_array_equal(kernels.where(x > 0, x, 0), [0, 0, 5])
    np.testing.assert_array_equal(kernels.clip(x, -1, 2), [-1, np.nan, 2])
    np.testing.assert_array_equal(kernels.clip(x, None, 2), [-2, np.nan, 2])
    np.testing.assert_array_equal(kernels.clip(x, low=x * 0 + 3), [3, np.nan, 5])
    assert kernels.clip(x, 3, 1)[0] == 1


def test_numpys_functions_are_numpys():
    assert kernels.exp is np.exp and kernels.multiply is np.multiply and kernels.isnan is np.isnan


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: kernels.sigmoid(np.arange(3)), TypeError, r"\[sigmoid\] `x` \(dtype int64\) must be floating"),
        (lambda: kernels.gelu(np.ones(3), "fast"), ValueError, r"\[gelu\] `approximate` \(='fast'\)"),
        (lambda: kernels.softplus(np.ones(3), 0), ValueError, r"\[softplus\] `beta` \(=0\) must not be zero"),
        (lambda: kernels.clip(np.ones(3)), ValueError, r"\[clip\] `low` or `high` must be given"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call()
