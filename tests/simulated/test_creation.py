"""New arrays on the device are NumPy's."""

import numpy as np
import pytest

from tapegrad import kernels
from tests.simulated.device import agree, to_device

LIKE = to_device(np.zeros(1))


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_new_arrays_are_numpys(dtype):
    dtype = np.dtype(dtype)
    for shape, value in [((2, 3), 1), ((), 0), ((0, 2), 1)]:
        agree(kernels.full(shape, value, dtype, like=LIKE), np.full(shape, value, dtype))
    agree(kernels.eye(3, 4, dtype, like=LIKE), np.eye(3, 4, dtype=dtype))
    agree(kernels.zeros((3,), dtype, like=LIKE), np.zeros(3, dtype))
    agree(kernels.ones((3,), dtype, like=LIKE), np.ones(3, dtype))
    if dtype.kind == "b":
        return
    signed = dtype.kind != "u"
    for limits in [(0, 5, 1), (3, 0, 1), (0.0, 1.0, 0.1), (5, 0, -2) if signed else (1, 8, 3)]:
        agree(kernels.arange(*limits, dtype, like=LIKE), np.arange(*limits, dtype))
    for limits in [(0, 1, 5), (0, 10, 1), (2, 7, 0), (3, 3, 4), (-1.5, 2.5, 7) if signed else (1, 4, 3)]:
        agree(kernels.linspace(*limits, dtype, like=LIKE), np.linspace(*limits, dtype=dtype))


def test_a_value_that_does_not_fit_is_refused_as_by_numpy():
    with pytest.raises((OverflowError, ValueError)):
        kernels.full((2,), 300, np.dtype(np.uint8), like=LIKE)
