"""A stand-in for CuPy, which needs a GPU: its functions are NumPy's, on memory that is shared by the same protocol."""

import sys
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace

import numpy as np


class Shared(np.ndarray):
    """An array that others can read as one of a device: in the simulator, addresses are those of the host."""

    @property
    def __cuda_array_interface__(self):
        facts = {**self.__array_interface__, "version": 3, "stream": None}
        return {key: facts[key] for key in ("shape", "strides", "typestr", "data", "version", "stream")}


def asarray(x):
    """The memory of x, without copying it; x lives as long."""
    facts = x.__cuda_array_interface__
    if 0 in facts["shape"]:
        return np.empty(facts["shape"], facts["typestr"]).view(Shared)
    return np.asarray(SimpleNamespace(__array_interface__=facts, owner=x)).view(Shared)


def shared(f):
    def call(*args, **settings):
        found = f(*args, **settings)
        return tuple(np.asarray(y).view(Shared) for y in found) if isinstance(found, tuple) else found.view(Shared)

    return call


def install(monkeypatch):
    """Put what is used of CuPy in its place."""
    module, extras = ModuleType("cupy"), ModuleType("cupyx")
    module.asarray, module.__version__ = asarray, "stand-in"
    module.linalg = SimpleNamespace(
        **{f: shared(getattr(np.linalg, f)) for f in ("qr", "svd", "eigh", "eigvalsh", "eig", "eigvals")}
    )
    module.fft = SimpleNamespace(**{f: shared(getattr(np.fft, f)) for f in ("fftn", "ifftn", "rfft", "irfft")})
    module.cuda = SimpleNamespace(Device=nullcontext, ExternalStream=nullcontext)
    extras.errstate = lambda linalg: nullcontext()
    monkeypatch.setitem(sys.modules, "cupy", module)
    monkeypatch.setitem(sys.modules, "cupyx", extras)
    return module
