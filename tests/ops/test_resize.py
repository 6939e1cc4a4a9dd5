"""Resized images: SciPy and NumPy along one axis, rules, PyTorch's values and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tapegrad as tg
from tapegrad.ops.resize import interpolate, upsample, upsample_bilinear, upsample_nearest
from tapegrad.testing import check_rule

ROW = np.array([[[1.0, 2.0, 4.0, 8.0]]])
MODES = {
    1: ["nearest", "nearest-exact", "linear", "area"],
    2: ["nearest", "bilinear", "bicubic", "area"],
    3: ["nearest-exact", "trilinear", "area"],
}

# PyTorch 2.13, on the row 1 2 4 8
VALUES = [
    ({"size": 3, "mode": "nearest"}, [1, 2, 4]),
    ({"size": 3, "mode": "nearest-exact"}, [1, 4, 8]),
    ({"size": 3, "mode": "area"}, [1.5, 3, 6]),
    ({"scale_factor": 1.7, "mode": "nearest"}, [1, 1, 2, 2, 4, 4]),
]


def image(axes):
    return np.random.default_rng(0).standard_normal((1, 2, *(4, 3, 2)[:axes]))


@pytest.mark.parametrize(("settings", "expected"), VALUES)
def test_values_are_pytorchs(settings, expected):
    np.testing.assert_allclose(interpolate(tg.tensor(ROW), **settings)[0, 0].numpy(), expected)


@given(st.integers(1, 9), st.booleans())
def test_linear_modes_are_linear_interpolation_of_each_axis(size, align):
    x = np.linspace(0, 3, size) if align and size > 1 else (np.arange(size) + 0.5) * (0 if align else 4 / size) - 0.5
    expected = np.interp(x, np.arange(4), ROW[0, 0])
    y = interpolate(tg.tensor(ROW), size, mode="linear", align_corners=align)
    np.testing.assert_allclose(y[0, 0].numpy(), expected)
    square = ROW[..., None] * ROW[:, :, None]
    y = interpolate(square, (size, 4), mode="bilinear", align_corners=align)
    np.testing.assert_allclose(y[0, 0], np.multiply.outer(expected, ROW[0, 0]))


CUBIC = [
    ({"size": (1, 3)}, [1.1087962962962976, 2.71875, 7.460648148148149]),
    ({"size": (1, 3), "align_corners": True}, [1, 2.71875, 8]),
    (
        {"scale_factor": (1, 1.7)},
        [0.9026244148178306, 1.2330169957256256, 1.9357444534907402, 2.8004083553836754, 4.660174536942806,
         7.11005241196825],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "expected"), CUBIC)
def test_cubic_values_are_pytorchs(settings, expected):
    y = interpolate(tg.tensor(ROW[None], dtype=tg.float64), mode="bicubic", **settings)
    np.testing.assert_allclose(y.numpy().reshape(-1), expected, 1e-14)


@pytest.mark.parametrize(("axes", "mode"), [(axes, mode) for axes, modes in MODES.items() for mode in modes])
@given(st.sampled_from([{"size": 3}, {"scale_factor": 1.7}, {"scale_factor": 2.0, "recompute_scale_factor": True}]))
def test_rules(axes, mode, how):
    aligned = [None, True] if mode in ("linear", "bilinear", "bicubic", "trilinear") else [None]
    for align in aligned:
        check_rule(lambda x, a=align: interpolate(x, mode=mode, align_corners=a, **how), image(axes)[:, :1])


@pytest.mark.parametrize("size", [(3, 5), (1, 1), (7, 20), (20, 4)])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_averages_over_what_a_pixel_covers_are_pillows(size, mode):
    x = np.random.default_rng(0).standard_normal((9, 13)).astype(np.float32)
    expected = Image.fromarray(x).resize(size[::-1], Image.Resampling[mode.upper()])
    y = interpolate(x[None, None], size, mode=mode, antialias=True)
    np.testing.assert_allclose(y[0, 0], np.asarray(expected), atol=1e-5)


def test_older_names_are_modes():
    x = image(2)
    np.testing.assert_array_equal(upsample_nearest(x, scale_factor=2), x.repeat(2, 2).repeat(2, 3))
    np.testing.assert_array_equal(upsample_bilinear(x, 5), upsample(x, 5, None, "bilinear", True))


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, ValueError, r"one of `size` \(=None\) and `scale_factor` \(=None\) must be given"),
        ({"size": 2, "scale_factor": 2}, ValueError, "and not both"),
        ({"size": (2, 2, 2)}, ValueError, r"`size` \(=\(2, 2, 2\)\) must have one number for each of the 2 axes"),
        ({"size": 2, "mode": "linear"}, NotImplementedError, r"`mode` \(='linear'\)"),
        ({"size": 2, "mode": "lanczos"}, NotImplementedError, r"`mode` \(='lanczos'\)"),
        ({"size": 2, "antialias": True}, ValueError, r"`antialias` \(=True\) must be False for mode 'nearest'"),
        ({"size": 2, "align_corners": True}, ValueError, r"`align_corners` \(=True\) must be None for mode 'nearest'"),
        ({"size": 2, "recompute_scale_factor": True}, ValueError, r"`recompute_scale_factor` \(=True\) must go with"),
        ({"size": 0}, RuntimeError, r"the new size \(0, 0\) must not be empty"),
    ],
)
def test_misuse_is_named(settings, error, message):
    with pytest.raises(error, match=r"\[interpolate\] .*" + message):
        interpolate(tg.ones(1, 1, 2, 2), **settings)
