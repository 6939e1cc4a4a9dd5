"""What is found by sorting, on the device: the reference's answers, whatever the dtype, the axis and the NaN."""

import numpy as np
import pytest

from tapegrad import kernels
from tests.simulated.device import agree, layouts, to_device

RNG = np.random.default_rng(0)


def numbers(shape, dtype, few=False):
    """Small numbers with repeats, NaN and infinities where there are such."""
    x = RNG.integers(0 if np.dtype(dtype).kind in "bu" else -2, 3, shape).astype(dtype)
    if np.dtype(dtype).kind == "c":
        x.imag = RNG.integers(-1, 2, shape)
    elif np.dtype(dtype).kind == "f" and not few:
        x.reshape(-1)[::7], x.reshape(-1)[3::11] = np.nan, -np.inf
    return x


@pytest.mark.parametrize("dtype", "BlefdD")
def test_mode_takes_the_last_place_of_the_smallest_of_the_commonest(dtype):
    x = numbers((3, 11), dtype)
    for axis in (0, 1):
        agree(kernels.mode(to_device(x), axis), kernels.mode(x, axis))
    long = numbers((1, 40), dtype)
    agree(kernels.mode(to_device(long), 1), kernels.mode(long, 1))


@pytest.mark.parametrize("ignore_nan", [False, True])
@pytest.mark.parametrize("dtype", "ied")
def test_middles(dtype, ignore_nan):
    for few in (False, True):
        x = numbers((4, 9), dtype, few)
        agree(kernels.median(to_device(x), ignore_nan), kernels.median(x, ignore_nan))
        for axis in (0, 1):
            agree(kernels.middle(to_device(x), axis, ignore_nan), kernels.middle(x, axis, ignore_nan))
    nothing = np.array([np.nan, np.nan])
    agree(kernels.median(to_device(nothing), ignore_nan), kernels.median(nothing, ignore_nan))
    agree(kernels.median(to_device(nothing[:0]), ignore_nan), kernels.median(nothing[:0], ignore_nan))


@pytest.mark.parametrize("descending", [False, True])
def test_leading_places_are_the_beginning_of_the_order(descending):
    for x, there in layouts(numbers((4, 7), "f")):
        for k in (0, 2):
            agree(kernels.leading(there, 0, k, descending), kernels.leading(x, 0, k, descending))


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize(("dtype", "other"), [("f", "f"), ("i", "d"), ("e", "b"), ("L", "l"), ("D", "D")])
def test_bisection(dtype, other, right):
    rows, values = np.sort(numbers((2, 9), dtype), -1), numbers((2, 5), other)
    agree(kernels.searchsorted(to_device(rows), to_device(values), right), kernels.searchsorted(rows, values, right))
    for v in (values, values[0, 0], values[:0]):
        got = kernels.searchsorted(to_device(rows[0]), to_device(np.asarray(v)), right)
        agree(got, kernels.searchsorted(rows[0], np.asarray(v), right))


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", "?lLed")
def test_running_extremes_are_at_the_last_of_equals(dtype, largest):
    for axis in (0, 1):
        x = numbers((5, 23), dtype)
        agree(kernels.last_extreme(to_device(x), axis, largest), kernels.last_extreme(x, axis, largest))


def test_earlier_ones_are_counted():
    x = RNG.integers(-3, 3, (4, 21))
    for axis in (0, 1):
        agree(kernels.earlier(to_device(x), axis), kernels.earlier(x, axis))


@pytest.mark.parametrize("consecutive", [False, True])
@pytest.mark.parametrize("dtype", "?ldF")
def test_distinct_rows(dtype, consecutive):
    for shape in [(14, 2), (9, 1), (3, 0), (0, 2)]:
        x = numbers(shape, dtype)
        agree(kernels.unique_rows(to_device(x), consecutive), kernels.unique_rows(x, consecutive))
