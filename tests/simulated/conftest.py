"""These tests run in Numba's CUDA simulator, in a process of their own: see tests/kernels/test_cuda.py."""

import json
import os
import sys

import pytest

SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"
LAUNCHES = os.environ.get("TAPEGRAD_LAUNCHES")  # where to write down every kernel that is started: see tests/ptx

if not SIMULATED:
    collect_ignore_glob = ["test_*.py"]


def pytest_sessionstart():
    if SIMULATED:  # the simulator waits for its threads in a loop that holds the interpreter for such intervals
        sys.setswitchinterval(1e-4)
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
