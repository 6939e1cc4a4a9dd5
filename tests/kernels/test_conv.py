"""Convolution: the Numba kernels against the reference, that against SciPy, the three readings against each other."""

import threading
import tracemalloc

import numba
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
from tapegrad.kernels.cpu import _simd
from tapegrad.kernels.ref import conv as ref
from tests.kernels.arrays import FLOATS, dot, floats, layouts, random, seeds

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


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "how"),
    [
        ((5, 3, 37, 41), (30, 3, 5, 5), {"padding": 2}),  # ragged tiles everywhere
        ((2, 600, 9, 9), (17, 600, 3, 3), {"padding": "same"}),  # several chunks of channels
        ((3, 20, 12, 12), (1100, 20, 1, 1), {}),  # filters deeper than one panel of g
        ((2, 12, 30, 30), (12, 1, 3, 3), {"groups": 12, "stride": 2, "padding": 1}),  # depthwise
        ((64, 1, 28, 28), (10, 1, 5, 5), {}),  # LeNet
        ((37, 70, 5, 4), (30, 70, 3, 3), {"padding": 1}),  # the batch as the vector, in several blocks
        ((2, 9, 23, 31), (15, 3, 3, 2), {"groups": 3, "stride": (2, 3), "dilation": (1, 2), "padding": (1, 0)}),
        ((4, 64, 28, 28), (128, 64, 1, 1), {"stride": 2}),
    ],
)
def test_large_problems_are_blocked_rightly_and_equal_for_any_number_of_threads(x_shape, w_shape, how, dtype):
    x, w = random(1, x_shape, dtype), random(2, w_shape, dtype)
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | how
    window, groups = _window("test", x_shape, w_shape, *settings.values()), settings["groups"]
    g = random(3, (x_shape[0], w_shape[0], *window.out), dtype)
    answers = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        answers.append(
            (conv2d(x, w, **how), conv2d_input_grad(g, w, x_shape, **how), conv2d_weight_grad(g, x, w_shape, **how))
        )
    for alone, together in zip(*answers, strict=True):
        assert np.array_equal(alone, together)
    for answer, expected in zip(
        answers[0],
        (
            ref.conv2d(x, w, None, window, groups),
            ref.conv2d_input_grad(g, w, x_shape, window, groups),
            ref.conv2d_weight_grad(g, x, w_shape, window, groups),
        ),
        strict=True,
    ):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(answer / scale, expected / scale, rtol=0, atol=TOLERANCE[np.dtype(dtype)])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "how"),
    [
        ((256, 64, 16, 16), (64, 64, 3, 3), {"padding": 1}),  # the batch as the vector
        ((256, 3, 64, 64), (16, 3, 7, 7), {"padding": 3, "stride": 2}),
        ((40, 256, 14, 14), (256, 256, 3, 3), {"stride": 2, "padding": 1}),
        ((8, 512, 7, 7), (512, 512, 3, 3), {"padding": 1}),
    ],
)
def test_workspace_stays_below_4_mb_a_thread(x_shape, w_shape, how, dtype):
    x, w = np.ones(x_shape, dtype), np.ones(w_shape, dtype)
    y = conv2d(x, w, **how)

    taken = []

    def measure(compute):  # in a thread of its own: workspace is kept for a thread's next call
        numba.set_num_threads(1)
        tracemalloc.start()
        result = compute()
        taken.append(tracemalloc.get_traced_memory()[1] - result.nbytes)
        tracemalloc.stop()

    for compute in (
        lambda: conv2d(x, w, **how),
        lambda: conv2d_input_grad(y, w, x_shape, **how),
        lambda: conv2d_weight_grad(y, x, w_shape, **how),
    ):
        thread = threading.Thread(target=measure, args=[compute])
        thread.start()
        thread.join()
    assert len(taken) == 3 and max(taken) <= 4 << 20, taken


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_gives_the_same_answer(dtype):
    x, w = random(1, (2, 3, 8, 9), dtype), random(2, (4, 3, 3, 2), dtype)
    y = conv2d(x, w)
    g = random(3, y.shape, dtype)
    gx, gw = conv2d_input_grad(g, w, x.shape), conv2d_weight_grad(g, x, w.shape)
    for a, f, c in zip(layouts(x), layouts(w), layouts(g), strict=True):
        assert np.array_equal(conv2d(a, f), y)
        assert np.array_equal(conv2d_input_grad(c, f, x.shape), gx)
        assert np.array_equal(conv2d_weight_grad(c, a, w.shape), gw)


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


def test_tiles_fit_the_registers():
    assert _simd.PANEL == 2 * _simd.VECTOR
    assert 2 * _simd.MR + 3 <= (32 if _simd.VECTOR == 64 else 16)
