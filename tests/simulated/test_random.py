"""Random numbers on the device: the stream of the CPU."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import kernels, tape
from tapegrad.kernels.ref import random as reference
from tests.simulated.device import agree, layouts, to_device

LIKE = to_device(np.zeros(1))
SEED = (123 << 64) + 2**63 + 5


@pytest.mark.parametrize("offset", [0, 1, 2, 7, 4 * (2**64 - 3) + 1])
def test_words_and_numbers_are_those_of_the_cpu_wherever_one_begins(offset):
    for n in (0, 1, 9):
        agree(kernels.philox(SEED, offset, n, like=LIKE), reference.philox(SEED, offset, n))
        for dtype in map(np.dtype, "efd"):
            agree(kernels.uniform(SEED, offset, n, dtype, like=LIKE), reference.uniform(SEED, offset, n, dtype))
            got = kernels.normal(SEED, offset, n, dtype, like=LIKE)
            agree(got, reference.normal(SEED, offset, n, dtype), 8 * np.finfo(dtype).eps)


def test_integers_and_permutations_are_those_of_the_cpu():
    words = reference.philox(SEED, 3, 20)
    for low, high in [(0, 1), (-7, 5), (0, 2**40), (-(2**63), 2**63), (2**63 - 2, 2**63), (-(2**63), 1)]:
        agree(kernels.integers(to_device(words), low, high), reference.integers(words, low, high))
    agree(kernels.integers(to_device(words)[::-2], 0, 9), reference.integers(words[::-2], 0, 9))
    agree(kernels.permutation(to_device(words)), reference.permutation(words))


@pytest.mark.parametrize("dtype", ["e", "f", "d"])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropout_is_that_of_the_cpu_in_any_layout(dtype, p):
    x = np.random.default_rng(0).normal(size=(3, 5)).astype(dtype)
    x[1, 1] = np.nan
    for here, there in layouts(x):
        agree(kernels.dropout(there, p, SEED, 5), reference.dropout(here, p, SEED, 5))


def drawn(device):
    """Numbers, a permutation and the gradient of a dropout."""
    tg.manual_seed(3)
    x = tg.ones(6, device=device, requires_grad=True)
    numbers = [tg.rand(5, device=device), tg.randint(0, 9, (3,), device=device), tg.randperm(4, device=device)]
    with tape():
        tg.nn.functional.dropout(x, 0.5).sum().backward()
    return [y.cpu().tolist() for y in (*numbers, x.grad)]


def test_tensors_are_drawn_alike_on_every_device():
    assert drawn("cuda") == drawn("cpu")
