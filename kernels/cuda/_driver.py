"""Kernels: named factories make them, and they start here, on the device and in the stream that is right."""

from functools import lru_cache, wraps
from types import FunctionType

import numpy as np

from ._memory import Buffer
from ._numba import COMPILING, REHEARSING, check_process, configured, cuda
from ._numba import SIMULATED as _SIMULATED
from ._streams import current_device, current_stream, on

__all__ = ["BLOCKS", "COMPILING", "SIMULATED", "THREADS", "Kernel", "cuda", "kernel", "kind_of"]

SIMULATED = _SIMULATED and not REHEARSING  # whether kernels are to be small ones
# The simulator starts a Python thread for each of a block: few show there what many do.
THREADS = 2 if SIMULATED else 256  # of a block whose threads do not meet
BLOCKS = 2 if SIMULATED else 1024  # at most, of a grid that walks through more elements than it has threads

launches = None  # a dict, where somebody asks which kernels are used: (name, types of the arguments) -> (grid, block)


class Kernel:
    """A kernel and its name: (module, factory, arguments of the factory)."""

    __slots__ = ("name", "run")

    def __init__(self, run, name):
        self.run, self.name = run, name

    def __call__(self, grid, block, *args):
        """Start it in the current stream of the device where its arrays are."""
        if launches is not None:
            launches[*self.name, tuple(kind_of(a) for a in args)] = grid, block
        if REHEARSING:
            return
        check_process()
        leases = [a.lease for a in args if type(a) is Buffer]
        device = leases[0].device if leases else current_device()
        stream = current_stream(device)
        for lease in leases:
            if lease.device != device:
                raise RuntimeError(f"[cuda] a kernel was given arrays on cuda:{device} and on cuda:{lease.device}")
            lease.used_on(stream.number)
        with on(device):
            configured(self.run, grid, block, stream.raw)(*args)

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
        run = cuda.jit(_quiet(function) if _SIMULATED else function)
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
