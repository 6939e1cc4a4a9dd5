"""The gamma function's relatives: rules, names and orders of arguments."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tapegrad as tg
from tapegrad.testing import arrays, check_rule

POSITIVE = {"min_value": 0.4, "max_value": 6.0}
NEGATIVE = {"min_value": -2.7, "max_value": -2.3}


@given(st.data())
@pytest.mark.parametrize("domain", [POSITIVE, NEGATIVE])
@pytest.mark.parametrize("f", [tg.lgamma, tg.digamma, lambda x: tg.polygamma(1, x), lambda x: tg.polygamma(2, x)])
def test_each_is_the_slope_of_the_one_before(f, domain, data):
    check_rule(f, data.draw(arrays(**domain)))


@given(arrays(min_value=1.3, max_value=6.0))
@pytest.mark.parametrize("p", [1, 2, 3])
def test_slopes_of_the_multivariate_function(p, x):
    check_rule(lambda x: tg.mvlgamma(x, p), x)


@given(arrays(shape=(3,), **POSITIVE))
def test_zeta_has_a_slope_in_its_second_argument(q):
    check_rule(tg.special.zeta, np.array([[2.0], [3.5]], q.dtype), q, wrt="other")


def test_zeta_refuses_to_be_silent_about_its_first_argument():
    x, q = (tg.tensor([2.0], requires_grad=True) for _ in range(2))
    with tg.tape(), pytest.raises(NotImplementedError, match=r"\[zeta\] `x` must not be tracked"):
        tg.special.zeta(x, q)
    assert tg.special.zeta(x.detach(), 1).item() == pytest.approx(np.pi**2 / 6)


def test_slopes_are_as_accurate_as_functions():
    points = [0.1, 1.0, 1.4616321449683622, 2.0, 7.5, 1e6, -0.5, -3.3]
    for f, order in ((tg.lgamma, 0), (tg.digamma, 1), (lambda x: tg.polygamma(3, x), 4)):
        x = tg.tensor(points, dtype=tg.float64, requires_grad=True)
        with tg.tape():
            y = f(x).sum()
        y.backward()
        exact = [float(mpmath.psi(order, v)) for v in points]
        np.testing.assert_allclose(x.grad.numpy(), exact, rtol=1e-14, atol=1e-15)


def test_names_and_orders_of_arguments_are_those_of_pytorch():
    x = tg.tensor([2.5, 3.0])
    assert tg.polygamma(2, x).tolist() == x.polygamma(2).tolist() == tg.special.polygamma(2, x).tolist()
    assert tg.mvlgamma(x, 2).tolist() == x.mvlgamma(2).tolist() == tg.special.multigammaln(x, p=2).tolist()
    assert tg.special.psi is tg.digamma and tg.special.gammaln is tg.lgamma
    np.testing.assert_allclose(tg.mvlgamma(x, 1).numpy(), tg.lgamma(x).numpy())
    y = x.clone()
    assert y.polygamma_(1) is y
    assert y.tolist() == tg.polygamma(1, x).tolist()


def test_integers_are_taken_in_the_default_dtype():
    x = tg.tensor([1, 3])
    for y in (tg.lgamma(x), tg.digamma(x), tg.polygamma(1, x), tg.mvlgamma(x, 1), tg.special.zeta(2, x)):
        assert y.dtype == tg.float32
    assert tg.special.zeta(tg.tensor([2]), tg.tensor([1])).item() == pytest.approx(np.pi**2 / 6)


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_an_array_gives_an_array_and_a_tensor_a_tensor(shape):
    x = np.full(shape, 2.5)
    for f in (tg.lgamma, tg.digamma, lambda x: tg.polygamma(2, x), lambda x: tg.mvlgamma(x, 2), tg.special.zeta):
        args = (x, x) if f is tg.special.zeta else (x,)
        y, z = f(*args), f(*map(tg.tensor, args))
        assert type(y) is np.ndarray and type(z) is tg.Tensor and y.shape == z.shape == shape
        np.testing.assert_array_equal(y, z.numpy())


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: tg.polygamma(-1, x), RuntimeError, r"\[polygamma\] `n` \(=-1\) must not be negative"),
        (lambda x: tg.polygamma(1.5, x), TypeError, r"\[polygamma\] `n` \(=1.5\) must be an int"),
        (lambda x: tg.mvlgamma(x, 0), RuntimeError, r"\[mvlgamma\] `p` \(=0\) must be at least 1"),
        (lambda x: tg.mvlgamma(x, 2.5), TypeError, r"\[mvlgamma\] `p` \(=2.5\) must be an int"),
    ],
)
def test_settings_out_of_range_are_refused(call, error, text):
    with pytest.raises(error, match=text):
        call(tg.ones(2))
