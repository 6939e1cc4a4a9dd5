"""The one place that imports numba-cuda; what keeps CUDA from working is said here, in one message each.

What is asked, in this order, and only when a device is asked for: can `numba.cuda` be imported, is there a driver, does
it start, is numba-cuda (not the target that Numba used to have built in) installed, are its libraries, is the driver
new enough for them, is there a device, and is it new enough. Nothing of this touches what runs on the CPU.
"""

import os
import sys
from importlib import import_module

import numpy as np

SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"
COMPILING = os.environ.get("TAPEGRAD_CUDA") == "compile"  # kernels are made into PTX where no device is, and never run
REHEARSING = SIMULATED and os.environ.get("TAPEGRAD_CUDA") == "rehearse"  # they are as for a GPU, and listed, not run

INSTALL = 'pip install "tapegrad[cu12]" (drivers for CUDA 12) or "tapegrad[cu13]" (for CUDA 13)'
SIMULATE = "NUMBA_ENABLE_CUDASIM=1 in the environment simulates a GPU, slowly"
FORKED = (
    "[cuda] this process was forked from one that had begun to use CUDA, and CUDA does not survive a fork: start "
    'processes with the method "spawn" (multiprocessing.get_context("spawn"))'
)
LOWEST = {12: (5, 0), 13: (7, 5)}  # toolkit: the compute capability it still compiles for


def load():
    """The module `numba.cuda`, ready to use.

    Raises
    ------
    RuntimeError
        If it is not installed, or finds no usable driver or device; says which, and what helps.
    """
    try:
        cuda = import_module("numba.cuda")
    except ImportError as error:
        raise RuntimeError(f"[cuda] numba-cuda cannot be imported ({error}): {INSTALL}") from None
    if not (SIMULATED or COMPILING):
        _check_driver(cuda)
        _check_toolkit(cuda)
        _check_devices(cuda)
    return cuda


def _check_driver(cuda) -> None:
    driver = cuda.cudadrv.driver.driver
    try:
        problem = None if driver.is_available else driver.initialization_error or "no reason given"
    except Exception as error:  # the first call raises, later ones answer False
        problem = str(error)
    if problem is None:
        return
    problem = " ".join(problem.split())
    if "NO_DEVICE" in problem:
        raise RuntimeError(
            f"[cuda] no GPU: the NVIDIA driver finds no device (is CUDA_VISIBLE_DEVICES set?). {SIMULATE}"
        )
    if "cannot be found" in problem:
        raise RuntimeError(f"[cuda] no usable GPU: the NVIDIA driver (libcuda) is not installed. {SIMULATE}")
    if "fork" in problem or "NOT_INITIALIZED" in problem:
        raise RuntimeError(FORKED)
    raise RuntimeError(f"[cuda] the NVIDIA driver does not start, so there is no usable GPU: {problem}")


def _check_toolkit(cuda) -> None:
    if getattr(cuda, "implementation", "NVIDIA") != "NVIDIA":
        raise RuntimeError(
            f"[cuda] numba-cuda is not installed, and the target built into Numba is not used: {INSTALL}"
        )
    try:
        toolkit = tuple(cuda.runtime.get_version())
    except Exception as error:
        raise RuntimeError(f"[cuda] the libraries of the CUDA toolkit are missing ({error}): {INSTALL}") from None
    version = tuple(cuda.cudadrv.driver.driver.get_version())
    if version < (toolkit[0], 0):
        raise RuntimeError(
            f"[cuda] the NVIDIA driver is too old: it is for CUDA {_dotted(version)}, and the libraries installed are "
            f"of CUDA {_dotted(toolkit)}. Update the driver, or install what it serves: {INSTALL}"
        )
    if not cuda.is_available():
        raise RuntimeError(f"[cuda] the compiler of the CUDA toolkit (NVVM) is missing: {INSTALL}")


def _check_devices(cuda) -> None:
    try:
        capabilities = [tuple(gpu.compute_capability) for gpu in cuda.gpus]
    except Exception as error:
        if "fork" in str(error):
            raise RuntimeError(FORKED) from None
        raise RuntimeError(f"[cuda] the devices cannot be listed, so there is no usable GPU: {error}") from None
    if not capabilities:
        raise RuntimeError(f"[cuda] no GPU: the NVIDIA driver finds no device. {SIMULATE}")
    if max(capabilities) < lowest_capability(cuda):
        check_capability(cuda, 0)


def lowest_capability(cuda) -> tuple[int, int]:
    """The compute capability that a device must have."""
    toolkit = cuda.runtime.get_version()[0]
    return LOWEST.get(toolkit, LOWEST[max(LOWEST)])


def check_capability(cuda, number: int) -> None:
    """Raise unless code can be made for this device."""
    if SIMULATED or COMPILING:
        return
    found, lowest = tuple(cuda.gpus[number].compute_capability), lowest_capability(cuda)
    if found < lowest:
        raise RuntimeError(
            f"[cuda] the GPU cuda:{number} has compute capability {_dotted(found)}: CUDA "
            f"{cuda.runtime.get_version()[0]} makes code for {_dotted(lowest)} and newer ones"
        )


def _dotted(version) -> str:
    return ".".join(map(str, version))


def _mend_simulator() -> None:
    """Let all threads of a simulated block have the same shared memory.

    Its own function looks for an array, then makes one: two threads that look at once get two, and one is forgotten.
    """
    from numba.core import types
    from numba.cuda.simulator.kernelapi import FakeCUDAShared
    from numba.np.numpy_support import as_dtype

    dynamic = FakeCUDAShared.array

    def array(self, shape, dtype, *more):
        if shape == 0:
            return dynamic(self, shape, dtype, *more)
        line = sys._getframe(1)
        memory = np.empty(shape, as_dtype(dtype) if isinstance(dtype, types.Type) else dtype)
        return self._allocations.setdefault((line.f_code, line.f_lineno), memory)  # in one go

    FakeCUDAShared.array = array  # type: ignore[method-assign]


cuda = load()
if SIMULATED:
    _mend_simulator()
devicearray = import_module("numba.cuda.cudadrv.devicearray")

_inherited = False  # whether this process is the child of one that had begun to use CUDA


def check_process() -> None:
    """Raise in a child that was forked after CUDA had begun: its driver would crash or hang."""
    if _inherited:
        raise RuntimeError(FORKED)


def _note_fork() -> None:
    global _inherited
    _inherited = True


os.register_at_fork(after_in_child=_note_fork)  # of the simulated device, too: what works there shall work on a GPU


if SIMULATED:

    def configured(run, grid, block, stream):
        """A kernel, ready to be started with arguments."""
        return run[grid, block, stream]

else:

    def configured(run, grid, block, stream):
        """A kernel, ready to be started with arguments; Numba does not warn that a grid is small: so are its arrays."""
        config = cuda.config
        before, config.CUDA_LOW_OCCUPANCY_WARNINGS = config.CUDA_LOW_OCCUPANCY_WARNINGS, 0
        try:
            return run[grid, block, stream]
        finally:
            config.CUDA_LOW_OCCUPANCY_WARNINGS = before
