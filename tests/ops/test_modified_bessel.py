"""Modified Bessel functions: rules, and slopes where scaled ones lose their digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.ops import modified_bessel
from tapegrad.testing import arrays, check_rule

special = tg.special
LINE, RIGHT = {"away_from": (0,)}, {"min_value": 0.4, "max_value": 4.0}
CASES = {  # the function, where it is tried
    "i0": (tg.i0, LINE),
    "i0e": (special.i0e, LINE),
    "i1": (special.i1, LINE),
    "i1e": (special.i1e, LINE),
    "i1e_slope": (modified_bessel._i1e_slope, LINE),
    "i_gap": (modified_bessel._i_gap, LINE),
    "k0": (special.modified_bessel_k0, RIGHT),
    "k0e": (special.scaled_modified_bessel_k0, RIGHT),
    "k1": (special.modified_bessel_k1, RIGHT),
    "k1e": (special.scaled_modified_bessel_k1, RIGHT),
    "k_gap": (modified_bessel._k_gap, RIGHT),
}


@given(st.data())
@pytest.mark.parametrize("name", CASES)
def test_slopes_are_the_derivatives(name, data):
    f, domain = CASES[name]
    check_rule(f, data.draw(arrays(**domain)))


def slope(f, points):
    x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
    with tg.tape():
        y = f(x).sum()
    y.backward()
    return x.grad.numpy()


def scaled(bessel, n, sign):
    return lambda x: bessel(n, x) * mpmath.exp(sign * x)


@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (special.i0e, scaled(mpmath.besseli, 0, -1)),
        (special.i1e, scaled(mpmath.besseli, 1, -1)),
        (special.scaled_modified_bessel_k0, scaled(mpmath.besselk, 0, 1)),
        (special.scaled_modified_bessel_k1, scaled(mpmath.besselk, 1, 1)),
    ],
)
def test_slopes_of_scaled_functions_keep_their_digits_far_out(f, exact):
    points = [0.3, 2.0, 2.9748322147651027, 5.5, 8.0, 40.0, 300.0]
    with mpmath.workdps(30):
        expected = [float(mpmath.diff(exact, mpmath.mpf(v))) for v in points]
    np.testing.assert_allclose(slope(f, points), expected, rtol=1e-14)


def test_slopes_at_0_are_those_of_pytorch():
    assert slope(tg.i0, [0.0]) == slope(special.i0e, [0.0]) == 0
    assert slope(special.i1, [0.0]) == slope(special.i1e, [0.0]) == 0.5


def test_i0_has_its_names():
    x = tg.tensor([0.25, -5.0])
    assert special.i0 is special.modified_bessel_i0 is tg.i0
    assert x.i0().tolist() == tg.i0(x).tolist() == np.i0(x).tolist() == x.clone().i0_().tolist()
    np.testing.assert_allclose(tg.i0(np.linspace(0, 9, 5)), np.i0(np.linspace(0, 9, 5)), rtol=1e-14)


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
@pytest.mark.parametrize("name", [name for name in CASES if "_" not in name])
def test_an_array_gives_an_array_and_a_tensor_a_tensor(name, shape):
    f, x = CASES[name][0], np.full(shape, 0.25)
    y, z = f(x), f(tg.tensor(x))
    assert type(y) is np.ndarray and type(z) is tg.Tensor and y.shape == z.shape == shape
    np.testing.assert_array_equal(y, z.numpy())
    assert f(tg.tensor([1, 2])).dtype == tg.float32
