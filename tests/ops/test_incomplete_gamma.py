"""The incomplete gamma functions: slopes in the one argument that has them, names."""

import numpy as np
import pytest
from hypothesis import given

import tapegrad as tg
from tapegrad.ops import incomplete_gamma
from tapegrad.testing import arrays, check_rule

A = np.array([[0.5], [1.5], [4.0]])
positive = arrays(shape=(3,), min_value=0.4, max_value=6.0)


@given(positive)
@pytest.mark.parametrize("f", [tg.igamma, tg.igammac])
def test_slopes_are_the_density(f, x):
    check_rule(f, A.astype(x.dtype), x, wrt="other")


@given(positive)
def test_the_density_has_slopes_of_its_own(x):
    check_rule(incomplete_gamma._density, A.astype(x.dtype), x, wrt="x")


def test_what_has_no_derivative_is_not_silent():
    a, x = (tg.tensor([2.0], requires_grad=True) for _ in range(2))
    for f, name in ((tg.igamma, "igamma"), (tg.igammac, "igammac")):
        with tg.tape(), pytest.raises(NotImplementedError, match=rf"\[{name}\] `x` must not be tracked"):
            f(a, x)


def test_names_are_those_of_pytorch():
    a, x = tg.tensor([2.0, 0.5]), tg.tensor([1.0, 3.0])
    assert tg.special.gammainc is tg.igamma and tg.special.gammaincc is tg.igammac
    assert a.igamma(x).tolist() == tg.igamma(a, x).tolist() == a.clone().igamma_(x).tolist()
    np.testing.assert_allclose((tg.igamma(a, x) + tg.igammac(a, x)).tolist(), [1, 1], rtol=1e-6)
    assert tg.igamma(tg.tensor([1, 2]), tg.tensor([1, 3])).dtype == tg.float32


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_an_array_gives_an_array_and_a_tensor_a_tensor(shape):
    x = np.full(shape, 0.25)
    for f in (tg.igamma, tg.igammac):
        y, z = f(x, x), f(tg.tensor(x), tg.tensor(x))
        assert type(y) is np.ndarray and type(z) is tg.Tensor and y.shape == z.shape == shape
        np.testing.assert_array_equal(y, z.numpy())
