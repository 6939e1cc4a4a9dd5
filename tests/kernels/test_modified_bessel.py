"""Modified Bessel functions against mpmath with 50 digits and Boost's tables."""

import mpmath
import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.accuracy import assert_accurate, assert_table, sizes
from tests.kernels.arrays import FLOATS

inf, nan = np.inf, np.nan
LINE = np.concatenate([np.linspace(-10, 10, 70), sizes(1e-30, 0.1, 5), sizes(12, 80, 5), [6, -6, 8, -8]])
RIGHT = np.concatenate([np.linspace(0.05, 4, 20), np.geomspace(1e-30, 80, 12), [1.5, 1.49]])


def i(n, x):
    return mpmath.besseli(n, x)


def k(n, x):
    return mpmath.besselk(n, x)


ON_THE_LINE = {
    "i0": lambda x: i(0, x),
    "i1": lambda x: i(1, x),
    "i0e": lambda x: i(0, x) * mpmath.exp(-abs(x)),
    "i1e": lambda x: i(1, x) * mpmath.exp(-abs(x)),
    "i1e_slope": lambda x: (i(0, x) - i(1, abs(x)) - i(1, x) / x) * mpmath.exp(-abs(x)),
    "i_gap": lambda x: (i(0, x) - i(1, abs(x))) * mpmath.exp(-abs(x)),
}
ON_THE_RIGHT = {
    "k0": lambda x: k(0, x),
    "k1": lambda x: k(1, x),
    "k0e": lambda x: k(0, x) * mpmath.exp(x),
    "k1e": lambda x: k(1, x) * mpmath.exp(x),
    "k_gap": lambda x: (k(1, x) - k(0, x)) * mpmath.exp(x),
}
EVERYTHING = {**ON_THE_LINE, **ON_THE_RIGHT}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", EVERYTHING)
def test_functions_are_accurate_everywhere(name, dtype):
    x = (LINE if name in ON_THE_LINE else RIGHT).astype(dtype)
    x = x[::4] if dtype == np.float32 else x  # that is the rounded float64 answer
    assert_accurate(getattr(kernels, name), EVERYTHING[name], x)


def test_nothing_overflows_before_the_answer_does():
    x = np.array([700.0, 713.0, 713.98, 714.0, 800.0])
    for name, n in (("i0", 0), ("i1", 1)):
        assert_accurate(getattr(kernels, name), lambda x, n=n: i(n, x), x)
    assert_accurate(kernels.k1, lambda x: k(1, x), np.array([1e-307, 700.0]))


@pytest.mark.parametrize(("n", "name"), [(0, "i0"), (1, "i1"), (0, "k0"), (1, "k1")])
def test_functions_agree_with_the_tables(n, name):
    kind = f"bessel_{name[0]}_int_data"
    assert_table(getattr(kernels, name), f"{kind}_ipp-{kind}", 1, 2, lambda rows: rows[:, 0] == n)


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS, np.longdouble))
def test_infinities_go_to_the_limit_and_nan_stays(dtype):
    x = np.array([-inf, inf, nan, 0.0, -0.0], dtype)
    expected = {
        "i0": [inf, inf, nan, 1, 1], "i1": [-inf, inf, nan, 0, 0], "i0e": [0, 0, nan, 1, 1], "i1e": [0, 0, nan, 0, 0],
        "i1e_slope": [0, 0, nan, 0.5, 0.5],
        "i_gap": [0, 0, nan, 1, 1], "k0": [nan, 0, nan, inf, inf], "k1": [nan, 0, nan, inf, inf],
        "k0e": [nan, 0, nan, inf, inf], "k1e": [nan, 0, nan, inf, inf], "k_gap": [nan, 0, nan, inf, inf],
    }  # fmt: skip
    for name, answers in expected.items():
        with np.errstate(all="raise"):
            y = getattr(kernels, name)(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, answers)
    assert np.isnan(kernels.k0(np.array([-1.0], dtype)))


def test_integers_are_refused():
    for name in EVERYTHING:
        with pytest.raises(TypeError, match=rf"\[{name}\] `x` \(dtype int64\) must be floating"):
            getattr(kernels, name)(np.arange(3))
