"""Discrete Fourier transforms against the sum that defines them."""

import numpy as np
import pytest

from tapegrad import kernels
from tests.kernels.arrays import FLOATS, layouts, random

SCALES = {"backward": (0, 1), "ortho": (0.5, 0.5), "forward": (1, 0)}  # powers of 1/n: forward, inverse


def matrix(n, sign):
    j = np.arange(n)
    return np.exp(sign * 2j * np.pi * np.outer(j, j) / n)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("norm", SCALES)
@pytest.mark.parametrize("inverse", [False, True])
def test_the_transform_is_its_sum_in_the_precision_of_the_argument(dtype, norm, inverse):
    x = random(0, (3, 5), dtype) + 1j * random(1, (3, 5), dtype)
    scale = 5.0 ** -SCALES[norm][inverse] * 3.0 ** -SCALES[norm][inverse]
    exact = scale * matrix(3, 1 if inverse else -1) @ x @ matrix(5, 1 if inverse else -1)
    for a in layouts(x):
        y = kernels.dft(a, (0, 1), norm, inverse)
        assert y.dtype == np.result_type(dtype, np.complex64)
        np.testing.assert_allclose(y, exact, rtol=0, atol=40 * np.finfo(dtype).eps)


@pytest.mark.parametrize("n", [1, 2, 5, 6])
@pytest.mark.parametrize("norm", SCALES)
def test_transforms_of_real_numbers_are_the_first_half_and_turn_back(n, norm):
    x = random(2, (n, 2))
    for a in layouts(x):
        y = kernels.real_dft(a, 0, norm)
        np.testing.assert_allclose(y, kernels.dft(x + 0j, (0,), norm, False)[: n // 2 + 1], atol=1e-14)
        np.testing.assert_allclose(kernels.inverse_real_dft(y, n, 0, norm), x, atol=1e-14)
