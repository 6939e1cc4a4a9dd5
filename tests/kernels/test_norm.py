"""Normalisations against the reference, and gradients against finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegrad import kernels
from tapegrad.kernels.ref import norm as reference
from tests.kernels.arrays import FLOATS, layouts, random, seeds

EPS = 1e-5
KINDS = {  # name: (shape of x, shape of the weights, numbers after x, has a bias)
    "layer_norm": [((6, 40), 40), ((130, 300), 300), ((1, 1), 1)],
    "rms_norm": [((6, 40), 40), ((130, 300), 300), ((1, 1), 1)],
    "batch_norm": [
        ((4, 3, 25), 3),
        ((4, 3, 70), 3),
        ((11, 37, 16), 37),
        ((7, 5, 1), 5),
        ((90, 500, 1), 500),
        ((5, 4, 3), 4),
        ((3, 1, 1), 1),
        ((8, 6, 900), 6),
    ],
    "group_norm": [((4, 6, 25), 6), ((2, 6, 1), 6), ((8, 6, 900), 6)],
}
CASES = [(name, *case) for name, several in KINDS.items() for case in several]
every_case = pytest.mark.parametrize(("name", "shape", "C"), CASES)


def forward(module, name, x, w, b):
    """Return y and the statistics."""
    settings = (3,) if name == "group_norm" else ()
    weights = (w,) if name == "rms_norm" else (w, b)
    return getattr(module, name)(x, *settings, *weights, EPS)


def backward(module, name, g, x, w, statistics):
    """Return gx, gw and perhaps gb."""
    settings = (3,) if name == "group_norm" else ()
    return getattr(module, f"{name}_grad")(g, x, *settings, w, *statistics)


def problem(shape, C, dtype, seed=1):
    """x, w, b and g."""
    return (2 * random(seed, shape, dtype) + 3, random(seed + 1, C, dtype), random(seed + 2, C, dtype),
            random(seed + 3, shape, dtype))  # fmt: skip


@pytest.mark.parametrize("dtype", (np.float16, *FLOATS))
@every_case
def test_the_reference_agrees(name, shape, C, dtype):
    x, w, b, g = problem(shape, C, dtype)
    ours, theirs = forward(kernels, name, x, w, b), forward(reference, name, x, w, b)
    gradients = backward(kernels, name, g, x, w, ours[1:]), backward(reference, name, g, x, w, ours[1:])
    tolerance = 60 * float(np.finfo(dtype).eps)
    for a, e in zip((*ours, *gradients[0]), (*theirs, *gradients[1]), strict=True):
        assert a.dtype == dtype and a.shape == e.shape
        np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance * max(1, np.abs(e).max()))


@every_case
def test_gradients_are_those_of_finite_differences(name, shape, C):
    x, w, b, g = problem(shape, C, np.float64)
    h, v, u = 1e-6, random(9, shape), random(10, C)
    gx, gw, *gb = backward(kernels, name, g, x, w, forward(kernels, name, x, w, b)[1:])

    def slope(dx, dw, db):
        ends = [forward(kernels, name, x + s * dx, w + s * dw, b + s * db)[0] for s in (h, -h)]
        return float((g * (ends[0] - ends[1])).sum() / (2 * h))

    scale = np.abs(g).sum()
    assert float((gx * v).sum()) == pytest.approx(slope(v, 0, 0), abs=1e-7 * scale)
    assert float((gw * u).sum()) == pytest.approx(slope(0, u, 0), abs=1e-7 * scale)
    assert not gb or float((gb[0] * u).sum()) == pytest.approx(slope(0, 0, u), abs=1e-7 * scale)


@given(seeds, st.sampled_from(sorted(KINDS)))
def test_sets_come_out_with_mean_0_and_variance_1(seed, name):
    shape, C = KINDS[name][0]
    x = 5 * random(seed, shape) + 100
    y = forward(kernels, name, x, np.ones(C), np.zeros(C))[0]
    if name == "group_norm":
        y = y.reshape(4, 3, -1)
    axes = {"batch_norm": (0, 2), "group_norm": 2}.get(name, 1)
    np.testing.assert_allclose((y * y).mean(axes), 1, rtol=1e-5)
    if name != "rms_norm":
        np.testing.assert_allclose(y.mean(axes), 0, atol=1e-10)


@pytest.mark.parametrize("offset", [100, 1e4, -1e6])
@pytest.mark.parametrize(
    ("name", "shape", "axes"),
    [
        ("layer_norm", (130, 300), 1),
        ("batch_norm", (8, 6, 900), (0, 2)),
        ("batch_norm", (90, 500, 1), (0, 2)),
        ("group_norm", (8, 6, 900), 2),
    ],
)
def test_a_large_mean_is_rounded_once_and_the_variance_does_not_feel_it(name, shape, axes, offset):
    x, ones = (random(3, shape) + offset).astype("f"), np.ones(shape[1], "f")
    _, mean, scale = forward(kernels, name, x, ones, ones)
    wide = x.astype(np.float64).reshape(8, 3, 1800) if name == "group_norm" else x.astype(np.float64)
    np.testing.assert_allclose(mean, wide.mean(axes), rtol=0.51 * np.finfo("f").eps)
    np.testing.assert_allclose(scale, 1 / np.sqrt(wide.var(axes) + EPS), rtol=5e-7)


@every_case
def test_any_layout_gives_the_same_answer(name, shape, C):
    x, w, b, g = problem(shape, C, np.float64)
    y, *statistics = forward(kernels, name, x, w, b)
    gx = backward(kernels, name, g, x, w, statistics)[0]
    for a, c, v, k in zip(layouts(x), layouts(g), layouts(w), layouts(b), strict=True):
        np.testing.assert_array_equal(forward(kernels, name, a, v, k)[0], y)
        np.testing.assert_array_equal(backward(kernels, name, c, a, v, statistics)[0], gx)


def test_a_given_mean_and_scale_do_what_those_of_the_batch_do():
    x, w, b, _ = problem((4, 3, 25), 3, np.float64)
    y, mean, scale = kernels.batch_norm(x, w, b)
    np.testing.assert_allclose(kernels.channel_affine(x, mean, scale, w, b), y, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_an_empty_batch_stays_empty(name):
    y, *_ = forward(kernels, name, np.ones((0, 4)), np.ones(4), np.ones(4))
    gx, gw, *_ = backward(kernels, name, y, y, np.ones(4), [np.ones(0)] * (2 if name == "layer_norm" else 1))
    assert y.shape == gx.shape == (0, 4) and not gw.any()


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda x, w: kernels.layer_norm(x, w[:2], w), ValueError, r"\[layer_norm\] `weight` \(shape \(2,\)\) must"),
        (lambda x, w: kernels.layer_norm(x[0], w, w), ValueError, r"`x` \(shape \(3,\)\) must have 2 axes"),
        (lambda x, w: kernels.rms_norm(x.astype(int), w), TypeError, r"\[rms_norm\] `x` \(dtype int64\)"),
        (lambda x, w: kernels.rms_norm(x, w.astype("f")), TypeError, r"`weight` \(dtype float32\) must have the dtype"),
        (lambda x, w: kernels.group_norm(x[..., None], 2, w, w), ValueError, r"`groups` \(=2\) must divide"),
        (lambda x, w: kernels.layer_norm_grad(x[:1], x, w, w, w), ValueError, r"`g` .* must be like `x`"),
    ],
)
def test_what_does_not_fit_is_said(call, error, match):
    with pytest.raises(error, match=match):
        call(np.ones((2, 3)), np.ones(3))
