"""Activations against mpmath with 40 digits, in units in the last place, over all floats."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels.ref import activation as reference
from tapegrad.kernels.ref import elementwise as reference_elementwise
from tests.kernels.arrays import FLOATS, layouts, random

mpmath.mp.dps = 40


def erfc(x):
    return mpmath.erfc(min(max(x, -1000), 1000))  # mpmath counts to x²


TRUTH = {  # function: (exact value, units in the last place allowed)
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), 3.5),
    "erf": (lambda x: mpmath.erf(min(max(x, -1000), 1000)), 2.5),
    "erfc": (erfc, 8),
    "silu": (lambda x: x / (1 + mpmath.exp(-x)), 4),
    "gelu": (lambda x: x * erfc(-x / mpmath.sqrt(2)) / 2, 7),
    "softplus": (lambda x: x if x > 20 else mpmath.log1p(mpmath.exp(x)), 4),
}
every_function = pytest.mark.parametrize("name", TRUTH)
every_dtype = pytest.mark.parametrize("dtype", FLOATS)


def gelu_tanh(x):
    return x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)))


def ulps(y, truth):
    """Largest distance from the exact value, in units of the last place of that value."""
    largest = float(np.finfo(y.dtype).max)
    spacing = [float(np.spacing(y.dtype.type(min(abs(b), largest / 2)))) for b in truth]
    return max(abs(mpmath.mpf(float(a)) - b) / s for a, b, s in zip(y, truth, spacing, strict=True))


def whole_range(dtype):
    """Numbers of every size: where the functions bend, where they underflow, and the smallest there are."""
    limits = np.finfo(dtype)
    far = -np.log(float(limits.smallest_subnormal)) + 5
    sizes = np.geomspace(float(limits.smallest_subnormal), 100, 150)
    extremes = [0, -0.0, limits.tiny, -limits.tiny, limits.max, limits.min]
    return np.concatenate([np.linspace(-9, 9, 301), np.linspace(-far, far, 99), sizes, -sizes, extremes]).astype(dtype)


@every_dtype
@every_function
def test_functions_are_exact_over_the_whole_range_and_never_warn(name, dtype):
    exact, bound = TRUTH[name]
    x = whole_range(dtype)
    with np.errstate(all="raise"):
        y = getattr(kernels, name)(x)
    assert y.dtype == dtype
    assert ulps(y, [exact(mpmath.mpf(float(v))) for v in x]) <= bound


@every_dtype
def test_tanh_gelu_is_exact_up_to_the_rounding_of_its_argument(dtype):
    x = np.linspace(-5, 5, 201).astype(dtype)
    y = kernels.gelu(x, "tanh").astype(np.float64)
    truth = np.array([float(gelu_tanh(mpmath.mpf(float(v)))) for v in x])
    np.testing.assert_allclose(y, truth, rtol=200 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
@pytest.mark.parametrize(
    ("name", "at_minus_infinity", "at_infinity"),
    [("sigmoid", 0, 1), ("erf", -1, 1), ("erfc", 2, 0), ("silu", 0, np.inf), ("gelu", 0, np.inf),
     ("softplus", 0, np.inf)],
)  # fmt: skip
def test_infinities_go_to_the_limit_and_nan_stays(name, at_minus_infinity, at_infinity, dtype):
    y = getattr(kernels, name)(np.array([-np.inf, np.inf, np.nan], dtype))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [at_minus_infinity, at_infinity, np.nan])


def test_tanh_gelu_goes_to_the_limit():
    big = np.array([-np.inf, -1e30, 1e30, np.inf], np.float32)
    np.testing.assert_array_equal(kernels.gelu(big, "tanh"), [0, 0, big[2], np.inf])


@every_dtype
@every_function
def test_an_element_has_the_same_value_wherever_it_stands(name, dtype):
    function, x = getattr(kernels, name), random(2, 40_000, dtype)  # more than one thread's share
    y = function(x)
    for part in (slice(17, 18), slice(3, 40), slice(39_990, None), slice(None, 900, 3)):
        np.testing.assert_array_equal(y[part], function(x[part]))


@every_dtype
@every_function
def test_the_reference_agrees(name, dtype):
    x = random(3, 500, dtype) * 5
    settings = {"gelu": ("none",), "softplus": (1.0, 20.0)}.get(name, ())
    np.testing.assert_allclose(getattr(kernels, name)(x), getattr(reference, name)(x, *settings), rtol=1e-6)


def gelu_slope(x):
    return erfc(-x / mpmath.sqrt(2)) / 2 + x * mpmath.npdf(x)


def silu_slope(x):
    s = 1 / (1 + mpmath.exp(-x))
    return s + x * s * (1 / (1 + mpmath.exp(x)))


def gelu_tanh_slope(x):
    k = mpmath.sqrt(2 / mpmath.pi)
    s = 1 / (1 + mpmath.exp(-2 * k * (x + mpmath.mpf("0.044715") * x**3)))
    return s + x * s * (1 - s) * 2 * k * (1 + mpmath.mpf("0.134145") * x**2)


SLOPES = {
    "silu_grad": silu_slope,
    "gelu_grad": gelu_slope,
    "gelu_tanh_grad": gelu_tanh_slope,
    "softplus_grad": lambda x: 1 if x > 20 else 1 / (1 + mpmath.exp(-x)),
}


SETTINGS = {"gelu_tanh_grad": ("gelu_grad", "tanh"), "gelu_grad": ("gelu_grad", "none"),
            "softplus_grad": ("softplus_grad", 1.0, 20.0)}  # fmt: skip


def gradient(name, g, x, module=kernels):
    function, *settings = SETTINGS.get(name, (name,))
    return getattr(module, function)(g, x, *settings)


@every_dtype
@pytest.mark.parametrize("name", SLOPES)
def test_gradients_are_exact_and_never_warn(name, dtype):
    x = np.concatenate([np.linspace(-9, 9, 181), np.linspace(-90, 90, 31), [-0.0, 1e30, -1e30]]).astype(dtype)
    eps = np.finfo(dtype).eps
    with np.errstate(all="raise", under="ignore"):
        y = gradient(name, np.full_like(x, 2), x)
    near = abs(x) <= 90
    truth = np.array([float(2 * SLOPES[name](mpmath.mpf(float(v)))) for v in x[near]])
    rtol = (400 if "tanh" in name else 40) * eps  # the rounding of the argument of tanh
    np.testing.assert_allclose(y[abs(x) <= 3], truth[abs(x[near]) <= 3], rtol, 4 * eps)  # where they cross 0
    far = abs(x[near]) > 3
    np.testing.assert_allclose(y[near][far], truth[far], rtol, 2 * np.finfo(dtype).tiny)
    np.testing.assert_array_equal(y[~near], [2, 0])
    assert y.dtype == dtype


GRADIENTS = [*SLOPES, "sigmoid_grad", "tanh_grad", "relu_grad"]


@every_dtype
@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_is_the_same_for_any_size_and_layout(name, dtype):
    g, x = random(1, (250, 400), dtype), random(2, (250, 400), dtype)  # more than one thread's share
    y = gradient(name, g, x)
    module = reference_elementwise if name in ("tanh_grad", "relu_grad") else reference
    np.testing.assert_allclose(y, gradient(name, g, x, module), rtol=1e-5, atol=1e-6)
    for part in (np.s_[3:9, 5:40], np.s_[:, 7], np.s_[::-1], np.s_[2:4, 3]):
        np.testing.assert_array_equal(gradient(name, g[part], x[part]), y[part])
    for h, z in zip(layouts(g), layouts(x), strict=True):
        np.testing.assert_array_equal(gradient(name, h, z), y)
    np.testing.assert_array_equal(gradient(name, g[0], x), gradient(name, np.broadcast_to(g[0], x.shape), x))


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_keeps_shape_and_dtype_and_lets_nan_through(name, dtype):
    for shape in ((), (0,), (2, 1), (800,)):
        x = np.ones(shape, dtype)
        y = gradient(name, x, x)
        assert type(y) is np.ndarray and y.shape == shape and y.dtype == dtype
    lost = np.full(800, np.nan, dtype)
    expected = 3 if name == "relu_grad" else np.nan
    np.testing.assert_array_equal(gradient(name, np.full_like(lost, 3), lost), np.full_like(lost, expected))


@given(st.sampled_from(sorted(TRUTH)), st.sampled_from([(), (0,), (2, 3)]))
def test_shapes_stay_and_a_0d_array_stays_an_array(name, shape):
    y = getattr(kernels, name)(np.ones(shape))
    assert type(y) is np.ndarray and y.shape == shape


@every_function
@pytest.mark.parametrize("shape", [(3, 4), (200, 300)])
def test_any_layout_gives_the_same_answer(name, shape):
    x = random(1, shape)
    for a in layouts(x):
        np.testing.assert_array_equal(getattr(kernels, name)(a), getattr(kernels, name)(x))


def test_softplus_scales_and_becomes_linear():
    x = np.array([-1.0, 0.5, 3.0])
    np.testing.assert_allclose(kernels.softplus(x, 2.0), np.log1p(np.exp(2 * x)) / 2)
    assert kernels.softplus(x, 2.0, threshold=4.0)[2] == 3.0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: kernels.sigmoid(np.arange(3)), TypeError, r"\[sigmoid\] `x` \(dtype int64\) must be floating"),
        (lambda: kernels.gelu(np.ones(3), "fast"), ValueError, r"\[gelu\] `approximate` \(='fast'\)"),
        (lambda: kernels.gelu_grad(np.ones(3), np.ones(3), "fast"), ValueError, r"\[gelu_grad\] `approximate`"),
        (lambda: kernels.sigmoid_grad(np.ones(3), np.arange(3)), TypeError, r"\[sigmoid_grad\] `y` \(dtype int64\)"),
        (lambda: kernels.softplus(np.ones(3), 0), ValueError, r"\[softplus\] `beta` \(=0\) must not be zero"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call()
