"""Bessel and Airy functions against mpmath with 50 digits and Boost's tables."""

import mpmath
import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.accuracy import assert_accurate, assert_table, sizes
from tests.kernels.arrays import FLOATS

inf, nan = np.inf, np.nan
LINE = np.concatenate(
    [np.linspace(-12, 12, 80), sizes(1e-30, 0.1, 5), sizes(13, 1e5, 8), [4, 8, -4, 2.404825557695773]]
)
TRUTH = {
    "j0": lambda x: mpmath.besselj(0, x),
    "j1": lambda x: mpmath.besselj(1, x),
    "y0": lambda x: mpmath.bessely(0, x),
    "y1": lambda x: mpmath.bessely(1, x),
}
every_dtype = pytest.mark.parametrize("dtype", FLOATS)


@every_dtype
@pytest.mark.parametrize("name", TRUTH)
def test_functions_are_accurate_everywhere(name, dtype):
    x = LINE.astype(dtype)
    assert_accurate(getattr(kernels, name), TRUTH[name], x[x > 0] if name[0] == "y" else x)


@every_dtype
@pytest.mark.parametrize("order", [0, 1])
def test_airy_s_function_and_its_slope_are_accurate_everywhere(order, dtype):
    x = np.concatenate([np.linspace(-12, 12, 90), sizes(1e-30, 0.1, 5), [-6, -2, 2, 50, -50, -2000]]).astype(dtype)
    assert_accurate(lambda x: kernels.airy_ai(x, order), lambda x: mpmath.airyai(x, derivative=order), x)


@pytest.mark.parametrize(
    ("name", "table", "columns"),
    [
        ("j0", "bessel_j_int_data", (1, 2)),
        ("j1", "bessel_j_int_data", (1, 2)),
        ("y0", "bessel_y01_data", (1, 2)),
        ("y1", "bessel_y01_data", (1, 2)),
    ],
)
def test_functions_agree_with_the_tables(name, table, columns):
    assert_table(getattr(kernels, name), f"{table}_ipp-{table}", *columns, lambda rows: rows[:, 0] == int(name[1]))


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
def test_infinities_go_to_the_limit_and_nan_stays(dtype):
    x = np.array([-inf, inf, nan, 0.0, -0.0], dtype)
    expected = {
        kernels.j0: [0, 0, nan, 1, 1],
        kernels.j1: [0, 0, nan, 0, 0],
        kernels.y0: [nan, 0, nan, -inf, -inf],
        kernels.y1: [nan, 0, nan, -inf, -inf],
        kernels.airy_ai: [0, 0, nan, dtype(0.3550280538878172), dtype(0.3550280538878172)],
        lambda x: kernels.airy_ai(x, 1)[:3]: [nan, 0, nan],
    }
    for function, answers in expected.items():
        with np.errstate(all="raise"):
            y = function(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, answers)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: kernels.j0(np.arange(3)), TypeError, r"\[j0\] `x` \(dtype int64\) must be floating"),
        (lambda: kernels.airy_ai(np.ones(3), 2), ValueError, r"\[airy_ai\] `order` \(=2\) must be 0 or 1"),
    ],
)
def test_what_does_not_fit_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call()
