"""Pooling: the Numba kernels against the reference, the reference against windows cut out by NumPy."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from tapegrad import kernels
from tapegrad.kernels import (
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool2d,
    avg_pool2d_grad,
    max_pool2d,
    max_pool3d,
    put_plane,
    take_plane,
)
from tapegrad.kernels.pool import _window
from tapegrad.kernels.ref import pool as ref
from tests.kernels.arrays import FLOATS, dot, floats, layouts, random, seeds

small = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def problems(draw, dilated):
    """X with many ties, and the settings of a pooling that fits."""
    kernel, stride = draw(small), draw(st.none() | small)
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2))) if dilated else (1, 1)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(draw(st.integers(0, e // 2)) if d == 1 else 0 for e, d in zip(extents, dilation, strict=True))
    image = [e + draw(st.integers(0, 20)) for e in extents]
    x = np.random.default_rng(draw(seeds)).integers(-3, 3, (*draw(st.sampled_from([(), (3,), (2, 3)])), *image))
    how = {"kernel": kernel, "stride": stride, "padding": padding, "ceil_mode": draw(st.booleans())}
    return x.astype(draw(floats)), how | ({"dilation": dilation} if dilated else {})


def window_of(x, how):
    how = {"dilation": 1} | how
    names = ("kernel", "stride", "padding", "dilation", "ceil_mode")
    return _window("test", x, x.shape, *(how[name] for name in names))


@given(problems(dilated=True), st.sampled_from([0.0, np.nan, -np.inf, np.inf]))
def test_max_pool_agrees_with_the_reference(problem, special):
    x, how = problem
    x[x == -3] = special
    (y, winner), (expected, position) = max_pool2d(x, **how), ref.max_pool2d(x, window_of(x, how))
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(winner, position)
    np.testing.assert_array_equal(take_plane(x, winner), y)


@given(problems(dilated=False))
def test_max_pool_is_the_maximum_of_every_window_and_sends_ties_to_the_first(problem):
    x, how = problem
    window = window_of(x, how)
    (top, _), (left, _) = window.pads
    (p, q), (u, v), (r, s) = window.out, window.stride, window.size
    widths = [(0, 0)] * (x.ndim - 2) + [(top, top + r + u), (left, left + s + v)]
    cut = sliding_window_view(np.pad(x, widths, constant_values=-np.inf), (r, s), (-2, -1))[..., ::u, ::v, :, :]
    cut = cut[..., :p, :q, :, :]
    place = np.pad(np.arange(x.shape[-2] * x.shape[-1]).reshape(x.shape[-2:]), widths[-2:], constant_values=-1)
    places = sliding_window_view(place, (r, s))[::u, ::v][:p, :q].reshape(p, q, r * s)
    y, winner = max_pool2d(x, **how)
    np.testing.assert_array_equal(y, cut.max((-2, -1)))
    first = cut.reshape(*y.shape, r * s).argmax(-1)
    np.testing.assert_array_equal(winner, places[np.arange(p)[:, None], np.arange(q), first])


@given(problems(dilated=False), st.booleans(), st.sampled_from([None, 1, 5, -2]))
def test_avg_pool_agrees_with_the_reference(problem, count_include_pad, divisor):
    x, how = problem
    window = window_of(x, how)
    settings = how | {"count_include_pad": count_include_pad, "divisor_override": divisor}
    y = avg_pool2d(x, **settings)
    g = random(1, y.shape, y.dtype)
    np.testing.assert_array_equal(y, ref.avg_pool2d(x, window, count_include_pad, divisor))
    expected = ref.avg_pool2d_grad(g, x.shape, window, count_include_pad, divisor)
    np.testing.assert_allclose(avg_pool2d_grad(g, x.shape, **settings), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("kernel", "stride"), [((2, 40), (1, 7)), ((3, 40), 1), ((5, 90), 1), ((3, 3), 3)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_averages_of_wide_windows_agree_with_the_reference(kernel, stride, dtype):
    x = random(2, (3, 5, 90), dtype)
    window, g = window_of(x, {"kernel": kernel, "stride": stride, "padding": 0, "ceil_mode": False}), random(3, x.shape)
    y, tolerance = avg_pool2d(x, kernel, stride), 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, ref.avg_pool2d(x, window, True, None), rtol=0, atol=tolerance)
    g = g[:, : y.shape[1], : y.shape[2]].astype(dtype)
    expected = ref.avg_pool2d_grad(g, x.shape, window, True, None)
    np.testing.assert_allclose(avg_pool2d_grad(g, x.shape, kernel, stride), expected, rtol=0, atol=tolerance)


@given(problems(dilated=False), st.booleans())
def test_avg_pool_is_the_mean_of_every_window(problem, count_include_pad):
    x, how = problem
    how["ceil_mode"] = False
    window = window_of(x, how)
    (u, v), widths = window.stride, [(0, 0)] * (x.ndim - 2) + list(window.pads)
    cut = sliding_window_view(
        np.pad(x, widths, constant_values=0 if count_include_pad else np.nan), window.size, (-2, -1)
    )
    expected = np.nanmean(cut[..., ::u, ::v, :, :], (-2, -1))
    np.testing.assert_allclose(
        avg_pool2d(x, **how, count_include_pad=count_include_pad), expected, rtol=1e-5, atol=1e-6
    )


@given(problems(dilated=True), seeds)
def test_put_plane_is_the_transpose_of_take_plane(problem, seed):
    x, how = problem
    y, winner = max_pool2d(x, **how)
    g = random(seed, y.shape, y.dtype)
    np.testing.assert_allclose(put_plane(g, winner, x.shape), ref.put_plane(g, winner, x.shape), rtol=0, atol=1e-5)
    assert dot(g, y) == pytest.approx(dot(put_plane(g, winner, x.shape), x), rel=1e-4, abs=1e-3)


@given(problems(dilated=False), seeds, st.booleans())
def test_avg_pool_grad_is_the_transpose_of_avg_pool(problem, seed, count_include_pad):
    x, how = problem
    y = avg_pool2d(x, **how, count_include_pad=count_include_pad)
    g = random(seed, y.shape, y.dtype)
    gx = avg_pool2d_grad(g, x.shape, **how, count_include_pad=count_include_pad)
    assert dot(g, y) == pytest.approx(dot(gx, x), rel=1e-4, abs=1e-3)


def test_adaptive_windows_that_divide_the_image_are_those_of_max_pool():
    x = random(3, (2, 3, 6, 8))
    for a, b in zip(adaptive_max_pool2d(x, (3, 2)), max_pool2d(x, (2, 4)), strict=True):
        np.testing.assert_array_equal(a, b)


@st.composite
def volumes(draw):
    """X with many ties and some NaN, and the ranges of positions along each axis that its windows hold."""
    image = draw(st.tuples(st.integers(2, 6), st.integers(2, 6), st.integers(2, 6)))
    rng = np.random.default_rng(draw(seeds))
    x = rng.integers(-2, 2, (2, *image)).astype(draw(floats))
    x[rng.random(x.shape) < draw(st.sampled_from([0, 0.1]))] = np.nan
    if draw(st.booleans()):
        out = tuple(draw(st.integers(1, 4)) for _ in image)
        return x, adaptive_max_pool3d(x, out), [kernels.even_windows(n, k) for n, k in zip(image, out, strict=True)]
    size, stride = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    padding = draw(st.integers(0, size // 2))
    starts = [range(-padding, n + padding - size + 1, stride) for n in image]
    ranges = [[(max(a, 0), min(a + size, n)) for a in along] for along, n in zip(starts, image, strict=True)]
    return x, max_pool3d(x, size, stride, padding), ranges


@given(volumes())
def test_the_winner_of_a_volume_is_the_first_of_the_largest_or_the_last_nan(problem):
    x, (y, winner), ranges = problem
    places = np.arange(x[0].size).reshape(x[0].shape)
    for place in np.ndindex(*y.shape):
        cut = tuple(slice(*along[p]) for along, p in zip(ranges, place[1:], strict=True))
        values, positions = x[place[0]][cut].ravel(), places[cut].ravel()
        nan = np.flatnonzero(np.isnan(values))
        best = nan[-1] if nan.size else values.argmax()
        assert winner[place] == positions[best]
        np.testing.assert_array_equal(y[place], values[best])


def test_a_volume_one_frame_deep_is_pooled_as_an_image():
    x = random(4, (2, 1, 9, 7))
    (y, winner), (expected, place) = max_pool3d(x, (1, 3, 2), 2, (0, 1, 1)), max_pool2d(x, (3, 2), 2, 1)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(winner, place)


def test_nan_wins_and_of_several_the_last():
    x = np.array([[np.nan, 9.0], [1.0, np.nan]])
    y, winner = max_pool2d(x, 2)
    assert np.isnan(y).all() and winner.item() == 3


def test_a_window_of_minus_infinity_has_its_first_element_as_winner():
    y, winner = max_pool2d(np.full((4, 4), -np.inf), 3, 3, 1)
    assert (y == -np.inf).all() and winner.ravel().tolist() == [0, 2, 8, 10]


def test_ceil_mode_drops_a_window_that_would_start_beyond_the_image():
    # PyTorch: max_pool2d(zeros(1, 1, 5, 5), 1, 3, ceil_mode=True) and (2, 2, padding=1) have these shapes
    assert max_pool2d(np.zeros((5, 5)), 1, 3, ceil_mode=True)[0].shape == (2, 2)
    assert max_pool2d(np.zeros((5, 5)), 2, 2, 1, ceil_mode=True)[0].shape == (3, 3)
    assert max_pool2d(np.zeros((6, 6)), 3, 2, ceil_mode=True)[0].shape == (3, 3)


@pytest.mark.parametrize("dtype", FLOATS)
def test_any_layout_and_any_number_of_threads_give_the_same_answer(dtype):
    x = random(1, (40, 30, 33, 35), dtype)
    answers = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        y, winner = max_pool2d(x, 3, 2, 1)
        averages = avg_pool2d(x, 3, 2, 1), avg_pool2d_grad(y, x.shape, 3, 2, 1)
        answers.append((y, winner, put_plane(y, winner, x.shape), *averages, *adaptive_max_pool2d(x, (7, 9))))
    for alone, together in zip(*answers, strict=True):
        assert np.array_equal(alone, together)
    x = x[:2, :2]
    y, winner = max_pool2d(x, 3, 2, 1)
    for a in layouts(x):
        assert np.array_equal(max_pool2d(a, 3, 2, 1)[1], winner)
        assert np.array_equal(avg_pool2d(a, 2), avg_pool2d(x, 2))
    for g, position in zip(layouts(y), layouts(winner), strict=True):
        assert np.array_equal(put_plane(g, position, x.shape), put_plane(y, winner, x.shape))
        assert np.array_equal(take_plane(x, position), y)


def test_other_dtypes_are_served():
    y, winner = max_pool2d(np.arange(16).reshape(4, 4), 2)
    assert y.tolist() == [[5, 7], [13, 15]] and winner.tolist() == [[5, 7], [13, 15]] and y.dtype == int
    half = avg_pool2d(np.full((1, 100, 100), 2000, np.float16), 100)
    assert half.item() == 2000 and half.dtype == np.float16


def test_empty_batches_work():
    y, winner = max_pool2d(np.zeros((0, 3, 4, 4), np.float32), 2)
    assert y.shape == winner.shape == (0, 3, 2, 2)
    assert put_plane(y, winner, (0, 3, 4, 4)).shape == (0, 3, 4, 4)
    assert avg_pool2d_grad(y, (0, 3, 4, 4), 2).shape == (0, 3, 4, 4)


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
@pytest.mark.parametrize(
    ("shape", "how", "error", "match"),
    [
        ((4,), {"kernel": 2}, ValueError, "at least two dimensions"),
        ((4, 4), {"kernel": 0}, ValueError, r"`kernel` \(=0\) must be at least 1"),
        ((4, 4), {"kernel": 2, "stride": 0}, ValueError, r"`stride` \(=0\) must be at least 1"),
        ((4, 4), {"kernel": 2, "padding": -1}, ValueError, r"`padding` \(=-1\) must be at least 0"),
        ((4, 4), {"kernel": "2"}, TypeError, "`kernel` .* must be an int or a pair"),
        ((4, 4), {"kernel": 3, "padding": 2}, RuntimeError, r"`padding` \(=2\) must be at most half"),
        ((4, 4), {"kernel": 5}, RuntimeError, r"window \(length 5\) must not be larger"),
        ((0, 4), {"kernel": 2, "padding": 1}, RuntimeError, "must not be larger"),
    ],
)
def test_what_does_not_fit_is_said(pool, shape, how, error, match):
    with pytest.raises(error, match=rf"\[{pool.__name__}\].*{match}"):
        pool(np.zeros(shape), **how)


def test_companions_are_checked():
    x = np.zeros((2, 4, 4))
    _, winner = max_pool2d(x, 2)
    with pytest.raises(RuntimeError, match="must leave every window an element"):
        max_pool2d(np.zeros((3, 3)), 2, 1, 5, 10)
    with pytest.raises(TypeError, match="must be real"):
        max_pool2d(np.zeros((4, 4), complex), 2)
    with pytest.raises(TypeError, match="must be floating"):
        avg_pool2d(np.zeros((4, 4), int), 2)
    with pytest.raises(ValueError, match=r"`divisor_override` .* must not be zero"):
        avg_pool2d(x, 2, divisor_override=0)
    with pytest.raises(ValueError, match=r"\[avg_pool2d_grad\] `g`"):
        avg_pool2d_grad(x, x.shape, 2)
    with pytest.raises(ValueError, match=r"\[put_plane\] `g`"):
        put_plane(x, winner, x.shape)
    with pytest.raises(ValueError, match="leading axes"):
        take_plane(x[0], winner)
    with pytest.raises(TypeError, match="must be int64"):
        take_plane(x, winner.astype(np.int32))
    for wrong in (-1, 16):
        with pytest.raises(IndexError, match=r"\[take_plane\] `winner` must lie in 0 … 15"):
            take_plane(x, np.full_like(winner, wrong))
        with pytest.raises(IndexError, match=r"\[put_plane\] `winner` must lie in 0 … 15"):
            put_plane(x[:, :2, :2], np.full_like(winner, wrong), x.shape)
