"""The incomplete gamma functions against mpmath with 50 digits, SciPy and Boost's tables."""

import mpmath
import numpy as np
import pytest
import scipy.special

from tapegrad import kernels
from tests.kernels.accuracy import assert_accurate, assert_table
from tests.kernels.arrays import FLOATS, layouts

inf, nan = np.inf, np.nan
SHAPES = [1e-8, 0.1, 0.9, 1.2, 1.99, 2.0, 7.0, 40.0, 199.0, 201.0, 1000.0]
RATIOS = np.array([1e-10, 0.1, 0.49, 0.51, 0.69, 0.71, 0.9, 0.999, 1, 1.001, 1.1, 1.29, 1.31, 1.49, 1.51, 2.5])
SMALL = np.array([1e-30, 0.01, 0.4, 0.5, 0.6, 1.0, 1.05, 1.11, 2.0, 9.0])


def points(a, dtype):
    x = np.unique(np.concatenate([a * RATIOS, SMALL * (a < 20) + a * (a >= 20)]).astype(dtype))
    return x[::4] if dtype == np.float32 else x  # that is the rounded float64 answer


def density(a, x):
    a = mpmath.mpf(a)
    return mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))


def lower(a, x):
    with mpmath.workdps(80):
        a = mpmath.mpf(a)
        term = total = density(a, x) * x / a
        for n in range(1, 10_000):
            term *= x / (a + n)
            total += term
            if term <= total * mpmath.mpf(10) ** -75:
                return total
    raise AssertionError("the series of the test has not ended")


every_dtype = pytest.mark.parametrize("dtype", FLOATS)
every_shape = pytest.mark.parametrize("a", SHAPES)


@every_dtype
@every_shape
def test_the_lower_function_is_accurate(a, dtype):
    a = dtype(a)
    assert_accurate(lambda x: kernels.gammainc(np.full_like(x, a), x), lambda x: lower(float(a), x), points(a, dtype))


@every_dtype
@every_shape
def test_the_upper_function_is_accurate_where_it_is_small_too(a, dtype):
    a = dtype(a)
    exact = lambda x: 1 - lower(float(a), x)  # noqa: E731  (with 80 digits)
    assert_accurate(lambda x: kernels.gammaincc(np.full_like(x, a), x), exact, points(a, dtype))


@every_shape
def test_the_slope_is_accurate(a):
    x = points(a, np.float64)
    assert_accurate(lambda x: kernels.gammainc_slope(np.full_like(x, a), x), lambda x: density(a, x), x)


@pytest.mark.parametrize("a", [1e5, 1e8, 1e15])
def test_large_arguments_are_scipy_s(a):
    x = a + np.sqrt(a) * np.linspace(-4, 4, 11)
    np.testing.assert_allclose(kernels.gammainc(np.array(a), x), scipy.special.gammainc(a, x), rtol=1e-12)
    np.testing.assert_allclose(kernels.gammaincc(np.array(a), x), scipy.special.gammaincc(a, x), rtol=1e-12)


@pytest.mark.parametrize("size", ["small", "med", "int", "big"])
def test_values_agree_with_the_tables(size):
    name = f"igamma_{size}_data_ipp-igamma_{size}_data"
    for function, column in ((kernels.gammainc, 5), (kernels.gammaincc, 3)):
        assert_table(function, name, (0, 1), column)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
def test_the_ends_are_those_of_pytorch(dtype):
    a = np.array([0.0, 0, 1, inf, inf, 1, -1, 1, nan, 2], dtype)
    x = np.array([0.0, 1, 0, 1, inf, inf, 1, -1, 1, nan], dtype)
    with np.errstate(all="raise"):
        p, q, d = kernels.gammainc(a, x), kernels.gammaincc(a, x), kernels.gammainc_slope(a, x)
    assert p.dtype == q.dtype == d.dtype == dtype
    np.testing.assert_array_equal(p, [nan, 1, 0, 0, nan, 1, nan, nan, nan, nan])
    np.testing.assert_array_equal(q, [nan, 0, 1, 1, nan, 0, nan, nan, nan, nan])
    np.testing.assert_array_equal(d, [inf, 0, 1, 0, nan, 0, nan, nan, nan, nan])


@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (60, 70)])
def test_shapes_and_layouts_do_not_matter(shape):
    x = np.random.default_rng(0).uniform(0, 4, shape)
    for function in (kernels.gammainc, kernels.gammaincc):
        y = function(np.array(1.5), x)
        assert type(y) is np.ndarray and y.shape == shape
        for a in layouts(x) if x.ndim else ():
            np.testing.assert_array_equal(function(np.array(1.5), a), y)


def test_integers_are_refused():
    for name in ("gammainc", "gammaincc", "gammainc_slope"):
        with pytest.raises(TypeError, match=rf"\[{name}\] `a` \(dtype int64\) must be floating"):
            getattr(kernels, name)(np.arange(3), np.ones(3))
