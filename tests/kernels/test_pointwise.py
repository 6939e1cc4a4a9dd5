"""The table of functions of single elements: the compiled loops against NumPy's steps, in any layout."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import pointwise as reference
from tests.kernels.arrays import FLOATS, layouts, random

NUMBERS = {"low": -1.0, "high": 1.5, "edge": 0.5, "value": 7.0, "slope": 0.2, "scale": 1.5, "inner": 0.5,
           "delta": 0.75, "share": 2.0}  # fmt: skip
every_function = pytest.mark.parametrize("name", reference.FORMULAS)


def operands(name, shape, dtype):
    """Arrays, then numbers, as the function wants them; numbers at both ends of the line among them."""
    formula = reference.FORMULAS[name]
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    numbers = [NUMBERS[n] for n in names if n in formula.__annotations__]
    arrays = [random(k, shape, dtype) * 3 for k in range(len(names) - len(numbers))]
    for k, x in enumerate(arrays):
        x.reshape(-1)[10 * k : 10 * k + 6] = np.nan, np.inf, -np.inf, 0, 0.5, 1
    return arrays, numbers


def close(y, expected, scale):
    """Whether they agree to some units of the largest operand."""
    assert y.dtype == expected.dtype
    both = np.isfinite(expected)
    np.testing.assert_array_equal(y[~both], expected[~both])
    eps = np.finfo(y.dtype).eps
    np.testing.assert_allclose(y[both], expected[both], rtol=8 * eps, atol=4 * eps * scale)


@every_function
def test_one_pass_gives_what_the_steps_give_and_never_warns(name):
    arrays, numbers = operands(name, (60, 50), np.float32)
    with np.errstate(all="raise"):
        y = kernels.pointwise(name, *arrays, *numbers)
    close(y, reference.pointwise(name, *arrays, *numbers), 10)


@pytest.mark.parametrize("name", ["elu", "hypot", "logaddexp"])
def test_float64_is_computed_in_float64(name):
    arrays, numbers = operands(name, (60, 50), np.float64)
    close(kernels.pointwise(name, *arrays, *numbers), reference.pointwise(name, *arrays, *numbers), 10)


@pytest.mark.parametrize("name", ["elu_grad", "lerp", "prelu"])
def test_layouts_broadcasts_and_shares_of_threads_do_not_matter(name):
    arrays, numbers = operands(name, (90, 1000), np.float32)  # more than one thread's share
    y = kernels.pointwise(name, *arrays, *numbers)
    np.testing.assert_array_equal(kernels.pointwise(name, *(a[:30, :33] for a in arrays), *numbers), y[:30, :33])
    for first in layouts(arrays[0]):
        np.testing.assert_array_equal(kernels.pointwise(name, first, *arrays[1:], *numbers), y)
    row = [np.broadcast_to(arrays[-1][:1], (90, 1000)), arrays[-1][:1]]
    expected, found = (kernels.pointwise(name, *arrays[:-1], last, *numbers) for last in row)
    np.testing.assert_array_equal(found, expected)
    corner = kernels.pointwise(name, *arrays[:-1], arrays[-1][0, 0], *numbers)
    assert corner.dtype == np.float32
    np.testing.assert_array_equal(corner, kernels.pointwise(name, *arrays[:-1], arrays[-1][:1, :1], *numbers))


def test_other_dtypes_and_few_elements_are_the_reference_s():
    x = np.linspace(-2, 2, 600)
    assert kernels.pointwise("hardtanh", x.astype(np.float16), -1.0, 1.0).dtype == np.float16
    assert kernels.pointwise("hardtanh", x.astype(int), -1, 1).dtype == int
    assert kernels.pointwise("hardtanh", np.array(3.0), -1.0, 1.0).shape == ()
    mixed = kernels.pointwise("hypot", x, x.astype(np.float32))
    np.testing.assert_allclose(mixed, np.hypot(x, x), rtol=1e-7)


def test_numbers_that_are_equal_are_not_confused():
    x = np.zeros(600, np.float32)
    for zero in (0.0, -0.0, 0.0):
        y = kernels.pointwise("threshold", x, 1.0, zero)
        assert (np.signbit(y) == np.signbit(zero)).all()


def test_hypot_is_exact_where_squares_overflow_or_vanish():
    a, b = (np.repeat(np.array(v, np.float32), 200) for v in ([3e38, 3e-42, 0, np.inf, 3], [1e38, 4e-42, 0, np.nan, 4]))
    np.testing.assert_allclose(kernels.pointwise("hypot", a, b), np.hypot(a, b), rtol=3e-7)


@pytest.mark.parametrize(("name", "exact"), [("modulo_trunc", np.fmod), ("modulo", np.remainder),
                                             ("divide_floor", np.floor_divide)])  # fmt: skip
@pytest.mark.parametrize("dtype", FLOATS)
def test_remainders_and_rounded_quotients_are_exact(name, exact, dtype):
    limits = np.finfo(dtype)
    ends = [0, np.inf, np.nan, limits.max, limits.tiny, limits.smallest_subnormal, 3, 1e7]
    ends = np.array([*ends, *np.negative(ends)], dtype)
    whole, part = np.arange(1, 1500, dtype=dtype), (random(0, 1499, dtype) + 4) / 7
    near = np.nextafter(whole * part, dtype(0))  # just below a whole multiple
    pairs = [*np.meshgrid(np.tile(ends, 6), ends)], [whole * part, -part], [near, part], [-near, part], [whole, -part]
    for a, b in pairs:
        a, b = np.ravel(a), np.ravel(b)
        y = kernels.pointwise(name, a, b)
        with np.errstate(all="ignore"):
            expected = exact(a, b)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(np.signbit(y[y == 0]), np.signbit(expected[y == 0]))
