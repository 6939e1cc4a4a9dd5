"""Steps of optimisers: those of the reference bit by bit, and the reference against the formulas."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import update as reference
from tests.kernels.arrays import FLOATS, random

STEPS = {
    "sgd": (2, [(0.1, 0.0), (0.1, 0.01)]),
    "momentum": (3, [(0.1, 0.9, 0.0, 0.0, False), (0.1, 0.9, 0.2, 0.01, False), (0.1, 0.9, 0.0, 0.01, True)]),
    "adam": (4, [(1, 1e-3, 0.9, 0.999, 1e-8, 0.0, 1.0, None), (7, 1e-2, 0.8, 0.99, 1e-8, 0.1, 0.999, None)]),
    "asgd": (3, [(0.1, 0.99, 1.0, 0.0), (0.1, 0.99, 0.25, 0.1)]),
    "lion": (3, [(0.1, 0.9, 0.99, 0.999)]),
    "rprop": (4, [(0.5, 1.2, 1e-6, 0.5)]),
}
CASES = [(name, count, settings) for name, (count, several) in STEPS.items() for settings in several]


def arrays(count, shape, dtype):
    """Parameter, gradient and state, the last of which is not negative."""
    made = [np.asarray(random(k, shape), dtype) for k in range(count)]
    return [*made[:-1], np.abs(made[-1], out=...)] if count > 2 else made


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize("shape", [(), (3, 5), (300, 201), (0,)])
@pytest.mark.parametrize(("name", "count", "settings"), CASES)
def test_a_step_is_that_of_the_reference_bit_by_bit(name, count, settings, shape, dtype):
    ours, theirs = arrays(count, shape, dtype), arrays(count, shape, dtype)
    getattr(kernels, name)(*ours, *settings)
    getattr(reference, name)(*theirs, *settings)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [7, 50_000])
def test_amsgrad_divides_by_the_largest_so_far(size, dtype):
    ours = [*arrays(4, (size,), dtype), np.full(size, 0.5, dtype)]
    theirs = [a.copy() for a in ours]
    for step in (1, 2):
        kernels.adam(*ours[:4], step, 1e-2, 0.9, 0.99, 1e-8, largest=ours[4])
        reference.adam(*theirs[:4], step, 1e-2, 0.9, 0.99, 1e-8, 0.0, 1.0, theirs[4])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (ours[4] >= ours[3]).all()


@pytest.mark.parametrize(("name", "count", "settings"), CASES)
@pytest.mark.parametrize("size", [6, 60_000])
def test_a_step_writes_through_any_strides(name, count, settings, size):
    plain = arrays(count, (size,), np.float64)
    strided = [np.zeros((size, 2))[:, 0] for _ in plain]
    for a, b in zip(strided, plain, strict=True):
        a[...] = b
    getattr(kernels, name)(*plain, *settings)
    getattr(kernels, name)(*strided, *settings)
    for a, b in zip(strided, plain, strict=True):
        np.testing.assert_array_equal(a, b)


def test_adam_is_its_formula():
    p, g, m, v = arrays(4, (20,), np.float64)
    m1, v1 = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
    expected = p - 0.1 * (m1 / (1 - 0.9**3)) / (np.sqrt(v1 / (1 - 0.99**3)) + 1e-8)
    kernels.adam(p, g, m, v, 3, 0.1, 0.9, 0.99, 1e-8)
    np.testing.assert_allclose(p, expected, rtol=1e-13)


def test_nothing_changes_when_something_does_not_fit():
    p, g = np.ones(3), np.ones(3)
    with pytest.raises(ValueError, match=r"\[sgd\] `g` \(shape \(2,\), dtype float64\) must be like `p` \(\(3,\)"):
        kernels.sgd(p, g[:2], 0.1)
    with pytest.raises(ValueError, match=r"\[momentum\] `b` .* dtype float32\) must be like `p`"):
        kernels.momentum(p, g, np.ones(3, np.float32), 0.1, 0.9)
    assert (p == 1).all()
    p.flags.writeable = False
    with pytest.raises(ValueError, match=r"\[sgd\] `p` is read-only"):
        kernels.sgd(p, g, 0.1)


def test_a_parameter_at_infinity_without_decay_stays_there():
    p = np.array([np.inf, 1.0])
    kernels.sgd(p, np.ones(2), 0.5)
    assert p.tolist() == [np.inf, 0.5]


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@pytest.mark.parametrize("step", [1, 3])
def test_limits_keep_nan_and_write_through_any_strides(step, dtype):
    whole = np.asarray(random(0, (3000,)), dtype)
    whole[:3] = np.nan, np.inf, -np.inf
    theirs, before = whole.copy(), whole.copy()
    kernels.limit(whole[::step], 0.3)
    reference.limit(theirs[::step], 0.3)
    np.testing.assert_array_equal(whole, theirs)
    np.testing.assert_array_equal(whole[::step], np.clip(before[::step], -0.3, 0.3))
    fixed = np.ones(2, dtype)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match=r"\[limit\] `g` is read-only"):
        kernels.limit(fixed, 0.5)
