"""Normalisations on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import norm
from tapegrad.kernels.ref import norm as ref

from .rows import agree, numbers, on_device

FLOATS = pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])


def same(name, *args, units=20):
    """The device does what the reference does; the answer of the reference."""
    want = getattr(ref, name)(*args)
    agree(getattr(norm, name)(*(on_device(a) if isinstance(a, np.ndarray) else a for a in args)), want, units)
    return want


@FLOATS
def test_rows(dtype):
    x, g = numbers((3, 13), dtype) + np.dtype(dtype).type(2), numbers((3, 13), dtype, 1)
    w, b = numbers((13,), dtype, 2), numbers((13,), dtype, 3)
    _, mean, scale = same("layer_norm", x, w, b, 1e-5)
    same("layer_norm_grad", g, x, w, mean, scale, units=50)
    _, scale = same("rms_norm", x, w, 1e-5)
    same("rms_norm_grad", g, x, w, scale, units=50)


@FLOATS
def test_channels(dtype):
    x, g = numbers((2, 4, 3), dtype) + np.dtype(dtype).type(2), numbers((2, 4, 3), dtype, 1)
    w, b = numbers((4,), dtype, 2), numbers((4,), dtype, 3)
    for groups in (1, 2, 4):
        _, mean, scale = same("group_norm", x, groups, w, b, 1e-5)
        same("group_norm_grad", g, x, groups, w, mean, scale, units=50)
    _, mean, scale = same("batch_norm", x, w, b, 1e-5)
    same("batch_norm_grad", g, x, w, mean, scale, units=50)
    same("channel_affine", x, mean, scale, w, b)


def test_views_are_read_in_place():
    x, w, b = numbers((2, 4, 5), np.float32), numbers((4,), np.float32, 1), numbers((8,), np.float32, 2)
    there, bias = on_device(np.ascontiguousarray(x.transpose(2, 0, 1))).transpose(1, 2, 0), on_device(b)[::-2]
    want = ref.group_norm(x, 2, w, b[::-2], 1e-5)
    agree(norm.group_norm(there, 2, on_device(w), bias, 1e-5), want)
    want = ref.batch_norm(x, w, b[::-2], 1e-5)
    agree(norm.batch_norm(there, on_device(w), bias, 1e-5), want)


def test_a_large_mean_leaves_the_variance_exact():
    x = (numbers((3, 2, 40), np.float64) + 1000).astype(np.float32)
    one, zero = np.ones(2, np.float32), np.zeros(2, np.float32)
    y, _, scale = norm.batch_norm(*map(on_device, (x, one, zero)), 1e-5)
    _, _, want = ref.batch_norm(x, one, zero, 1e-5)
    np.testing.assert_allclose(scale.to_host(), want, rtol=1e-5)
    assert abs(y.to_host().mean()) < 1e-4


def test_nan_stays_in_its_row():
    x = numbers((2, 5), np.float32)
    x[0, 1] = np.nan
    w = np.ones(5, np.float32)
    y, mean, _ = norm.layer_norm(on_device(x), on_device(w), on_device(w), 1e-5)
    np.testing.assert_array_equal(np.isnan(y.to_host()), np.isnan(x).any(1)[:, None] & np.ones(5, bool))
    assert np.isnan(mean.to_host()).tolist() == [True, False]


@pytest.mark.parametrize("layer", [lambda: tg.nn.LayerNorm(4), lambda: tg.nn.GroupNorm(2, 4)])
def test_layers_train_as_on_the_cpu(layer):
    x, g, answers = numbers((3, 4), np.float32), numbers((3, 4), np.float32, 1), []
    for device in ("cpu", "cuda"):
        model, a = layer().to(device), tg.tensor(x, device=device, requires_grad=True)
        with tape():
            y = model(a)
        y.backward(tg.tensor(g, device=device))
        answers.append([y.detach().cpu().numpy(), *(p.grad.cpu().numpy() for p in (a, *model.parameters()))])
    for here, there in zip(*answers, strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-4, atol=1e-5)
