"""Sums over all paths on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import ctc
from tapegrad.kernels.ref import ctc as ref

from .rows import agree, numbers, on_device

STATES = np.array([[0, 1, 0, 2, 0], [0, 2, 0, 2, 0], [0, 1, 0, 0, 0], [0, 1, 0, 1, 0]])
TIMES, SIZES = np.array([4, 3, 0, 2]), np.array([4, 4, 0, 4])  # the last one has no path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_and_cotangents(dtype):
    x = np.log(np.abs(numbers((4, 4, 3), dtype)))
    barrier = np.where(np.pad(STATES[:, 2:] != STATES[:, :-2], ((0, 0), (2, 0))) & (STATES != 0), 0, -np.inf).astype(
        dtype
    )
    problem = x, STATES, barrier, TIMES, SIZES
    there = [on_device(np.ascontiguousarray(x.T)).T, *map(on_device, problem[1:])]
    y, alpha = ctc.ctc(*there)
    want, levels = ref.ctc(*problem)
    agree(y, want)
    g = numbers((4,), dtype, 1)
    agree(ctc.ctc_grad(on_device(g), y, alpha, *there), ref.ctc_grad(g, want, levels, *problem))


def test_the_gradient_of_a_loss_is_that_of_the_cpu():
    x, answers = numbers((5, 2, 3), np.float64), []
    for device in ("cpu", "cuda"):
        a = tg.tensor(x, device=device, requires_grad=True)
        labels = tg.tensor([[1, 1], [2, 1]], device=device)
        with tape():
            y = tg.nn.functional.ctc_loss(a.log_softmax(2), labels, tg.tensor([5, 4]), tg.tensor([2, 1]))
        y.backward()
        answers.append((y.item(), a.grad.cpu().numpy()))
    assert answers[0][0] == pytest.approx(answers[1][0], rel=1e-12)
    np.testing.assert_allclose(answers[1][1], answers[0][1], rtol=1e-10, atol=1e-14)
