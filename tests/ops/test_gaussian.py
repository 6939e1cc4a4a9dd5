"""The normal distribution and its error functions: rules, ends, far tails."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import gaussian
from tapegrad.testing import arrays, check_rule

special = tg.special
CASES = {  # the function, where it is tried
    "erfinv": (tg.erfinv, {"min_value": -0.9, "max_value": 0.9}),
    "erfcx": (special.erfcx, {}),
    "erfcx_slope": (gaussian._erfcx_slope, {}),
    "ndtr": (special.ndtr, {}),
    "log_ndtr": (special.log_ndtr, {}),
    "ndtri": (special.ndtri, {"min_value": 0.1, "max_value": 0.9}),
    "entr": (special.entr, {"min_value": 0.2, "max_value": 3.0}),
}
everything = pytest.mark.parametrize("name", CASES)


@everything
@given(data=st.data())
def test_slopes_are_the_derivatives(name, data):
    f, domain = CASES[name]
    check_rule(f, data.draw(arrays(**domain)))


def slope(f, points):
    x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = f(x).sum()
    y.backward()
    return x.grad.numpy()


def test_slopes_are_accurate_where_the_function_underflows():
    for f, exact in (
        (special.log_ndtr, lambda x: mpmath.diff(lambda x: mpmath.log(mpmath.ncdf(x)), x)),
        (special.erfcx, lambda x: mpmath.diff(lambda x: mpmath.exp(x * x) * mpmath.erfc(x), x)),
    ):
        points = [-20.0, -3.0, 0.0, 0.5, 3.0, 25.0]
        with mpmath.workdps(400):
            expected = [float(exact(mpmath.mpf(v))) for v in points]
        np.testing.assert_allclose(slope(f, points), expected, rtol=1e-13)
    np.testing.assert_allclose(slope(special.log_ndtr, [-1e5, 40.0]), [1e5, 0], rtol=1e-9)
    np.testing.assert_allclose(slope(special.erfcx, [1e8]), [-1e-16 / np.sqrt(np.pi)], rtol=1e-14)


def test_slopes_at_the_ends_are_those_of_pytorch():
    inf, nan = np.inf, np.nan
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(slope(tg.erfinv, [-1, 1, 2]), [inf, inf, nan])
        np.testing.assert_array_equal(slope(special.ndtri, [0, 1, 2]), [inf, inf, nan])
        np.testing.assert_array_equal(slope(special.entr, [0, -1, 1]), [inf, nan, -1])


def test_entropy_is_minus_x_log_x_with_its_limits():
    x = tg.tensor([-1.0, -0.0, 0.0, 0.5, 1.0, np.inf, -np.inf, np.nan], dtype=tg.float64)
    with np.errstate(all="raise"):
        y = special.entr(x).numpy()
    np.testing.assert_array_equal(y, [-np.inf, 0, 0, 0.5 * np.log(2), 0, -np.inf, -np.inf, np.nan])


def test_inverses_undo_the_functions():
    x = tg.tensor(np.linspace(-2.5, 2.5, 21))
    np.testing.assert_allclose(tg.erfinv(tg.erf(x)).numpy(), x.numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(special.ndtri(special.ndtr(x)).numpy(), x.numpy(), rtol=1e-12, atol=1e-15)


@everything
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_an_array_gives_an_array_and_a_tensor_a_tensor(name, shape):
    f, x = CASES[name][0], np.full(shape, 0.25)
    y, z = f(x), f(tg.tensor(x))
    assert type(y) is np.ndarray and type(z) is tg.Tensor and y.shape == z.shape == shape
    np.testing.assert_array_equal(y, z.numpy())
    assert name == "erfcx_slope" or f(tg.tensor([0, 1])).dtype == tg.float32


def test_erfinv_is_pytorch_s_in_all_its_places():
    x = tg.tensor([0.25, -0.5])
    assert tg.special.erfinv is tg.erfinv
    assert x.erfinv().tolist() == tg.erfinv(x).tolist() == x.clone().erfinv_().tolist()
