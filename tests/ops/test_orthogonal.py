"""Orthogonal polynomials: rules, names, degrees."""

import numpy as np
import pytest
from hypothesis import given

import tapegrad as tg
from tapegrad.testing import arrays, check_rule

NAMES = [name for name in tg.special.__all__ if "polynomial" in name]
DEGREES = np.array([[0.0], [1.0], [4.0]])


@given(arrays(shape=(2,), min_value=-0.9, max_value=0.9))
@pytest.mark.parametrize("name", NAMES)
def test_slopes_are_the_derivatives(name, x):
    check_rule(getattr(tg.special, name), x, DEGREES.astype(x.dtype), wrt="x")


@pytest.mark.parametrize("name", NAMES)
def test_degree_1_is_its_straight_line(name):
    slope, at_0 = {"t": (1, 0), "u": (2, 0), "v": (2, -1), "w": (2, 1), "h": (2, 0), "he": (1, 0), "l": (-1, 1),
                   "p": (1, 0)}[name.rpartition("_")[2]]  # fmt: skip
    x = np.linspace(-1, 2, 7)
    z = 2 * x - 1 if name.startswith("shifted") else x
    np.testing.assert_allclose(getattr(tg.special, name)(tg.tensor(x), 1).numpy(), slope * z + at_0, atol=1e-15)


def test_degrees_may_be_tensors_arrays_or_numbers():
    x = tg.tensor([0.5, 0.25])
    for n in (2, np.array([2, 2]), tg.tensor([2, 2])):
        y = tg.special.legendre_polynomial_p(x, n)
        assert type(y) is tg.Tensor
        np.testing.assert_allclose(y.tolist(), [-0.125, -0.40625])
    assert tg.special.hermite_polynomial_h(0.5, tg.tensor([0, 1, 2])).tolist() == [1, 1, -1]
    assert tg.special.hermite_polynomial_h(tg.tensor([1, 2]), tg.tensor([1, 1])).dtype == tg.float32


def test_degrees_have_no_derivative():
    n = tg.tensor([2.0], requires_grad=True)
    with tg.tape(), pytest.raises(NotImplementedError, match=r"\[laguerre_polynomial_l\] `n` must not be tracked"):
        tg.special.laguerre_polynomial_l(tg.ones(1), n)
