"""The gamma function's relatives against mpmath with 50 digits and Boost's tables."""

import mpmath
import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.accuracy import assert_accurate, assert_table, sizes
from tests.kernels.arrays import FLOATS, layouts

inf, nan = np.inf, np.nan
every_dtype = pytest.mark.parametrize("dtype", FLOATS)
RIGHT = np.concatenate(
    [np.linspace(0.03, 4, 60), np.linspace(4.3, 40, 20), [1, 2, 1 - 1e-9, 2 + 1e-9, 1.4616321449683622]]
)
LEFT = np.concatenate([np.linspace(-6.03, -0.02, 50), [-1 + 1e-6, -2 - 1e-6, -20.5, -100.3]])


def lgamma(x):
    return mpmath.re(mpmath.loggamma(x))


@every_dtype
def test_lgamma_is_accurate_everywhere(dtype):
    assert_accurate(kernels.lgamma, lgamma, np.concatenate([RIGHT, LEFT]).astype(dtype))
    limits = np.finfo(dtype)
    assert_accurate(kernels.lgamma, lgamma, sizes(float(limits.smallest_subnormal), 1e-3, 15).astype(dtype))
    assert_accurate(kernels.lgamma, lgamma, np.geomspace(50, 1e30, 15).astype(dtype))


@every_dtype
def test_digamma_is_accurate_everywhere(dtype):
    assert_accurate(kernels.digamma, mpmath.digamma, np.concatenate([RIGHT, LEFT]).astype(dtype))
    assert_accurate(kernels.digamma, mpmath.digamma, sizes(1e-30, 1e-3, 10).astype(dtype))
    assert_accurate(kernels.digamma, mpmath.digamma, np.geomspace(50, 1e30, 10).astype(dtype))


@pytest.mark.parametrize("n", [1, 2, 5, 20, 21, 60, 171])
def test_polygamma_is_accurate_at_any_order(n):
    x = np.concatenate([RIGHT[::5], LEFT[::5], np.geomspace(0.1, 3000, 10)])
    assert_accurate(lambda x: kernels.polygamma(x, n), lambda x: mpmath.psi(n, x), x)


@pytest.mark.parametrize("s", [1.001, 1.5, 2.0, 9.0, 44.5, 120.0])
def test_zeta_is_accurate_for_any_exponent(s):
    def exact(q):
        with mpmath.workdps(60 + int(2 * s)):  # mpmath's error is absolute
            return mpmath.zeta(s, q)

    assert_accurate(lambda q: kernels.zeta(np.full_like(q, s), q), exact, np.geomspace(0.1, 99, 12))


def test_zeta_of_integers_is_accurate_left_of_0():
    for s in (2, 3, 8):  # a derivative of digamma
        exact = lambda q, s=s: (-1) ** s * mpmath.psi(s - 1, q) / mpmath.factorial(s - 1)  # noqa: E731
        assert_accurate(lambda q, s=s: kernels.zeta(np.full_like(q, s), q), exact, LEFT[::4])


def test_the_largest_and_smallest_arguments_have_their_answers():
    x = np.array([1e200, 1e154, 1e-200, 1e-100])
    np.testing.assert_allclose(kernels.polygamma(x, 1), [1e-200, 1e-154, inf, 1e200], rtol=1e-15)
    np.testing.assert_allclose(kernels.digamma(np.array([5e-324, -1e-310])), [-inf, inf])
    assert_accurate(kernels.lgamma, lgamma, np.array([1e308, 2.5e305, 1e250]))


@pytest.mark.parametrize(
    ("name", "column"),
    [("near_0", 2), ("near_1", 2), ("near_2", 2), ("near_m10", 2), ("near_m55", 2), ("factorials", 2)],
)
def test_lgamma_agrees_with_the_tables(name, column):
    assert_table(kernels.lgamma, f"test_gamma_data_ipp-{name}", 0, column)


@pytest.mark.parametrize("name", ["digamma_data", "digamma_neg_data", "digamma_root_data", "digamma_small_data"])
def test_digamma_agrees_with_the_tables(name):
    assert_table(kernels.digamma, f"{name}_ipp-{name}", 0, 1)


def test_zeta_agrees_with_the_tables():
    def riemann(s):
        return kernels.zeta(s, np.ones_like(s))

    assert_table(riemann, "zeta_1_up_data_ipp-zeta_1_up_data", 0, 1)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
def test_poles_and_infinities_are_those_of_pytorch(dtype):
    x = np.array([0.0, -0.0, -1, -7, -inf, inf, nan], dtype)
    expected = {
        kernels.lgamma: [inf, inf, inf, inf, inf, inf, nan],
        kernels.digamma: [-inf, inf, nan, nan, nan, inf, nan],
        lambda x: kernels.polygamma(x, 1): [inf, inf, inf, inf, nan, 0, nan],
        lambda x: kernels.polygamma(x, 2): [-inf, -inf, -inf, -inf, nan, 0, nan],
        lambda x: kernels.zeta(x, np.full_like(x, 3)): [nan, nan, nan, nan, nan, 0, nan],
        lambda q: kernels.zeta(np.full_like(q, 3), q): [inf, inf, inf, inf, inf, 0, nan],
        lambda q: kernels.zeta(np.full_like(q, 1), q): [inf, inf, inf, inf, inf, inf, nan],
        lambda q: kernels.zeta(np.full_like(q, 0.5), q): [nan] * 7,
        lambda q: kernels.zeta(np.full_like(q, 2.5), q - 0.5): [nan, nan, nan, nan, inf, 0, nan],
    }
    for function, answers in expected.items():
        with np.errstate(all="raise"):
            y = function(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, answers)


@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (100, 200)])
def test_shapes_and_layouts_do_not_matter(shape):
    x = np.random.default_rng(0).uniform(-3, 9, shape)
    for function in (kernels.lgamma, kernels.digamma, lambda x: kernels.polygamma(x, 2)):
        y = function(x)
        assert type(y) is np.ndarray and y.shape == shape
        for a in layouts(x) if x.ndim else ():
            np.testing.assert_array_equal(function(a), y)
    assert kernels.zeta(np.full((3, 1), 2.0), np.ones(4)).shape == (3, 4)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: kernels.lgamma(np.arange(3)), TypeError, r"\[lgamma\] `x` \(dtype int64\) must be floating"),
        (lambda: kernels.zeta(np.ones(3), np.arange(3)), TypeError, r"\[zeta\] `q` \(dtype int64\) must be floating"),
        (lambda: kernels.polygamma(np.ones(3), -1), ValueError, r"\[polygamma\] `n` \(=-1\) must not be negative"),
    ],
)
def test_what_does_not_fit_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call()
