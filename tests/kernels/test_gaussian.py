"""The normal distribution and its error functions against mpmath with 50 digits and Boost's tables."""

import mpmath
import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.accuracy import assert_accurate, assert_table, sizes
from tests.kernels.arrays import FLOATS, layouts

inf, nan = np.inf, np.nan
every_dtype = pytest.mark.parametrize("dtype", FLOATS)
LINE = np.concatenate([np.linspace(-6, 6, 80), np.linspace(-38, 38, 20), sizes(1e-300, 0.1, 8), [0.5, -0.5, 0.75, 1]])


def erfcx(x):
    if x < 500:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    return mpmath.hyperu(0.5, 0.5, x * x) / mpmath.sqrt(mpmath.pi)


def ndtr(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def log_ndtr(x):
    return mpmath.log1p(-ndtr(-x)) if x > 0 else mpmath.log(erfcx(-x / mpmath.sqrt(2)) / 2) - x * x / 2


def ndtri(p):
    """By Newton's method on the logarithm of the tail."""
    if p >= 0.5:
        return -ndtri(1 - p) if p > 0.5 else mpmath.mpf(0)
    x = -mpmath.sqrt(-2 * mpmath.log(p))
    for _ in range(12):
        y = ndtr(x)
        x -= mpmath.log(y / p) * y * mpmath.exp(x * x / 2) * mpmath.sqrt(2 * mpmath.pi)
    return x


@every_dtype
def test_erfcx_is_accurate_everywhere(dtype):
    x = np.concatenate([LINE[LINE > -26], np.geomspace(30, 1e30, 10)]).astype(dtype)
    assert_accurate(kernels.erfcx, erfcx, x[x > -9] if dtype == np.float32 else x)


@every_dtype
def test_the_slope_of_erfcx_is_accurate_even_where_it_is_a_small_difference(dtype):
    x = np.concatenate([LINE[LINE > -8], [50, 400]]).astype(dtype)
    with mpmath.workdps(70):
        assert_accurate(lambda x: kernels.erfcx(x, 1), lambda x: 2 * x * erfcx(x) - 2 / mpmath.sqrt(mpmath.pi), x)
    x = np.geomspace(1e5, 1e15, 5).astype(dtype)
    np.testing.assert_allclose(kernels.erfcx(x, 1), -1 / (np.sqrt(np.pi) * x * x), rtol=1e-7)


@every_dtype
def test_ndtr_is_accurate_everywhere(dtype):
    assert_accurate(kernels.ndtr, ndtr, LINE.astype(dtype))


@every_dtype
def test_log_ndtr_is_accurate_everywhere(dtype):
    far = np.array([-1e3, -1e8, -1e15], dtype)
    assert_accurate(kernels.log_ndtr, log_ndtr, np.concatenate([LINE[LINE < 37], far]).astype(dtype))


@every_dtype
def test_erfinv_is_accurate_everywhere(dtype):
    x = np.concatenate([np.linspace(-0.999, 0.999, 80), 1 - np.geomspace(1e-7, 1e-3, 10), sizes(1e-300, 0.1, 8)])
    assert_accurate(kernels.erfinv, mpmath.erfinv, x.astype(dtype))


@every_dtype
def test_ndtri_is_accurate_everywhere(dtype):
    limits = np.finfo(dtype)
    x = np.concatenate([np.linspace(0.001, 0.999, 60), np.geomspace(float(limits.smallest_subnormal), 1e-3, 20)])
    assert_accurate(kernels.ndtri, ndtri, x.astype(dtype))


def test_erfinv_agrees_with_the_table():
    assert_table(kernels.erfinv, "erf_inv_data_ipp-erf_inv_data", 0, 1)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
def test_infinities_go_to_the_limit_and_nan_stays(dtype):
    x = np.array([-inf, inf, nan, -0.0], dtype)
    expected = {
        kernels.erfcx: [inf, 0, nan, 1],
        lambda x: kernels.erfcx(x, 1): [-inf, 0, nan, dtype(-1.1283791670955126)],
        kernels.ndtr: [0, 1, nan, 0.5],
        kernels.log_ndtr: [-inf, 0, nan, dtype(-0.6931471805599453)],
        kernels.erfinv: [nan, nan, nan, 0],
        kernels.ndtri: [nan, nan, nan, -inf],
    }
    for function, answers in expected.items():
        with np.errstate(all="raise"):
            y = function(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, answers)
    np.testing.assert_array_equal(kernels.erfinv(np.array([-1, 1, 1.5, -2], dtype)), [-inf, inf, nan, nan])
    np.testing.assert_array_equal(kernels.ndtri(np.array([0, 1, -0.1, 1.5, 0.5], dtype)), [-inf, inf, nan, nan, 0])


@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (100, 200)])
def test_shapes_and_layouts_do_not_matter(shape):
    x = np.random.default_rng(0).uniform(-1, 1, shape)
    for function in (kernels.erfcx, kernels.erfinv, kernels.log_ndtr, kernels.ndtr, kernels.ndtri):
        y = function(x)
        assert type(y) is np.ndarray and y.shape == shape
        for a in layouts(x) if x.ndim else ():
            np.testing.assert_array_equal(function(a), y)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: kernels.erfinv(np.arange(3)), TypeError, r"\[erfinv\] `x` \(dtype int64\) must be floating"),
        (lambda: kernels.erfcx(np.ones(3), 2), ValueError, r"\[erfcx\] `order` \(=2\) must be 0 or 1"),
    ],
)
def test_what_does_not_fit_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call()
