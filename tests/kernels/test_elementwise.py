"""Elementwise functions of our own against NumPy and mpmath."""

import mpmath
import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import elementwise as reference
from tests.kernels.accuracy import assert_accurate, sizes
from tests.kernels.arrays import FLOATS, layouts, random


def test_relu_rectifies_and_keeps_nan():
    x = np.array([-2.0, -0.0, np.nan, 3.0, np.inf, -np.inf])
    np.testing.assert_array_equal(kernels.relu(x), [0, 0, np.nan, 3, np.inf, 0])
    assert kernels.relu(np.array([-2, 0, 3])).tolist() == [0, 0, 3]
    for a in layouts(random(1, (3, 4))):
        np.testing.assert_array_equal(kernels.relu(a), np.where(a > 0, a, 0))


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
@pytest.mark.parametrize("name", ["relu", "rsqrt", "sinc"])
def test_shapes_stay_and_a_0d_array_stays_an_array(name, shape):
    y = getattr(kernels, name)(np.ones(shape))
    assert type(y) is np.ndarray and y.shape == shape


@pytest.mark.parametrize("dtype", FLOATS)
def test_rsqrt_is_exact_to_two_units_in_the_last_place(dtype):
    x = np.geomspace(1e-30, 1e30, 300).astype(dtype)
    y = kernels.rsqrt(x)
    for a, v in zip(y, x, strict=True):
        assert abs(float(a) - 1 / mpmath.sqrt(mpmath.mpf(float(v)))) <= 2 * float(np.spacing(a))


@pytest.mark.parametrize("dtype", FLOATS)
def test_sinc_and_its_slope_are_accurate_everywhere(dtype):
    near = np.arange(0, 12, 0.5, dtype)
    x = np.concatenate([sizes(1e-30, 1e4, 200), near, np.nextafter(near, dtype(99)), np.linspace(-3, 3, 200)])
    x = np.concatenate([x, [2.0**22 + 1, 2.0**24, 1e30 if dtype == np.float32 else 2.0**30, 0.0]]).astype(dtype)
    assert len(x) > 512
    assert_accurate(kernels.sinc, lambda v: mpmath.sincpi(v), x)
    with mpmath.workdps(50):
        assert_accurate(lambda x: kernels.sinc(x, 1), _slope_of_sinc, x[np.abs(x) < 1e6])


def _slope_of_sinc(v):
    u = mpmath.pi * v
    if abs(v) < mpmath.mpf(10) ** -10:
        return -u / 3
    return (mpmath.cospi(v) - mpmath.sincpi(v)) / u


def test_where_and_clip_mean_what_numpy_means():
    x = np.array([-2.0, np.nan, 5.0])
    np.testing.assert_array_equal(kernels.where(x > 0, x, 0), [0, 0, 5])
    np.testing.assert_array_equal(kernels.clip(x, -1, 2), [-1, np.nan, 2])
    np.testing.assert_array_equal(kernels.clip(x, None, 2), [-2, np.nan, 2])
    np.testing.assert_array_equal(kernels.clip(x, low=x * 0 + 3), [3, np.nan, 5])
    assert kernels.clip(x, 3, 1)[0] == 1


@pytest.mark.parametrize("dtype", [*FLOATS, np.float16, np.int32])
@pytest.mark.parametrize("others", [0, np.nan, "row", "column"])
def test_where_means_what_numpy_means_in_any_layout_and_size(dtype, others):
    rng = np.random.default_rng(0)
    x, condition = (10 * rng.standard_normal((24, 31))).astype(dtype), rng.random((24, 31)) < 0.5
    other = {"row": x[0, ::-1], "column": x[:, :1]}.get(others, others)
    for a in layouts(x):
        for c in layouts(condition):
            for first, second in ((a, other), (other, a)):
                y, expected = kernels.where(c, first, second), np.where(c, first, second)
                np.testing.assert_array_equal(y, expected, strict=True)


def test_numpys_functions_are_numpys():
    assert kernels.exp is np.exp and kernels.multiply is np.multiply and kernels.isnan is np.isnan


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("limits", [(-0.5, 0.25), (None, 0.25), (-0.5, None), (1, -1), (np.nan, 1.0), (None, np.nan)])
def test_many_elements_are_limited_as_few_are(limits, dtype):
    x = np.asarray(random(0, (2, 1000)), dtype)
    x[0, :5] = np.nan, np.inf, -np.inf, 0.0, -0.0
    for array in (x, x[:, ::3]):
        y = kernels.clip(array, *limits)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, reference.clip(array, *limits))


def test_a_clip_without_limits_is_refused():
    with pytest.raises(ValueError, match=r"\[clip\] `low` or `high` must be given"):
        kernels.clip(np.ones(3))
