"""Bessel and Airy functions: rules, values at 0, names."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import bessel
from tapegrad.testing import arrays, check_rule

special = tg.special
LINE, RIGHT = {"away_from": (0,)}, {"min_value": 0.4, "max_value": 12.0}
CASES = {  # the function, where it is tried, SciPy's
    "j0": (special.bessel_j0, LINE, scipy.special.j0),
    "j1": (special.bessel_j1, LINE, scipy.special.j1),
    "y0": (special.bessel_y0, RIGHT, scipy.special.y0),
    "y1": (special.bessel_y1, RIGHT, scipy.special.y1),
    "airy_ai": (special.airy_ai, LINE, lambda x: scipy.special.airy(x)[0]),
    "airy_slope": (bessel._airy_slope, LINE, lambda x: scipy.special.airy(x)[1]),
    "spherical_j0": (special.spherical_bessel_j0, LINE, lambda x: scipy.special.spherical_jn(0, x)),
}
everything = pytest.mark.parametrize("name", CASES)


@everything
@given(data=st.data())
def test_slopes_are_the_derivatives(name, data):
    f, domain, _ = CASES[name]
    check_rule(f, data.draw(arrays(**domain)))


@everything
def test_values_are_scipy_s(name):
    f, domain, expected = CASES[name]
    x = np.linspace(domain.get("min_value", -12), 12, 41)
    np.testing.assert_allclose(f(x), expected(x), rtol=1e-12, atol=1e-14)


def test_slopes_at_0_are_the_limits():
    x = tg.zeros(3, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = special.bessel_j0(x[0]) + special.bessel_j1(x[1]) + special.spherical_bessel_j0(x[2])
    y.backward()
    assert x.grad.tolist() == [0, 0.5, 0]


@everything
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_an_array_gives_an_array_and_a_tensor_a_tensor(name, shape):
    f, x = CASES[name][0], np.full(shape, 0.25)
    y, z = f(x), f(tg.tensor(x))
    assert type(y) is np.ndarray and type(z) is tg.Tensor and y.shape == z.shape == shape
    np.testing.assert_array_equal(y, z.numpy())
    assert name == "airy_slope" or f(tg.tensor([1, 2])).dtype == tg.float32
