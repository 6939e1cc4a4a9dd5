"""Pooling on the device against the reference, which it repeats to the last bit."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import kernels, tape
from tapegrad.kernels.cuda import pool
from tapegrad.kernels.cuda._array import DeviceArray

WINDOWS = [
    {"kernel": 2},
    {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    {"kernel": (2, 3), "stride": (1, 2), "padding": (1, 0)},
]
DILATED = [*WINDOWS, {"kernel": 2, "stride": 3, "dilation": (3, 2)}]
RNG = np.random.default_rng(0)


def on_device(f, *args, **how):
    """The answers of f for arrays on the device, brought back."""
    answers = f(*(DeviceArray.from_host(a) if isinstance(a, np.ndarray) else a for a in args), **how)
    answers = answers if isinstance(answers, tuple) else (answers,)
    return [y.to_host() for y in answers]


def same(f, *args, **how):
    wanted = f(*args, **how)
    for a, b in zip(on_device(f, *args, **how), wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def ties(dtype, shape=(2, 5, 6)):
    x = RNG.integers(-2, 3, shape).astype(dtype)
    if x.dtype.kind == "f":
        x.flat[[1, 2, -2, -1]] = np.nan, np.inf, np.nan, -np.inf
    return x


@pytest.mark.parametrize("how", DILATED)
def test_the_largest_and_its_place_are_the_references(how):
    same(kernels.max_pool2d, ties(np.float32), **how)


@pytest.mark.parametrize("dtype", "?bBhHiIlLed")
def test_every_real_dtype_is_searched_read_and_added(dtype):
    x = ties(dtype, (5, 4))
    _, winner = kernels.max_pool2d(x, 3, 1)
    same(kernels.max_pool2d, x, 3, 1)
    same(kernels.take_plane, x, winner)
    same(kernels.put_plane, np.abs(ties(dtype, winner.shape)), winner, x.shape)


def test_views_and_nothing_are_pooled():
    x = DeviceArray.from_host(ties(np.float64, (2, 6, 5, 3)))
    y, winner = kernels.max_pool2d(x.transpose(3, 0, 2, 1)[1:, :, ::-1], 2)
    wanted, place = kernels.max_pool2d(x.to_host().transpose(3, 0, 2, 1)[1:, :, ::-1], 2)
    np.testing.assert_array_equal(y.to_host(), wanted)
    np.testing.assert_array_equal(winner.to_host(), place)
    same(kernels.max_pool2d, np.ones((0, 3, 4)), 2)
    same(kernels.put_plane, np.ones((2, 0, 3)), np.ones((2, 0, 3), int), (2, 2, 2))
    same(kernels.avg_pool2d, np.ones((0, 3, 4)), 2)


@pytest.mark.parametrize("out", [(1, 1), (2, 3), (5, 6), (7, 2)])
def test_windows_given_one_by_one_are_searched(out):
    same(kernels.adaptive_max_pool2d, ties(np.float32), out)


def test_volumes_are_searched_frame_by_frame():
    same(kernels.max_pool3d, ties(np.float32, (2, 3, 4, 4)), 2, 1)


@pytest.mark.parametrize("many", [1, pool.CHUNK, 3 * pool.CHUNK + 1])
def test_elements_of_one_place_are_added_in_order(many):
    g = RNG.normal(size=(2, 1, many)).astype(np.float32)
    for places in (1, 2, 50):
        winner = RNG.integers(0, places, g.shape)
        winner[0, 0, 0] = 49  # another position of the same slot, if there are so few
        same(kernels.put_plane, g, winner, (2, 5, 10))


@pytest.mark.parametrize("dtype", "?eld")
def test_long_planes_are_added_up_by_sorting(dtype):
    g = RNG.integers(0, 3, (2, 1, pool.LONG + 3)).astype(dtype)
    same(kernels.put_plane, g, RNG.integers(0, 9, g.shape), (2, 3, 3))


@pytest.mark.parametrize("f", [kernels.take_plane, lambda x, w: kernels.put_plane(x, w, (2, 2))])
@pytest.mark.parametrize("place", [-1, 4])
def test_a_place_that_does_not_exist_is_said(f, place):
    x, winner = np.ones((2, 2), np.float32), np.array([[0, 1], [place, 2]])
    with pytest.raises(IndexError, match=r"_plane\] `winner` must lie in 0 … 3"):
        on_device(f, x, winner)


def test_winners_of_a_search_are_not_looked_through(monkeypatch):
    monkeypatch.setattr(pool, "looking", None)
    x = tg.tensor(ties(np.float32), device="cuda", requires_grad=True)
    with tape():
        y = tg.nn.functional.max_pool2d(x, 3, 2, 1)
    y.backward(tg.ones(y.shape, device="cuda"))
    assert x.grad.sum().item() == 2 * 3 * 3


@pytest.mark.parametrize("dtype", "efd")
@pytest.mark.parametrize("how", WINDOWS)
def test_averages_and_their_gradients_are_the_references(how, dtype):
    x, eps = RNG.normal(size=(2, 5, 6)).astype(dtype), np.finfo(dtype).eps
    for rest in ({}, {"count_include_pad": False}, {"divisor_override": -3}):
        y = kernels.ref.pool.avg_pool2d(x, *_settings(x, how, rest))
        np.testing.assert_allclose(on_device(kernels.avg_pool2d, x, **how, **rest)[0], y, rtol=eps)
        gx = kernels.ref.pool.avg_pool2d_grad(y, x.shape, *_settings(x, how, rest))
        found = on_device(kernels.avg_pool2d_grad, y, x.shape, **how, **rest)[0]
        assert found.dtype == gx.dtype
        np.testing.assert_allclose(found, gx, rtol=eps)


def _settings(x, how, rest):
    how = {"stride": None, "padding": 0, "ceil_mode": False} | how
    window = kernels.pool._window("test", x, x.shape, how["kernel"], how["stride"], how["padding"], 1, how["ceil_mode"])
    return window, rest.get("count_include_pad", True), rest.get("divisor_override")


def test_gradients_come_through_the_tape():
    x = RNG.normal(size=(1, 2, 5, 6))
    grads = []
    for device in ("cpu", "cuda"):
        t = tg.tensor(x, device=device, requires_grad=True)
        with tape():
            a, b = tg.nn.functional.max_pool2d(t, 3, 1), tg.nn.functional.avg_pool2d(t, 2, 1, 1)
            y = (a * a).sum() + (b * b).sum()
        y.backward()
        grads.append(t.grad.cpu().numpy())
    np.testing.assert_allclose(grads[1], grads[0], rtol=1e-12)
