"""Softmax on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import softmax
from tapegrad.kernels.ref import softmax as ref

from .rows import agree, numbers, on_device, views


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_any_axis_of_any_layout(axis):
    x, g = numbers((2, 3, 5), np.float64), numbers((2, 3, 5), np.float64, 1)
    for here, there in views(x):
        agree(softmax.softmax(there, axis), ref.softmax(here, axis))
        agree(softmax.log_softmax_grad(on_device(g), there, axis), ref.log_softmax_grad(g, here, axis))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_values_and_gradients_in_any_precision(dtype):
    x, g = numbers((3, 21), dtype) * 5, numbers((3, 21), dtype, 1)
    for name in ("softmax", "log_softmax"):
        y = getattr(ref, name)(x, 1)
        agree(getattr(softmax, name)(on_device(x), 1), y)
        agree(getattr(softmax, f"{name}_grad")(on_device(g), on_device(y), 1), getattr(ref, f"{name}_grad")(g, y, 1))
    for axis in ((0, 1), (1,), ()):
        agree(softmax.logsumexp(on_device(x), axis, True), ref.logsumexp(x, axis, True))


def test_infinities_mean_what_they_do_in_the_reference():
    rows = [[-np.inf, 1, 2], [np.inf, 1, 2], [np.nan, 1, 2], [-np.inf] * 3, [1000, 1000, -1000], [np.inf, -np.inf, 0]]
    x = np.array(rows)
    with np.errstate(all="ignore"):
        for name in ("softmax", "log_softmax"):
            agree(getattr(softmax, name)(on_device(x), 1), getattr(ref, name)(x, 1))
        agree(softmax.logsumexp(on_device(x), (1,), False), ref.logsumexp(x, (1,), False))


def test_a_long_row_a_number_and_nothing():
    x = numbers((60,), np.float32)
    agree(softmax.logsumexp(on_device(x), (0,), False), ref.logsumexp(x, (0,), False))
    for x in (np.array(3.0), np.zeros((0, 2)), np.zeros((2, 0))):
        agree(softmax.softmax(on_device(x), max(x.ndim - 1, 0)), ref.softmax(x, x.ndim - 1))
        axes = tuple(range(x.ndim))
        agree(softmax.logsumexp(on_device(x), axes, False), ref.logsumexp(x, axes, False))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_sums_of_exponentials(dtype):
    x = numbers((3, 5), dtype) * 10
    agree(softmax.logsumexp(on_device(x), (1,), False), ref.logsumexp(x, (1,), False))


@pytest.mark.parametrize("f", [lambda x: tg.softmax(x, 0), lambda x: tg.log_softmax(x, 1), lambda x: x.logsumexp(1)])
def test_gradients_are_those_of_the_cpu(f):
    x, answers = numbers((3, 4), np.float64), []
    for device in ("cpu", "cuda"):
        a = tg.tensor(x, device=device, requires_grad=True)
        with tape():
            y = f(a)
            total = (y * y).sum()
        total.backward()
        answers.append((y.detach().cpu().numpy(), a.grad.cpu().numpy()))
    for here, there in zip(*answers, strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-12)
