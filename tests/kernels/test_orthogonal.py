"""Orthogonal polynomials against SciPy's, their derivatives against NumPy's."""

import numpy as np
import pytest
import scipy.special
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre

from tapegrad import kernels
from tests.kernels.arrays import FLOATS

X = np.linspace(-1.5, 1.5, 31)
SCIPY = {
    "chebyshev_t": scipy.special.eval_chebyt,
    "chebyshev_u": scipy.special.eval_chebyu,
    "chebyshev_v": lambda n, x: scipy.special.eval_chebyu(n, x) - scipy.special.eval_chebyu(n - 1, x),
    "chebyshev_w": lambda n, x: scipy.special.eval_chebyu(n, x) + scipy.special.eval_chebyu(n - 1, x),
    "hermite_h": scipy.special.eval_hermite,
    "hermite_he": scipy.special.eval_hermitenorm,
    "laguerre_l": scipy.special.eval_laguerre,
    "legendre_p": scipy.special.eval_legendre,
}
NUMPY = {
    "chebyshev_t": chebyshev.Chebyshev,
    "hermite_h": hermite.Hermite,
    "hermite_he": hermite_e.HermiteE,
    "laguerre_l": laguerre.Laguerre,
    "legendre_p": legendre.Legendre,
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kind", SCIPY)
def test_values_are_scipy_s(kind, dtype):
    n, x = np.arange(9)[:, None], X.astype(dtype)
    y = kernels.orthogonal(x, n.astype(dtype), kind)
    expected = SCIPY[kind](n, x.astype(float))
    assert y.dtype == dtype
    scale = np.maximum.accumulate(np.abs(expected)) + 1
    assert np.all(np.abs(y - expected) <= 20 * np.finfo(dtype).eps * scale)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("kind", NUMPY)
def test_derivatives_are_numpy_s(kind, order):
    for n in range(7):
        expected = NUMPY[kind].basis(n).deriv(order)(X)
        y = kernels.orthogonal(X, np.array(float(n)), kind, order)
        np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12 * max(1, np.abs(expected).max()))


def test_degrees_are_cut_off_and_give_0_below_0():
    n = np.array([-3.0, -1, -0.5, 0, 1.9, 2, np.nan])
    np.testing.assert_array_equal(
        kernels.orthogonal(np.full(7, 0.5), n, "legendre_p"), [0, 0, 1, 1, 0.5, -0.125, np.nan]
    )
    assert np.isnan(kernels.orthogonal(np.array(np.nan), np.array(2.0), "legendre_p"))


def test_high_degrees_stay_accurate():
    x = np.cos(np.linspace(0.1, 3, 20))
    np.testing.assert_allclose(
        kernels.orthogonal(x, np.array(500.0), "chebyshev_t"), np.cos(500 * np.arccos(x)), atol=1e-11
    )


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_shapes_stay_and_a_0d_array_stays_an_array(shape):
    y = kernels.orthogonal(np.ones(shape), np.array(2.0), "hermite_h")
    assert type(y) is np.ndarray and y.shape == shape


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda x: kernels.orthogonal(x, np.arange(3), "hermite_h"),
            TypeError,
            r"`n` \(dtype int64\) must be floating",
        ),
        (lambda x: kernels.orthogonal(x, x, "jacobi"), ValueError, r"`kind` \(='jacobi'\) must be one of chebyshev_t"),
        (lambda x: kernels.orthogonal(x, x, "hermite_h", -1), ValueError, r"`order` \(=-1\) must not be negative"),
    ],
)
def test_what_does_not_fit_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call(np.ones(3))
