"""The CUDA kernels, in Numba's simulator; without it they say what is missing."""

import os

import pytest

import tapegrad as tg
from tests.simulated.process import simulate


def test_the_simulated_device_passes_its_tests():
    elsewhere = ("golden", "modules")  # tests/golden/test_simulated.py
    simulate("tests/simulated", *(f"--ignore=tests/simulated/test_{name}.py" for name in elsewhere))


@pytest.mark.skipif(os.path.exists("/dev/nvidia0"), reason="there is a GPU")
def test_without_a_gpu_the_error_says_so_and_the_cpu_is_unharmed():
    for move in (lambda: tg.ones(2).cuda(), lambda: tg.ones(2, device="cuda"), lambda: tg.nn.Linear(1, 1).to("cuda")):
        with pytest.raises(RuntimeError, match=r"\[cuda\].*(GPU|cannot be imported)"):
            move()
    assert (tg.ones(2) + 1).tolist() == [2.0, 2.0]
