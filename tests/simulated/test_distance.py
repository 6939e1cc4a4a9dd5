"""Differences of pairs on the device against the reference."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels.cuda import distance
from tapegrad.kernels.ref import distance as ref

from .rows import agree, numbers, on_device


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex128"])
@pytest.mark.parametrize(("n", "m"), [(5, 3), (4, 2), (1, 3), (3, 0)])
def test_differences_and_their_transpose(n, m, dtype):
    a, b = numbers((n, m), dtype), numbers((n, m), dtype, 1)
    there = on_device(np.ascontiguousarray(b.T)).T
    agree(distance.pair_dots(on_device(a), there), ref.pair_dots(a, b))
    s = numbers((n * (n - 1) // 2,), dtype, 2)
    agree(distance.pair_pull(on_device(np.repeat(s, 2))[::2], there), ref.pair_pull(s, b))


def test_an_infinite_row_pulls_at_the_others_alone():
    a = np.array([[np.inf], [1.0], [2.0]])
    agree(distance.pair_pull(on_device(np.ones(3)), on_device(a)), ref.pair_pull(np.ones(3), a))


def test_the_gradient_of_pdist_is_that_of_the_cpu():
    x, answers = numbers((4, 3), np.float64), []
    for device in ("cpu", "cuda"):
        a = tg.tensor(x, device=device, requires_grad=True)
        with tape():
            y = tg.nn.functional.pdist(a).sum()
        y.backward()
        answers.append(a.grad.cpu().numpy())
    np.testing.assert_allclose(answers[1], answers[0], rtol=1e-12)
