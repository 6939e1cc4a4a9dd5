"""These tests run in Numba's CUDA simulator, in a process of their own: see tests/kernels/test_cuda.py."""

import json
import os
import sys

import numpy as np
import pytest

SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"
LAUNCHES = os.environ.get("TAPEGRAD_LAUNCHES")  # where to write down every kernel that is started: see tests/ptx

if not SIMULATED:
    collect_ignore_glob = ["test_*.py"]


def shared_array(shared, shape, dtype):
    """Shared memory of the line that asks for it: the simulator's own may give two threads that ask at a time two."""
    from numba import types
    from numba.np.numpy_support import as_dtype

    frame = sys._getframe(1)
    place = frame.f_code.co_filename, frame.f_lineno
    if place not in shared._allocations:
        kind = as_dtype(dtype) if isinstance(dtype, types.Type) else dtype
        shared._allocations.setdefault(place, np.empty(shape, kind))
    return shared._allocations[place]


def pytest_sessionstart():
    if SIMULATED:  # the simulator waits for its threads in a loop that holds the interpreter for such intervals
        from numba.cuda.simulator.kernelapi import FakeCUDAShared

        sys.setswitchinterval(1e-4)
        FakeCUDAShared.array = shared_array
    if SIMULATED and LAUNCHES:
        from tapegrad.kernels.cuda import _driver

        _driver.launches = {}


def pytest_sessionfinish():
    if SIMULATED and LAUNCHES:
        from tapegrad.kernels.cuda import _driver

        with open(LAUNCHES, "w") as file:
            launches = sorted(_driver.launches.items(), key=str)
            json.dump([[*kernel, *shape] for kernel, shape in launches], file, indent=0)


@pytest.fixture
def cupy(monkeypatch):
    """A stand-in for CuPy."""
    from tests.simulated import stand_in

    return stand_in.install(monkeypatch)
