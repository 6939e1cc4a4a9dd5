"""Strides and windows: against NumPy's own, and against their transposes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels._window import fit
from tests.kernels.arrays import dot, layouts, random

X = random(0, (4, 6))
READINGS = [((3, 3), (1, 2), 4), ((2, 5), (0, 3), 1), ((), (), 23), ((4, 0), (1, 1), 99), ((2, 3), (12, 4), 0)]


@pytest.mark.parametrize(("shape", "steps", "offset"), READINGS)
def test_strides_read_in_c_order_and_add_back(shape, steps, offset):
    bytes_apart = tuple(8 * s for s in steps)
    wanted = np.lib.stride_tricks.as_strided(X.ravel()[offset:], shape, bytes_apart)
    for a in layouts(X):
        np.testing.assert_array_equal(kernels.as_strided(a, shape, steps, offset), wanted)
    g = random(1, shape)
    back = kernels.add_strided(X.shape, g, steps, offset)
    assert back.shape == X.shape and np.isclose(dot(back, X), dot(g, wanted))


@given(st.integers(0, 6), st.integers(1, 7), st.sampled_from([0, 1, -1]))
def test_windows_are_numpys_and_add_back(size, step, axis):
    size = min(size, X.shape[axis])
    for a in layouts(X):
        y = kernels.windows(a, axis, size, step)
        if size:
            every = np.lib.stride_tricks.sliding_window_view(X, size, axis)
            np.testing.assert_array_equal(y, np.moveaxis(np.moveaxis(every, axis % 2, 0)[::step], 0, axis % 2))
        back = kernels.add_windows(X.shape, np.ascontiguousarray(y), axis, step)
        assert np.isclose(dot(back, X), dot(y, y))


def test_only_what_is_read_once_can_be_written():
    x = X.copy()
    apart, twice = kernels.windows(x, 1, 2, 2), kernels.windows(x, 1, 2, 1)
    assert apart.flags.writeable and not twice.flags.writeable
    assert np.shares_memory(twice, x) and np.shares_memory(kernels.windows(x[::-1, ::-2], 1, 2, 1), x)
    assert kernels.as_strided(x, (2, 2), (6, 1), 0).flags.writeable
    assert not kernels.as_strided(x, (3,), (0,), 0).flags.writeable
    x.flags.writeable = False
    assert not kernels.windows(x, 1, 2, 2).flags.writeable


def test_half_precision_adds_in_single():
    y = kernels.add_windows((3,), np.full((1, 3), 0.1, np.float16), 0, 1)
    assert y.dtype == np.float16 and kernels.add_strided((1,), np.ones(4096, np.float16), (0,), 0)[0] == 4096


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernels.as_strided(X, (5,), (6,), 0),
        lambda: kernels.as_strided(X, (5,), (1, 1), 0),
        lambda: kernels.as_strided(X, (5,), (-1,), 9),
        lambda: kernels.windows(X, 0, 5, 1),
    ],
)
def test_what_does_not_exist_is_not_read(call):
    with pytest.raises(ValueError, match=r"\[(as_strided|windows)\] `"):
        call()


@st.composite
def columned(draw):
    image = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    size, stride, dilation, pad = (
        draw(st.tuples(st.integers(low, 3), st.integers(low, 3))) for low in (1, 1, 1, 0)
    )
    try:
        return fit("columns", image, size, stride, tuple((n, n) for n in pad), dilation)
    except RuntimeError:
        return fit("columns", image, (1, 1), stride, tuple((n, n) for n in pad), dilation)


@given(columned())
def test_columns_are_windows_and_adding_them_is_the_transpose(window):
    x = random(0, (2, 3, *window.image))
    padded = np.pad(x, ((0, 0), (0, 0), *window.pads))
    reach = [(k - 1) * d + 1 for k, d in zip(window.size, window.dilation, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(padded, reach, (2, 3))
    (u, v), (d, e) = window.stride, window.dilation
    expected = view[:, :, ::u, ::v, ::d, ::e].transpose(0, 1, 4, 5, 2, 3)  # (N, C, R, S, P, Q)
    y = kernels.columns(x, window)
    np.testing.assert_array_equal(y, expected.reshape(y.shape))
    g = random(1, y.shape)
    assert dot(kernels.add_columns(g, window), x) == pytest.approx(dot(g, y))


def test_columns_in_any_layout_and_their_misuse():
    window = fit("columns", (5, 6), (3, 2), (2, 1), ((1, 1), (0, 0)), (1, 2))
    x = random(0, (2, 2, 5, 6), np.float32)
    y = kernels.columns(x, window)
    for lying, tall in zip(layouts(x), layouts(y), strict=True):
        np.testing.assert_array_equal(kernels.columns(lying, window), y)
        np.testing.assert_array_equal(kernels.add_columns(tall, window), kernels.add_columns(y, window))
    with pytest.raises(ValueError, match=r"\[columns\] `x` \(shape \(2, 2, 5, 5\)\) must be \(N, C, 5, 6\)"):
        kernels.columns(x[..., :5], window)
    with pytest.raises(ValueError, match=r"\[add_columns\] `g`"):
        kernels.add_columns(y[:, :5], window)
