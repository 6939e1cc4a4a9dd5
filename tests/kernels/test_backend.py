"""Who serves which array, in this process, in its threads and in its children."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tapegrad import kernels
from tapegrad.kernels import _backend

ROOT = Path(__file__).parents[2]


class Device:
    """An array type of somebody else's."""

    def __init__(self):
        self.shape, self.ndim, self.dtype, self.size = (2,), 1, np.dtype(float), 2


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(_backend, "_device_types", {})
    kernels.register(Device, {"reduce": SimpleNamespace(sum=lambda x, axis, keepdims: "summed elsewhere")})


def in_a_new_process(code, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_plain_arrays_are_served_by_the_cpu():
    assert kernels.serve("reduce", np.ones(3)).__name__ == "tapegrad.kernels.cpu.reduce"
    assert kernels.serve("creation", None, 1.0, np.float32(2)).__name__ == "tapegrad.kernels.cpu.creation"


def test_subclasses_of_ndarray_are_served_by_the_cpu():
    assert kernels.serve("reduce", np.ma.ones(3)).__name__ == "tapegrad.kernels.cpu.reduce"


def test_a_registered_type_is_served_by_its_own_kernels(registered):
    assert kernels.sum(Device()) == "summed elsewhere"
    assert kernels.sum(type("Heir", (Device,), {})()) == "summed elsewhere"


def test_a_type_may_be_registered_with_a_package(registered):
    kernels.register(Device, "tapegrad.kernels.ref")
    assert kernels.serve("conv", Device()).__name__ == "tapegrad.kernels.ref.conv"


def test_arrays_of_two_places_are_refused(registered):
    with pytest.raises(RuntimeError, match=r"same device, got one of shape \(3,\) on cpu and one of .* on Device"):
        kernels.serve("conv", np.ones(3), Device())


def test_unknown_arrays_are_refused():
    with pytest.raises(TypeError, match=r"must be numpy\.ndarray or of a registered type, got list"):
        kernels.serve("reduce", [1, 2])
    with pytest.raises(TypeError, match=r"\[register\] `array_type` \(=3\) must be a type"):
        kernels.register(3, {})


def test_every_public_name_is_exported_once():
    assert sorted(set(kernels.__all__)) == sorted(kernels.__all__)
    assert all(hasattr(kernels, name) for name in kernels.__all__)


def test_numba_is_loaded_by_the_first_kernel_that_needs_it():
    code = """
import sys
import numpy as np
from tapegrad import kernels
x = np.ones((4, 4))
kernels.exp(x), kernels.tanh(x), kernels.relu(x), kernels.add_at((4,), x[0], np.zeros(4, int))
assert "numba" not in sys.modules
kernels.matmul(x, x)
assert "numba" in sys.modules
"""
    done = in_a_new_process(code)
    assert done.returncode == 0, done.stderr


def test_scipy_is_loaded_by_the_first_function_that_needs_its_blas():
    code = """
import sys
import numba
import numpy as np
from tapegrad import kernels
x = np.ones((4, 4))
kernels.matmul(x, x)
assert "scipy.linalg" not in sys.modules
assert (numba.njit(lambda a: np.dot(a, a))(x) == 4).all()
assert "scipy.linalg.cython_blas" in sys.modules
"""
    done = in_a_new_process(code)
    assert done.returncode == 0, done.stderr


def test_the_references_serve_on_request():
    code = """
import sys
import numpy as np
from tapegrad.kernels import take_plane
assert take_plane(np.ones((1, 4, 4), np.float32), np.zeros((1, 2, 2), np.int64)).sum() == 4
assert "numba" not in sys.modules
"""
    done = in_a_new_process(code, TAPEGRAD_KERNELS="ref")
    assert done.returncode == 0, done.stderr


def test_the_references_keep_the_contracts_without_a_compiler():
    suites = [f"tests/kernels/test_{family}.py" for family in ("conv", "pool", "update", "loss", "shape")]
    code = f"import sys, pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', *{suites}]))"
    done = in_a_new_process(code, NUMBA_DISABLE_JIT="1", HYPOTHESIS_PROFILE="dev")
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library learns how much to keep")
def test_freed_memory_is_kept_for_the_next_array():
    code = """
import resource, numpy as np
from tapegrad import kernels
def step():
    blocks = [np.ones(1 << 18) for _ in range(6)]  # 2 MB each
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 300  # 3072 pages a step without
"""
    done = in_a_new_process(code)
    assert not done.returncode, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_computes():
    code = """
import os
import numpy as np
from tapegrad.kernels import conv2d
x, w = np.ones((8, 8, 64, 64), np.float32), np.ones((8, 8, 3, 3), np.float32)
y = conv2d(x, w)
child = os.fork()
if not child:
    os._exit(0 if np.array_equal(conv2d(x, w), y) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    done = in_a_new_process(code)
    assert done.returncode == 0, done.stderr


def test_python_threads_run_kernels_side_by_side():
    code = """
import threading
import numpy as np
from tapegrad.kernels import conv2d
x, w = np.ones((8, 8, 64, 64), np.float32), np.ones((8, 8, 3, 3), np.float32)
y, right = conv2d(x, w), []
work = lambda: right.append(all(np.array_equal(conv2d(x, w), y) for _ in range(5)))
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads], [t.join() for t in threads]
assert right == [True] * 4
"""
    for layer in ({}, {"NUMBA_THREADING_LAYER": "workqueue"}):
        done = in_a_new_process(code, **layer)
        assert done.returncode == 0, done.stderr


def test_a_kernel_for_compiled_code_alone_refuses_python():
    code = """
from tapegrad.kernels.cpu import _gemm, _numba
if _numba.COMPILED:
    try:
        _gemm.terms_of(0)
    except TypeError as error:
        assert "[terms_of] is for compiled code alone" in str(error)
    else:
        raise AssertionError("it ran")
"""
    done = in_a_new_process(code)
    assert done.returncode == 0, done.stderr
