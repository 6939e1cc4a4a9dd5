"""Convolutions on the device against those of NumPy, with tiles of a few elements: many tiles, edges, shares."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import kernels, tape
from tapegrad.kernels.conv import _window
from tapegrad.kernels.cuda import DeviceArray, _conv, _operands, _shares
from tapegrad.kernels.ref import conv as ref

PROBLEMS = [
    ((2, 3, 5, 4), (4, 3, 3, 3), {"padding": 1}),
    ((1, 2, 7, 6), (3, 2, 3, 2), {"stride": 2, "padding": 1}),
    ((2, 4, 4, 5), (6, 2, 2, 3), {"groups": 2, "stride": (2, 1), "padding": (1, 0)}),
    ((1, 2, 9, 7), (2, 2, 3, 3), {"stride": (3, 2), "dilation": (2, 3), "padding": 3}),
    ((1, 2, 4, 4), (4, 2, 1, 1), {"stride": 2}),
    ((1, 2, 1, 9), (2, 2, 1, 4), {"padding": "same"}),
    ((2, 3, 5, 6), (3, 1, 3, 3), {"groups": 3, "padding": 1}),
    ((1, 2, 5, 6), (4, 1, 3, 2), {"groups": 2, "stride": 2, "padding": 1, "dilation": (1, 2)}),
    ((1, 2, 3, 4, 3), (2, 2, 2, 2, 1), {"stride": (2, 1, 1), "padding": (1, 0, 1)}),
    ((1, 2, 3, 2, 3), (2, 1, 2, 2, 2), {"groups": 2, "padding": 1}),
    ((2, 4, 2, 8), (6, 2, 1, 1), {"groups": 2}),
    ((0, 2, 4, 4), (3, 2, 3, 3), {}),
    ((2, 2, 4, 4), (0, 2, 3, 3), {}),
]


def host(*shape, dtype="float32", seed=0):
    x = np.random.default_rng(seed).normal(size=shape)
    return (x + 1j * x[::-1]).astype(dtype) if np.dtype(dtype).kind == "c" else x.astype(dtype)


def close(got, want, terms=32):
    got = got.to_host()
    assert got.shape == want.shape and got.dtype == want.dtype
    accuracy = np.finfo(want.dtype).eps * terms
    np.testing.assert_allclose(got, want, rtol=accuracy, atol=accuracy * 4)


def counted(function, calls):
    """The function, noting its calls."""
    return lambda *how, **more: calls.append(how) or function(*how, **more)


def agree(x, w, how, dtype="float32", move=DeviceArray.from_host):
    """The three functions of one convolution; `move` brings an array to the device."""
    rank = len(x) - 2
    names = [f"conv{rank}d{what}" for what in ("", "_input_grad", "_weight_grad")]
    here = [getattr(kernels, name) for name in names]
    images, input_grad, weight_grad = (getattr(ref, name) for name in names)
    settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **how}
    window, groups = _window("conv", x, w, **settings, rank=rank), settings["groups"]
    a, f, b = host(*x, dtype=dtype), host(*w, dtype=dtype, seed=1), host(w[0], dtype=dtype, seed=2)
    want = images(a, f, b, window, groups)
    g = host(*want.shape, dtype=dtype, seed=3)
    close(here[0](move(a), move(f), move(b), **how), want)
    close(here[1](move(g), move(f), x, **how), input_grad(g, f, x, window, groups))
    close(here[2](move(g), move(a), w, **how), weight_grad(g, a, w, window, groups), 64)


@pytest.mark.parametrize(("x", "w", "how"), PROBLEMS)
def test_a_convolution_and_its_transposes_are_those_of_numpy(x, w, how):
    agree(x, w, how)


@pytest.mark.parametrize("dtype", ["float16", "float64", "complex64"])
@pytest.mark.parametrize("problem", [1, 7])
def test_every_dtype_is_served(dtype, problem):
    x, w, how = PROBLEMS[problem]
    agree(x, w, how, dtype)


@pytest.mark.parametrize("problem", [0, 2, 7])
def test_images_and_filters_may_be_any_view(problem):
    def move(x):
        if x.ndim == 1:
            return DeviceArray.from_host(np.repeat(x, 2))[::2]
        return DeviceArray.from_host(np.ascontiguousarray(x.transpose(3, 1, 2, 0)[::-1])).transpose(3, 1, 2, 0)[
            ..., ::-1
        ]

    agree(*PROBLEMS[problem], move=move)


@pytest.mark.parametrize(("image", "plain"), [((2, 8), True), ((3, 3), False), ((1, 12), False)])
def test_filters_of_one_tap_multiply_matrices_where_these_fill_tiles(image, plain, monkeypatch):
    used = []
    monkeypatch.setattr(_conv, "tiles_of", counted(_conv.tiles_of, used))
    agree((1, 2, *image), (3, 2, 1, 1), {})
    assert len(used) == 2 * plain


def test_sides_may_be_padded_differently():
    x, w = host(1, 2, 4, 4), host(2, 2, 2, 2, seed=1)
    how = {"padding": "same"}  # one more below and on the right
    want = ref.conv2d(x, w, None, _window("conv2d", x.shape, w.shape, 1, "same", 1, 1), 1)
    close(kernels.conv2d(DeviceArray.from_host(x), DeviceArray.from_host(w), **how), want)


@pytest.mark.parametrize(("x", "w", "groups"), [((2, 2, 5, 5), (2, 2, 2, 2), 1), ((2, 2, 5, 5), (2, 1, 2, 1), 2)])
def test_weights_are_sums_of_shares_and_the_same_every_time(x, w, groups, monkeypatch):
    seen = []
    monkeypatch.setattr(_shares, "gathered", counted(_shares.gathered, seen))
    a, window = host(*x), _window("conv2d", x, w, 1, 0, 1, groups)
    g = host(x[0], w[0], *window.out, seed=1)
    arrays = DeviceArray.from_host(g), DeviceArray.from_host(a)
    first, again = (kernels.conv2d_weight_grad(*arrays, w, groups=groups) for _ in range(2))
    assert len(seen) == 2 and np.array_equal(first.to_host(), again.to_host())
    close(first, ref.conv2d_weight_grad(g, a, w, window, groups), 64)


def test_what_is_not_a_number_stays_where_it_is():
    x = host(1, 2, 5, 5)
    x[0, 0, 0, 0] = np.nan
    y = kernels.conv2d(DeviceArray.from_host(x), DeviceArray.from_host(host(2, 2, 3, 3)), padding=1).to_host()
    assert np.isnan(y[:, :, :2, :2]).all() and np.isfinite(y[:, :, 2:]).all()


def test_gradients_flow_through_a_convolution_and_its_transpose():
    a, f = host(1, 2, 4, 4), host(3, 2, 3, 3, seed=1)
    x, w = (tg.tensor(t, device="cuda", requires_grad=True) for t in (a, f))
    with tape():
        y = tg.nn.functional.conv2d(x, w, padding=1)
        z = tg.nn.functional.conv_transpose2d(y, w, padding=1)
    z.backward(tg.ones(*z.shape, dtype=z.dtype, device="cuda"))
    window, ones = _window("conv2d", a.shape, f.shape, 1, 1, 1, 1), np.ones(z.shape, "float32")
    y, g = ref.conv2d(a, f, None, window, 1), ref.conv2d(ones, f, None, window, 1)
    want = ref.conv2d_weight_grad(y, ones, f.shape, window, 1) + ref.conv2d_weight_grad(g, a, f.shape, window, 1)
    np.testing.assert_allclose(w.grad.cpu().numpy(), want, rtol=1e-4, atol=1e-4)
    want = ref.conv2d_input_grad(g, f, a.shape, window, 1)
    np.testing.assert_allclose(x.grad.cpu().numpy(), want, rtol=1e-4, atol=1e-4)


def test_numbers_are_taken_apart_without_division():
    counts = [1, 2, 3, 5, 7, 9, 49, 64, 1000, 12345, 2**16 + 1, 2**30, 2**31 - 1]
    numbers = np.array([0, 1, 2, 48, 49, 63, 64, 999, 2**16, 2**30 - 1, 2**31 - 2, 2**31 - 1], np.int64)
    for n, magic, shift in map(_operands.divider, counts):
        np.testing.assert_array_equal(numbers * np.int64(magic) >> shift, numbers // n)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_each_input_is_seen_by_the_taps_of_its_remainder(stride, dilation):
    size, pad, image = 3, 2, 11
    seen = {(h, t, p) for p in range(5) for t in range(size) if 0 <= (h := p * stride + t * dilation - pad) < image}
    found = set()
    for at, inputs, taps, first, every, base, back in _conv.remainders(size, stride, (pad, pad), dilation, image):
        found |= {(at + i * stride, first + t * every, i + base + t * back) for i in range(inputs) for t in range(taps)}
    assert {(h, t, p) for h, t, p in found if 0 <= p < 5} == seen


def test_more_positions_than_can_be_counted_are_refused():
    x = DeviceArray.from_host(host(1, 1, 1, 1)).view((1 << 31, 2, 1, 1), (0, 0, 0, 0))
    with pytest.raises(NotImplementedError, match="split the batch"):
        _conv.planned(x, (1, 1 << 31, 2), 1)
