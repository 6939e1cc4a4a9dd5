"""Convolution: the Numba kernels against the reference, that against SciPy, the three readings against each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from tapegrad.kernels import (
    conv2d,
    conv2d_input_grad,
    conv2d_weight_grad,
    conv3d,
    conv3d_input_grad,
    conv3d_weight_grad,
)
from tapegrad.kernels.conv import _window
from tapegrad.kernels.ref import conv as ref
from tests.kernels.arrays import dot, floats, random, seeds

TOLERANCE = {np.dtype(np.float32): 2e-5, np.dtype(np.float64): 1e-13, np.dtype(np.float16): 2e-3}
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def problems(draw):
    """x, w, b and the settings of a convolution that fits."""
    seed, dtype, groups = draw(seeds), draw(floats), draw(st.integers(1, 3))
    size, stride, dilation = draw(pairs), draw(pairs), draw(pairs)
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    image = tuple(
        max(1, (r - 1) * d + 1 - 2 * p) + draw(st.integers(0, 40))
        for r, d, p in zip(size, dilation, padding, strict=True)
    )
    x = random(seed, (draw(st.integers(0, 3)), groups * draw(st.integers(1, 5)), *image), dtype)
    w = random(seed + 1, (groups * draw(st.integers(1, 14)), x.shape[1] // groups, *size), dtype)
    b = draw(st.sampled_from([None, random(seed + 2, w.shape[0], dtype)]))
    return x, w, b, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def close(a, b):
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    assert a.dtype == b.dtype and a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[a.dtype] * scale)


@given(problems())
def test_kernels_agree_with_the_reference(problem):
    x, w, b, how = problem
    window = _window("test", x.shape, w.shape, *how.values())
    y = conv2d(x, w, b, **how)
    g = random(7, y.shape, y.dtype)
    close(y, ref.conv2d(x, w, b, window, how["groups"]))
    close(conv2d_input_grad(g, w, x.shape, **how), ref.conv2d_input_grad(g, w, x.shape, window, how["groups"]))
    close(conv2d_weight_grad(g, x, w.shape, **how), ref.conv2d_weight_grad(g, x, w.shape, window, how["groups"]))


@given(problems(), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), st.integers(1, 3), st.integers(0, 6))
def test_volumes_are_convolved_as_the_reference_does(problem, frames, dilation, padding, stride, more):
    x, w, b, how = problem
    deep = max(1, (frames - 1) * dilation + 1 - 2 * padding) + more
    x = np.moveaxis(np.stack([x * (1 + i) for i in range(deep)]), 0, 2)
    w = np.moveaxis(np.stack([w * (2 - i) for i in range(frames)]), 0, 2)
    for name, first in (("stride", stride), ("padding", padding), ("dilation", dilation)):
        how[name] = (first, *how[name])
    window, groups = _window("test", x.shape, w.shape, *how.values(), rank=3), how["groups"]
    y = conv3d(x, w, b, **how)
    g = random(7, y.shape, y.dtype)
    close(y, ref.conv3d(x, w, b, window, groups))
    close(conv3d_input_grad(g, w, x.shape, **how), ref.conv3d_input_grad(g, w, x.shape, window, groups))
    close(conv3d_weight_grad(g, x, w.shape, **how), ref.conv3d_weight_grad(g, x, w.shape, window, groups))


@given(problems())
def test_the_three_readings_are_one_trilinear_form(problem):
    x, w, _, how = problem
    y = conv2d(x, w, **how)
    g = random(7, y.shape, y.dtype)
    form = dot(g, y)
    scale = TOLERANCE[x.dtype] * (1 + dot(np.abs(g), conv2d(np.abs(x), np.abs(w), **how)))
    assert abs(form - dot(conv2d_input_grad(g, w, x.shape, **how), x)) <= scale
    assert abs(form - dot(conv2d_weight_grad(g, x, w.shape, **how), w)) <= scale


@given(problems())
def test_the_reference_agrees_with_scipy(problem):
    x, w, _, how = problem
    (u, v), (d, e), padding = how["stride"], how["dilation"], how["padding"]
    dilated = np.zeros((*w.shape[:2], (w.shape[2] - 1) * d + 1, (w.shape[3] - 1) * e + 1))
    dilated[..., ::d, ::e] = w
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *((p, p) for p in padding)))
    filters, channels = w.shape[0] // how["groups"], w.shape[1]
    y = ref.conv2d(x, w, None, _window("test", x.shape, w.shape, *how.values()), how["groups"])
    for n, k in np.ndindex(y.shape[:2]):
        group = padded[n, k // filters * channels :][:channels]
        planes = [correlate2d(a, f, "valid")[::u, ::v] for a, f in zip(group, dilated[k], strict=True)]
        np.testing.assert_allclose(y[n, k], sum(planes), rtol=0, atol=1e-4 if x.dtype == np.float32 else 1e-12)


def test_same_padding_keeps_the_image_and_puts_the_odd_zero_last():
    x = np.arange(5.0).reshape(1, 1, 1, 5)
    w = np.ones((1, 1, 1, 2))
    assert conv2d(x, w, padding="same").ravel().tolist() == [1, 3, 5, 7, 4]
    assert conv2d(x, w, padding="valid").shape == (1, 1, 1, 4)


def test_float16_is_summed_in_float32():
    x = np.full((1, 2048, 1, 1), 1, np.float16)
    assert conv2d(x, np.ones((1, 2048, 1, 1), np.float16)).item() == 2048
    assert conv2d(x, np.ones((1, 2048, 1, 1), np.float16)).dtype == np.float16


def test_complex_filters_are_not_conjugated():
    x, w = np.full((1, 1, 1, 1), 1j), np.full((1, 1, 1, 1), 1j)
    assert conv2d(x, w).item() == -1


def test_nan_stays_where_it_belongs():
    x = np.zeros((1, 1, 5, 40), np.float32)
    x[0, 0, 2, 7] = np.nan
    y = conv2d(x, np.ones((3, 1, 1, 3), np.float32), padding=(0, 1))
    assert np.isnan(y[0, :, 2, 6:9]).all() and np.isnan(y).sum() == 9


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_empty_batches_and_channels_work(shape):
    w = np.ones((5, shape[1], 2, 2), np.float32)
    y = conv2d(np.ones(shape, np.float32), w, np.ones(5, np.float32))
    assert y.shape == (shape[0], 5, 3, 3) and (y == 1).all()
    assert conv2d_input_grad(y, w, shape).shape == shape
    assert not conv2d_weight_grad(y, np.ones(shape, np.float32), w.shape).any()


@pytest.mark.parametrize(
    ("x", "w", "how", "error", "match"),
    [
        ((1, 8, 4, 4), (6, 2, 1, 1), {"groups": 3}, ValueError, r"`groups` \(=3\) must divide `in_channels` \(=8\)"),
        ((1, 6, 4, 4), (8, 2, 1, 1), {"groups": 3}, ValueError, r"`groups` \(=3\) must divide `out_channels` \(=8\)"),
        ((1, 6, 4, 4), (8, 5, 1, 1), {}, ValueError, r"`w` \(shape \(8, 5, 1, 1\)\) must have 6 channels"),
        ((6, 4, 4), (8, 6, 1, 1), {}, ValueError, "`x` .* must be 4-D"),
        ((1, 6, 4, 4), (8, 6, 1), {}, ValueError, "`w` .* must be 4-D"),
        ((1, 1, 4, 4), (1, 1, 5, 5), {}, RuntimeError, r"kernel \(size \(5, 5\).* must not be larger .* \(4, 4\)"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"dilation": 2}, RuntimeError, "must not be larger"),
        ((1, 1, 4, 4), (1, 1, 0, 3), {}, ValueError, "at least one tap"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"stride": 0}, ValueError, r"`stride` \(=0\) must be at least 1"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": -1}, ValueError, r"`padding` \(=-1\) must be at least 0"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": 1.5}, TypeError, "`padding` .* must be an int or a pair"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": "full"}, ValueError, "`padding` .*'same', 'valid'"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": "same", "stride": 2}, ValueError, "must come with stride 1"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"stride": (1, 2, 3)}, ValueError, "`stride` .* an int or a pair"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"groups": 0}, ValueError, "`groups` .* positive"),
    ],
)
def test_what_does_not_fit_is_said(x, w, how, error, match):
    with pytest.raises(error, match=rf"\[conv2d\].*{match}"):
        conv2d(np.zeros(x), np.zeros(w), **how)


def test_dtypes_and_companions_are_checked():
    x, w = np.zeros((1, 1, 4, 4)), np.zeros((2, 1, 3, 3))
    with pytest.raises(TypeError, match=r"`w` \(dtype float32\) must have the dtype of `x`"):
        conv2d(x, w.astype(np.float32))
    with pytest.raises(TypeError, match="must be floating"):
        conv2d(x.astype(int), w.astype(int))
    with pytest.raises(ValueError, match=r"`b` .* one entry for each of the 2 filters"):
        conv2d(x, w, np.zeros(3))
    with pytest.raises(ValueError, match=r"\[conv2d_input_grad\] `g`"):
        conv2d_input_grad(np.zeros((1, 2, 3, 2)), w, x.shape)
    with pytest.raises(ValueError, match=r"\[conv2d_weight_grad\] `g`"):
        conv2d_weight_grad(np.zeros((2, 2, 2, 2)), x, w.shape)
