"""Images read at any points on the device against the reference."""

from itertools import product

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels.ref import grid as ref
from tests.simulated.device import agree, to_device

RNG = np.random.default_rng(0)
SETTINGS = [*product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True))]
OUTSIDE = [0.0, -1.0, 1.0, -3.7, 2.9, 0.2]  # within, at the edge, and far away


def problem(d, mode, dtype):
    image = (3, 4) if d == 2 else (2, 3, 2)
    x = RNG.normal(size=(2, 2, *image)).astype(dtype)
    grid = RNG.uniform(-1.4, 1.4, (2, *(2,) * (d - 1), 3, d)).astype(dtype)
    grid.flat[: len(OUTSIDE)] = OUTSIDE
    return x, grid, RNG.normal(size=(2, 2, *grid.shape[1:-1])).astype(dtype)


@pytest.mark.parametrize(("mode", "padding", "align"), SETTINGS)
def test_neighbours_along_an_axis_are_the_references(mode, padding, align):
    point = np.array([*OUTSIDE, np.nan, np.inf, 0.33])
    for n in (1, 4):
        with np.errstate(all="ignore"):
            want = ref.locate(point, n, mode, padding, align)
        agree(kernels.locate(to_device(point), n, mode, padding, align), want, 1e-12)


@pytest.mark.parametrize(("mode", "padding", "align"), SETTINGS)
@pytest.mark.parametrize("d", [2, 3])
def test_images_and_both_transposes_are_the_references(d, mode, padding, align):
    if d == 3 and (mode == "bicubic" or (padding, align) in [("zeros", True), ("border", False)]):
        return
    x, grid, g = problem(d, mode, "d")
    how, image = (mode, padding, align), x.shape[2:]
    ours = [to_device(a) for a in (x, grid, g)]
    agree(kernels.sample(*ours[:2], *how), ref.sample(x, grid, *how), 1e-12)
    agree(kernels.sample_grid_grad(ours[2], *ours[:2], *how), ref.sample_grid_grad(g, x, grid, *how), 1e-12)
    agree(kernels.sample_input_grad(*ours[2:0:-1], image, *how), ref.sample_input_grad(g, grid, image, *how), 1e-12)


@pytest.mark.parametrize("dtype", "ef")
def test_narrow_floats_are_read_as_float32(dtype):
    x, grid, _ = problem(2, "bilinear", dtype)
    want = ref.sample(x.astype("f"), grid.astype("f"), "bilinear", "border", True).astype(dtype)
    tolerance = 2e-3 if dtype == "e" else 1e-5
    agree(kernels.sample(to_device(x), to_device(grid), "bilinear", "border", True), want, tolerance)


def test_no_channels_and_no_points_give_nothing():
    x, grid = np.ones((2, 0, 3, 4)), np.zeros((2, 2, 2, 2))
    how = ("bilinear", "zeros", True)
    assert kernels.sample(to_device(x), to_device(grid), *how).shape == (2, 0, 2, 2)
    assert kernels.sample(to_device(np.ones((2, 1, 3, 4))), to_device(grid[:, :0]), *how).shape == (2, 1, 0, 2)
    g = np.ones((2, 1, 0, 2))
    agree(kernels.sample_input_grad(to_device(g), to_device(grid[:, :0]), (3, 4), *how), np.zeros((2, 1, 3, 4)))
