"""What convolution may err, on every path through the kernels, with any vectors and on any number of threads."""

import hashlib
import importlib
import inspect
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tapegrad.kernels.cpu import _numba
from tests.kernels.arrays import FLOATS
from tests.kernels.conv_paths import PATHS, READINGS, answers, excess

ROOT = Path(__file__).parents[2]
MACHINES = {  # vectors, dtype, and the instructions that are there for them
    "avx2": (np.float32, "haswell", "+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt,+sse4.2"),
    "portable": (np.float64, "x86-64", "+sse2"),
}


def digest():
    """Hash what every path answers."""
    found = hashlib.sha256()
    for path in PATHS:
        for dtype in FLOATS:
            for answer in answers(path, dtype):
                found.update(answer)
    return found.hexdigest()


def start(code, **environment):
    """Run code in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def printed(process):
    """Return what it printed, at its end."""
    text, _ = process.communicate()
    assert process.returncode == 0
    return text.split()


def is_task(value):
    """Tell a task from other names of a module."""
    return inspect.isfunction(value) and [*inspect.signature(value).parameters] == ["memory", "numbers", "t", "threads"]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("path", PATHS)
def test_every_element_is_within_the_bound_of_its_sum(path, dtype):
    for reading, error in zip(READINGS, excess(path, dtype), strict=True):
        assert error <= 1, f"conv{reading}"


def test_the_table_takes_every_path(monkeypatch):
    modules = [
        importlib.import_module(f"tapegrad.kernels.cpu.{source.stem}")
        for source in (ROOT / "kernels/cpu").glob("_conv_*.py")
        if source.stem != "_conv_winograd"  # on request only: test_conv_winograd.py
    ]
    tasks = {value for module in modules for value in vars(module).values() if is_task(value)}
    taken, address = set(), _numba.task_address
    monkeypatch.setattr(_numba, "task_address", lambda task, dtype: taken.add(task) or address(task, dtype))
    for path in PATHS:
        answers(path, np.float32)
    assert tasks <= taken, "conv_paths.py needs a problem for each algorithm"


def test_answers_are_the_same_bits_for_any_number_of_threads_and_from_run_to_run():
    code = """
from tapegrad.kernels import get_num_threads, set_num_threads
from tapegrad.kernels.cpu import _numba
from tests.kernels.test_conv_accuracy import digest
_numba.WORTH_THREADS = 0
for threads in (1, 2, 3, 3):
    set_num_threads(threads)
    print(get_num_threads(), digest())
"""
    words = printed(start(code, NUMBA_NUM_THREADS="3"))
    assert words[::2] == ["1", "2", "3", "3"]
    assert set(words[1::2]) == {digest()}


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="takes instructions of x86-64 away")
def test_other_vectors_and_fewer_instructions_keep_the_bound():
    code = """
import sys
import numpy as np
from tapegrad.kernels.cpu import _simd
from tests.kernels.conv_paths import PATHS, excess
print(_simd.SHAPE, max(max(excess(path, np.{dtype})) for path in PATHS) <= 1)
"""
    running = {  # side by side: most of the time they compile
        shape: start(
            code.format(dtype=dtype.__name__),
            TAPEGRAD_SIMD=shape, NUMBA_CPU_NAME=processor, NUMBA_CPU_FEATURES=features,
        )
        for shape, (dtype, processor, features) in MACHINES.items()
    }  # fmt: skip
    for shape, process in running.items():
        assert printed(process) == [shape, "True"]
