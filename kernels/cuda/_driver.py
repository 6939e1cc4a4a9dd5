"""The one place that imports numba-cuda: what keeps it from working is said here in words, and kernels start here."""

import os
from functools import lru_cache, wraps
from types import FunctionType

import numpy as np


def load():
    """The module `numba.cuda`, ready to use.

    Raises
    ------
    RuntimeError
        If it is not installed, or finds no usable driver or device.
    """
    try:
        from numba import cuda
    except ImportError as error:
        raise RuntimeError(
            f'[cuda] numba-cuda cannot be imported ({error}): pip install "tapegrad[cu12]" or "tapegrad[cu13]"'
        ) from None
    if not COMPILING and not cuda.is_available():
        raise RuntimeError(
            "[cuda] no usable GPU: numba finds no CUDA driver or no device. On a machine without one, "
            "NUMBA_ENABLE_CUDASIM=1 simulates it, slowly"
        )
    return cuda


SIMULATED = os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"
COMPILING = os.environ.get("TAPEGRAD_CUDA") == "compile"  # kernels are made into PTX where no device is, and never run
cuda = load()

# The simulator starts a Python thread for each of a block: few show there what many do.
THREADS = 2 if SIMULATED else 256  # of a block whose threads do not meet
BLOCKS = 2 if SIMULATED else 1024  # at most, of a grid that walks through more elements than it has threads

launches = None  # a set, in tests that ask which kernels are used with which arguments


class Kernel:
    """A kernel and its name: (module, factory, arguments of the factory)."""

    __slots__ = ("name", "run")

    def __init__(self, run, name):
        self.run, self.name = run, name

    def __call__(self, grid, block, *args):
        """Start it."""
        if launches is not None:
            launches.add((*self.name, tuple(kind_of(a) for a in args)))
        self.run[grid, block](*args)

    def over(self, n: int, *args):
        """Start it so that each thread takes every so-many-th of `n` elements."""
        if n:
            self(min(BLOCKS, -(-n // THREADS)), THREADS, *args)


def kernel(factory):
    """Make a factory of kernels: it returns the Python function, is asked once, and takes numbers and strings only."""

    @lru_cache(None)
    @wraps(factory)
    def make(*args):
        function = factory(*args)
        run = cuda.jit(_quiet(function) if SIMULATED else function)
        return Kernel(run, (factory.__module__, factory.__name__, args))

    return make


def _quiet(function):
    """The same function without NumPy's warnings, of which a GPU knows nothing.

    It shares the globals of the other one, in which the simulator replaces `cuda` while a kernel runs.
    """
    errstate = np.errstate

    def run(*args):
        with errstate(all="ignore"):
            function(*args)

    return FunctionType(run.__code__, function.__globals__, function.__name__, None, run.__closure__)


def kind_of(arg) -> str:
    """The Numba type of an argument, in words: "float32[::1]", "int64", "UniTuple(int64 x 2)"."""
    if hasattr(arg, "copy_to_host"):
        return f"{arg.dtype}[::1]"
    from numba import typeof

    return str(typeof(arg))
