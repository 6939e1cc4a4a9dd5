"""What `tapegrad.cuda` is made of, under the names it uses."""

from types import SimpleNamespace

from . import _memory as memory
from . import _streams as streams
from . import _transfer as transfer
from ._array import DeviceArray
from ._dlpack import from_capsule, to_capsule
from ._interface import from_interface
from ._numba import SIMULATED, cuda

__all__ = [
    "DeviceArray",
    "from_capsule",
    "from_interface",
    "home",
    "memory",
    "properties",
    "streams",
    "to_capsule",
    "transfer",
]


def home(device: int) -> DeviceArray:
    """An array without memory that says where new ones shall be."""
    return DeviceArray(SimpleNamespace(lease=memory.Foreign(device, None)), (0,), "uint8")


def properties(device: int) -> dict:
    """What a device is."""
    gpu = cuda.gpus[streams.check_device(device)]
    major, minor = gpu.compute_capability
    if SIMULATED:
        name, processors = "Numba's simulator of CUDA", 1
    else:
        name, processors = gpu.name, gpu.MULTIPROCESSOR_COUNT
    return {
        "name": name if isinstance(name, str) else name.decode(),
        "major": major,
        "minor": minor,
        "total_memory": memory.pool(device).memory()[1],
        "multi_processor_count": int(processors),
    }
