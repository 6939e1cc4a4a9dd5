"""Images read at any points: SciPy's values, rules away from pixel edges, what lies outside."""

import itertools
from math import nan

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import tapegrad as tg
from tapegrad.ops.grid import _spread, affine_grid, grid_sample
from tapegrad.testing import check_rule

SCIPYS = {
    ("zeros", True): "grid-constant", ("border", True): "nearest", ("reflection", True): "mirror",
    ("zeros", False): "grid-constant", ("border", False): "nearest", ("reflection", False): "reflect",
}  # fmt: skip
MODES = ("bilinear", "nearest", "bicubic")


def problem(d, spread=1.6):
    random = np.random.default_rng(d)
    x = random.standard_normal((2, 2, *(4, 3, 2)[:d]))
    return x, random.uniform(-spread, spread, (2, 3, *(2,) * (d - 1), d))


def pixels(grid, sizes, align):
    """Points in pixels, slowest axis first."""
    return [((grid[..., -1 - k] + 1) * (n - align) - (not align)) / 2 for k, n in enumerate(sizes)]


@pytest.mark.parametrize(("outside", "align"), SCIPYS)
@pytest.mark.parametrize("d", [2, 3])
def test_values_are_those_of_an_interpolation_of_degree_one_and_zero(d, outside, align):
    x, grid = problem(d)
    for order, mode in enumerate(("nearest", "bilinear")):
        y = grid_sample(tg.tensor(x), tg.tensor(grid), mode, outside, align).numpy()
        at = pixels(grid, x.shape[2:], align)
        for n, c in itertools.product(range(2), range(2)):
            expected = map_coordinates(x[n, c], [a[n] for a in at], order=order, mode=SCIPYS[outside, align])
            np.testing.assert_allclose(y[n, c], expected, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outside", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align", [True, False])
def test_rules_of_images(mode, outside, align):
    x, grid = problem(2)
    check_rule(lambda x, grid: grid_sample(x, grid, mode, outside, align), x[:1, :1], grid[:1])


def test_rules_of_volumes():
    check_rule(grid_sample, *problem(3, 0.9))


@pytest.mark.parametrize("how", [("bicubic", "border", True), ("bilinear", "zeros", False), ("nearest", "zeros", True)])
def test_rules_of_the_transpose(how):
    _, grid = problem(2)
    v = np.random.default_rng(1).standard_normal((1, 1, *grid.shape[1:-1]))
    check_rule(_spread, v, grid[:1], image=(4, 3), how=how)


def test_one_pass_and_recorded_operations_give_the_same_gradients():
    x, grid = (tg.tensor(a, requires_grad=True) for a in problem(3))
    found = []
    for recorded in (False, True):
        with tg.tape():
            y = grid_sample(x, grid, "bilinear", "reflection").sum()
            found.append(tg.autograd.grad(y, (x, grid), create_graph=recorded))
    for plain, composed in zip(*found, strict=True):
        np.testing.assert_allclose(plain.numpy(), composed.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_the_grid_of_the_identity_reads_the_image_itself(mode):
    x, _ = problem(2)
    theta = np.tile(np.eye(2, 3), (2, 1, 1))
    for align in (True, False):
        y = grid_sample(x, affine_grid(theta, x.shape, align), mode, "border", align)
        np.testing.assert_allclose(y, x, atol=1e-12)


def test_an_affine_grid_is_a_map_of_pixel_centres():
    theta = np.random.default_rng(0).standard_normal((1, 3, 4))
    y = affine_grid(tg.tensor(theta), (1, 5, 2, 1, 4)).numpy()
    point = np.array([3 / 4, 0, -1 / 2, 1])  # x, y, z of the voxel at (0, 0, 3)
    np.testing.assert_allclose(y[0, 0, 0, 3], theta[0] @ point)
    check_rule(lambda t: affine_grid(t, (1, 5, 2, 1, 4), True), theta)


def test_points_far_away_read_zeros_and_no_point_reads_nothing():
    grid = tg.tensor([[[[1e30, 0.0], [nan, 0.0]]]])
    y = grid_sample(tg.ones(1, 1, 2, 2), grid)
    np.testing.assert_array_equal(y.numpy().reshape(-1), [0, nan])


@pytest.mark.parametrize(  # PyTorch 2.13
    ("outside", "expected"),
    [
        ("zeros", [4.503500000000001, 0.07525000000000229]),
        ("border", [4.449500000000009, 0.9932500000000022]),
        ("reflection", [4.449500000000009, 0.9325000000000021]),
    ],
)
def test_cubic_values_are_pytorchs(outside, expected):
    row, grid = np.array([[[[1.0, 2.0, 4.0, 8.0]]]]), np.array([[[[0.3, 0.0], [-1.2, 0.0]]]])
    np.testing.assert_allclose(grid_sample(row, grid, "bicubic", outside).reshape(-1), expected, 1e-13)


def test_modes_may_be_numbers():
    x, grid = problem(2)
    expected = grid_sample(x, grid, "bicubic", "border", True)
    np.testing.assert_array_equal(tg.grid_sampler_2d(x, grid, 2, 1, True), expected)


X, GRID = tg.ones(2, 1, 3, 3), tg.ones(2, 2, 2, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grid_sample(X, GRID, "cubic"), ValueError, r"\[grid_sample\] `mode` \(='cubic'\)"),
        (lambda: grid_sample(X, GRID, padding_mode="ones"), ValueError, r"`padding_mode` \(='ones'\)"),
        (lambda: grid_sample(X, GRID[:1]), RuntimeError, r"`grid` \(shape \(1, 2, 2, 2\)\) must be \(N, P, Q, 2\)"),
        (lambda: grid_sample(X, GRID.double()), RuntimeError, r"`grid` \(dtype float64\) must have the dtype"),
        (lambda: grid_sample(X[:, :, :0], GRID), RuntimeError, "must not have empty images"),
        (
            lambda: grid_sample(tg.ones(1, 1, 2, 2, 2), tg.ones(1, 1, 1, 1, 3), "bicubic"),
            RuntimeError,
            "must not be used for volumes",
        ),
        (lambda: affine_grid(tg.ones(2, 2, 3), (1, 1, 2, 2)), ValueError, r"\[affine_grid\] `theta`"),
        (lambda: affine_grid(tg.ones(2, 2, 3).long(), (2, 1, 2, 2)), ValueError, r"`theta` \(dtype int64\)"),
        (lambda: affine_grid(tg.ones(2, 2, 3), (2, 1, 0, 2)), ValueError, r"`size` \(=\(2, 1, 0, 2\)\)"),
    ],
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
