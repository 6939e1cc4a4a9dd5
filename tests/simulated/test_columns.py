"""Windows of images as columns on the device, and their transpose, against the reference."""

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels._window import fit
from tapegrad.kernels.ref import strided as ref
from tests.simulated.device import agree, to_device

RNG = np.random.default_rng(0)
WINDOWS = [  # of images of 5 × 4: size, stride, pads, dilation
    ((2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ((3, 2), (2, 1), ((1, 1), (1, 0)), (1, 2)),
    ((2, 1), (3, 2), ((2, 0), (0, 1)), (2, 1)),
]


@pytest.mark.parametrize("window", WINDOWS)
def test_both_directions_are_the_references(window):
    window = fit("test", (5, 4), *window)
    x = RNG.normal(size=(2, 3, 5, 4))
    y = ref.columns(x, window)
    agree(kernels.columns(to_device(x), window), y)
    agree(kernels.add_columns(to_device(y), window), ref.add_columns(y, window))
    turned = x.transpose(1, 0, 2, 3)[::-1]
    agree(kernels.columns(to_device(x).transpose(1, 0, 2, 3)[::-1], window), ref.columns(turned, window))


@pytest.mark.parametrize("dtype", "?BhiefdFD")
def test_every_dtype_is_laid_out(dtype):
    window, x = fit("test", (5, 4), *WINDOWS[1]), RNG.integers(-2, 3, (1, 1, 5, 4)).astype(dtype)
    y = ref.columns(x, window)
    agree(kernels.columns(to_device(x), window), y)
    if dtype != "?":  # NumPy's sum of truth values is another one
        agree(kernels.add_columns(to_device(y), window), ref.add_columns(y, window))


def test_no_images_have_no_columns():
    window = fit("test", (5, 4), *WINDOWS[0])
    assert kernels.columns(to_device(np.ones((0, 2, 5, 4))), window).shape == (0, 8, 12)
    assert kernels.add_columns(to_device(np.ones((0, 8, 12))), window).shape == (0, 2, 5, 4)
