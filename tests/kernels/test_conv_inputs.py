"""What convolution takes: any strides, any floats, nothing at all, and NaN, which stays where it belongs."""

import numpy as np
import pytest

from tapegrad.kernels import conv2d, conv2d_input_grad, conv2d_weight_grad, conv3d
from tests.kernels import conv_paths
from tests.kernels.arrays import FLOATS, layouts, random
from tests.kernels.conv_paths import PATHS, answers, operands, oracle

X, W, B, G = range(4)
SETTINGS = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}


def three(x, w, g, **how):
    """Return all three readings."""
    return conv2d(x, w, **how), conv2d_input_grad(g, w, x.shape, **how), conv2d_weight_grad(g, x, w.shape, **how)


def problem(dtype, draw=random):
    x, w = draw(1, (3, 4, 9, 8), dtype), draw(2, (6, 2, 3, 2), dtype)
    return x, w, draw(3, conv2d(x, w, **SETTINGS).shape, dtype)


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_gives_the_same_bits(dtype):
    x, w, g = problem(dtype)
    expected = three(x, w, g, **SETTINGS)
    for arrays in zip(layouts(x), layouts(w), layouts(g), strict=True):
        for answer, right in zip(three(*arrays, **SETTINGS), expected, strict=True):
            assert np.array_equal(answer, right) and answer.dtype == dtype and answer.dtype.isnative


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("axis", range(4))
def test_a_stride_of_zero_is_a_repeated_number(axis, dtype):
    x, w, g = (np.broadcast_to(a.take([0], axis), a.shape) for a in problem(dtype))
    assert x.strides[axis] == w.strides[axis] == g.strides[axis] == 0
    for answer, right in zip(three(x, w, g, **SETTINGS), three(x.copy(), w.copy(), g.copy(), **SETTINGS), strict=True):
        assert np.array_equal(answer, right)


@pytest.mark.parametrize("dtype", "egFDG")
def test_other_floats_are_summed_as_wide_as_they_are(dtype):
    wide = np.promote_types(dtype, np.complex128)

    def draw(seed, shape, dtype):
        return (random(seed, shape) + 1j * random(seed + 9, shape) * (np.dtype(dtype).kind == "c")).astype(dtype)

    with np.errstate(all="raise"):
        arrays = problem(np.complex64, draw) if dtype in "FDG" else problem(np.float32)
        arrays = tuple(a.astype(dtype) for a in arrays)
        found, right = three(*arrays, **SETTINGS), three(*(a.astype(wide) for a in arrays), **SETTINGS)
        for answer, exact in zip(found, right, strict=True):
            assert answer.dtype == dtype
            np.testing.assert_allclose(answer, exact, rtol=0, atol=400 * np.finfo(dtype).eps)


def test_what_has_no_axes_is_refused_in_words():
    w, scalar = np.ones((1, 1, 1, 1)), np.float64(1.0)
    for x in (np.array(1.0), scalar):
        with pytest.raises(ValueError, match=r"\[conv2d\] `x` \(shape \(\)\) must be 4-D"):
            conv2d(x, w)
    with pytest.raises(ValueError, match=r"\[conv2d_weight_grad\] `w` \(shape \(\)\) must be 4-D"):
        conv2d_weight_grad(w, w, ())
    with pytest.raises(ValueError, match=r"\[conv2d_input_grad\] `g`"):
        conv2d_input_grad(np.array(1.0), w, (1, 1, 1, 1))


@pytest.mark.parametrize("dtype", "efdgD")
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "out"),
    [
        ((0, 3, 4, 4), (5, 3, 2, 2), (0, 5, 7, 7)),  # no images
        ((2, 0, 4, 4), (5, 0, 2, 2), (2, 5, 7, 7)),  # no channels
        ((2, 3, 4, 4), (0, 3, 2, 2), (2, 0, 7, 7)),  # no filters
        ((2, 3, 0, 4), (5, 3, 2, 2), (2, 5, 3, 7)),  # nothing but padding
    ],
)
def test_of_nothing_the_sum_is_zero(x_shape, w_shape, out, dtype):
    x, w, b = np.ones(x_shape, dtype), np.ones(w_shape, dtype), np.ones(w_shape[0], dtype)
    y = conv2d(x, w, b, padding=2)
    assert y.shape == out and y.dtype == dtype and (y == 1).all()
    gx, gw = conv2d_input_grad(y, w, x_shape, padding=2), conv2d_weight_grad(y, x, w_shape, padding=2)
    assert gx.shape == x_shape and gw.shape == w_shape and not gx.any() and not gw.any()


def test_the_gradient_of_an_image_that_no_tap_reaches_is_zero():
    g, w = np.ones((2, 4, 2, 4), np.float32), np.ones((4, 3, 1, 1), np.float32)
    gx = conv2d_input_grad(g, w, (2, 3, 1, 5), stride=2, padding=1)
    assert gx.shape == (2, 3, 1, 5) and not gx.any()


@pytest.mark.parametrize(("convolve", "rank"), [(conv2d, 2), (conv3d, 3)])
def test_a_kernel_larger_than_the_padded_image_is_refused(convolve, rank):
    w = np.ones((1, 1, *(5,) * rank), np.float32)
    assert convolve(np.ones((1, 1, *(3,) * rank), np.float32), w, padding=1).shape == (1, 1, *(1,) * rank)
    for size, dilation in ((2, 1), (4, 2), (0, 1)):
        with pytest.raises(RuntimeError, match=r"kernel \(size .* must not be larger than the padded input"):
            convolve(np.ones((1, 1, *(size,) * rank), np.float32), w, padding=1, dilation=dilation)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_the_sums_it_belongs_to(path, special, monkeypatch):
    readings = {X: (0, 2), G: (1, 2)}  # of each array that has a special number, the readings that see it
    for which, seen in readings.items():
        arrays = operands(path, np.float32, random)
        spot = tuple(n // 2 for n in arrays[which].shape)
        arrays[which][spot] = special
        ones = [np.ones(a.shape) for a in arrays]
        ones[B][...] = 0
        ones[which][...] = 0
        ones[which][spot] = 1
        monkeypatch.setattr(conv_paths, "operands", lambda *_, arrays=arrays: arrays)
        found, touched = answers(path, np.float32), oracle(path, *ones)
        for reading in seen:
            np.testing.assert_array_equal(~np.isfinite(found[reading]), touched[reading] > 0)
        monkeypatch.undo()
