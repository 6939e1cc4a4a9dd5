"""Polynomials against NumPy's, in any layout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad.kernels import _backend
from tapegrad.kernels.polynomial import polynomial
from tapegrad.kernels.ref import polynomial as reference
from tests.kernels.arrays import FLOATS, floats, layouts, random, seeds


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=7), seeds, floats, st.integers(0, 200))
def test_polynomials_are_numpy_s(coefficients, seed, dtype, size):
    x = random(seed, size, dtype)
    y = polynomial(tuple(coefficients), x)
    size_of_terms = np.polyval(np.abs(coefficients[::-1]), np.abs(x))
    assert y.dtype == dtype
    assert np.all(
        np.abs(y - np.polyval(coefficients[::-1], x.astype(float))) <= 20 * np.finfo(dtype).eps * size_of_terms
    )
    assert np.all(np.abs(y - reference.polynomial(coefficients, x)) <= 20 * np.finfo(dtype).eps * size_of_terms)


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_gives_the_same_answer(dtype):
    x, c = random(0, (3, 50), dtype), (1.0, -2.0, 0.5)
    for a in layouts(x):
        np.testing.assert_array_equal(polynomial(c, a), polynomial(c, x))
    assert polynomial(c, np.array(2, dtype)).shape == ()
    np.testing.assert_array_equal(polynomial(c, np.array([np.nan, np.inf], dtype)), [np.nan, np.inf])


def test_other_floats_go_to_the_reference():
    x = np.array([0.5], np.longdouble)
    assert polynomial((1.0, 2.0), x).dtype == np.longdouble
    assert _backend.serve("polynomial", x).polynomial((1.0, 2.0), x) == 2


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: polynomial((1.0,), np.arange(3)), TypeError, r"\[polynomial\] `x` \(dtype int64\) must be floating"),
        (lambda: polynomial((), np.ones(3)), ValueError, r"\[polynomial\] `coefficients` \(=\(\)\) must not be empty"),
    ],
)
def test_what_does_not_fit_is_said(call, error, text):
    with pytest.raises(error, match=text):
        call()
