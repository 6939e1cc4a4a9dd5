"""Losses of classes on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import loss
from tapegrad.kernels.ref import loss as ref

from .rows import agree, numbers, on_device

TARGET = np.array([2, -100, 0, 4])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_losses_and_gradients_in_any_precision(dtype):
    x = numbers((4, 5), dtype)
    there, target = on_device(np.ascontiguousarray(x.T)).T, on_device(TARGET)
    y, p = ref.cross_entropy(x, TARGET, -100)
    agree(loss.cross_entropy(there, target, -100), (y, p))
    agree(loss.nll_loss(there, target, -100), ref.nll_loss(x, TARGET, -100))
    for g in (numbers((4,), dtype, 1), numbers((1,), dtype), np.array(0.5, dtype)):
        want = ref.cross_entropy_grad(g, p, TARGET, -100)
        agree(loss.cross_entropy_grad(on_device(g), on_device(p), target, -100), want.astype(dtype))
        agree(loss.nll_loss_grad(on_device(g), target, 5, -100), ref.nll_loss_grad(g, TARGET, 5, -100))


def test_infinite_logits_mean_what_they_do_in_the_reference():
    x = np.array([[-np.inf, 1, 2], [np.inf, 1, 2], [np.nan, 1, 2], [-np.inf] * 3])
    target = np.array([0, 0, 1, 1])
    with np.errstate(all="ignore"):
        agree(loss.cross_entropy(on_device(x), on_device(target), -100), ref.cross_entropy(x, target, -100))


def test_no_rows():
    x, target = np.zeros((0, 3), np.float32), np.zeros(0, np.int64)
    agree(loss.cross_entropy(on_device(x), on_device(target), -100), ref.cross_entropy(x, target, -100))
    agree(loss.nll_loss_grad(on_device(x[:, 0]), on_device(target), 3, -100), np.zeros((0, 3), np.float32))


def test_the_gradient_of_a_cross_entropy_is_that_of_the_cpu():
    x, answers = numbers((4, 5), np.float64), []
    for device in ("cpu", "cuda"):
        a, t = tg.tensor(x, device=device, requires_grad=True), tg.tensor(TARGET, device=device)
        with tape():
            y = tg.nn.functional.cross_entropy(a, t)
        y.backward()
        answers.append((y.item(), a.grad.cpu().numpy()))
    assert answers[0][0] == pytest.approx(answers[1][0], rel=1e-12)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-12)


def test_a_target_that_is_no_class_is_named():
    with pytest.raises(IndexError, match=r"\[cross_entropy\] `target` \(=7\)"):
        tg.nn.functional.cross_entropy(tg.ones(2, 3, device="cuda"), tg.tensor([1, 7], device="cuda"))
