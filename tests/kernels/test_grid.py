"""Images read at any points: SciPy's values, the transposes, the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from tapegrad import kernels
from tapegrad.kernels.grid import MODES, PADDINGS
from tapegrad.kernels.ref import grid as ref
from tests.kernels.arrays import dot, floats, layouts, random, seeds


@st.composite
def problems(draw, dtype=np.float64):
    """X, grid, g and the settings; one block of points and some of the next."""
    d, image = draw(st.sampled_from([(2, (5, 7)), (3, (4, 1, 3)), (2, (1, 1))]))
    mode = draw(st.sampled_from(MODES if d == 2 else MODES[:2]))
    how = mode, draw(st.sampled_from(PADDINGS)), draw(st.booleans())
    points = draw(st.sampled_from([(1, 1, 1), (3, 25, 1), (9, 8, 2)]))[:d]
    rng = np.random.default_rng(draw(seeds))
    x, g = (rng.standard_normal((2, 3, *shape)).astype(dtype) for shape in (image, points))
    return x, rng.uniform(-2.5, 2.5, (2, *points, d)).astype(dtype), g, how


@given(problems())
def test_reading_spreading_and_pulling_are_one_form(problem):
    x, grid, g, how = problem
    y = kernels.sample(x, grid, *how)
    assert dot(g, y) == pytest.approx(dot(kernels.sample_input_grad(g, grid, x.shape[2:], *how), x), abs=1e-9)
    step = 1e-6 * random(0, grid.shape)
    change = (kernels.sample(x, grid + step, *how) - kernels.sample(x, grid - step, *how)) / 2e-6
    if how[0] != "nearest" and np.abs(change).max() < 50:  # no pixel's edge was crossed
        slope = dot(kernels.sample_grid_grad(g, x, grid, *how), step) * 1e6
        assert slope == pytest.approx(dot(g, change), abs=1e-6 * (1 + np.abs(change).max()) * g.size)


@given(problems())
def test_the_reference_agrees(problem):
    x, grid, g, how = problem
    pairs = [
        (kernels.sample(x, grid, *how), ref.sample(x, grid, *how)),
        (kernels.sample_input_grad(g, grid, x.shape[2:], *how), ref.sample_input_grad(g, grid, x.shape[2:], *how)),
        (kernels.sample_grid_grad(g, x, grid, *how), ref.sample_grid_grad(g, x, grid, *how)),
    ]
    for y, expected in pairs:
        np.testing.assert_allclose(y, expected, atol=1e-11)


@given(floats)
def test_any_layout_gives_the_same(dtype):
    x, grid, how = random(0, (2, 3, 5, 6), dtype), np.tanh(random(1, (2, 4, 5, 2), dtype)), ("bicubic", "border", False)
    y = kernels.sample(x, grid, *how)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, ref.sample(x.astype("d"), grid.astype("d"), *how), atol=200 * np.finfo(dtype).eps)
    for a, b, c in zip(layouts(x), layouts(grid), layouts(y), strict=True):
        np.testing.assert_array_equal(kernels.sample(a, b, *how), y)
        found, expected = (kernels.sample_input_grad(v, grid, (5, 6), *how) for v in (c, y))
        np.testing.assert_array_equal(found, expected)
        found, expected = (kernels.sample_grid_grad(*v, *how) for v in ((c, a, b), (y, x, grid)))
        np.testing.assert_array_equal(found, expected)


def test_values_between_pixels_are_scipys():
    x, at = random(0, (1, 1, 6, 7)), np.random.default_rng(1).uniform(0, 5, (2, 80))
    grid = np.stack([at[1] / 6 * 2 - 1, at[0] / 5 * 2 - 1], -1).reshape(1, 80, 1, 2)
    y = kernels.sample(x, grid, "bilinear", "zeros", True)
    np.testing.assert_allclose(y.ravel(), map_coordinates(x[0, 0], at, order=1), atol=1e-12)


def test_what_is_outside_is_not_read_and_nan_stays():
    x = np.full((1, 1, 2, 2), np.inf)
    grid = np.array([[[[9.0, 9.0], [1e30, 0.0], [np.nan, 0.0]]]])
    for sample in (kernels.sample, ref.sample):
        np.testing.assert_array_equal(sample(x, grid, "bilinear", "zeros", False).ravel(), [0, 0, np.nan])


def test_what_does_not_fit_is_said():
    x, grid = np.ones((1, 1, 3, 3)), np.ones((1, 2, 2, 2))
    with pytest.raises(ValueError, match=r"\[sample\] images \(1, 1, 3, 3\), `grid` \(shape \(2, 2, 2\)\)"):
        kernels.sample(x, grid[0], "nearest", "zeros", True)
    with pytest.raises(ValueError, match=r"\[sample_grid_grad\] .* `g` \(shape \(1, 1, 3, 3\)\)"):
        kernels.sample_grid_grad(x, x, grid, "nearest", "zeros", True)
