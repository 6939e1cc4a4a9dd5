"""Which devices there are, and which one new tensors go to."""

from typing import NamedTuple

from .. import kernels
from .._device import number_of


class DeviceProperties(NamedTuple):
    """What a device is."""

    name: str
    major: int
    minor: int
    total_memory: int
    multi_processor_count: int


def is_available() -> bool:
    """Whether tensors can be moved to ``cuda``: numba-cuda is installed and finds a device."""
    return kernels.cuda_is_available()


def is_initialized() -> bool:
    """Whether this process has begun to use CUDA."""
    return kernels.loaded_cuda() is not None


def device_count() -> int:
    """How many devices there are."""
    return kernels.cuda_devices().streams.device_count() if is_available() else 0


def current_device() -> int:
    """The number of the device that "cuda" means in this thread."""
    return kernels.cuda_devices().streams.current_device()


def set_device(device) -> None:
    """Let "cuda" mean `device` in this thread from now on; a number less than 0 changes nothing."""
    if not isinstance(device, int) or device >= 0:
        kernels.cuda_devices().streams.set_device(number_of(device))


class device:
    """Let "cuda" mean this device in a `with` block.

    Parameters
    ----------
    device : int, str or device
        A number less than 0, or None, changes nothing.
    """

    def __init__(self, device):
        self.idx = -1 if device is None else device if isinstance(device, int) else number_of(device)
        self._before: list[int] = []

    def __enter__(self):
        self._before.append(current_device())
        set_device(self.idx)
        return self

    def __exit__(self, *error):
        set_device(self._before.pop())


class device_of(device):
    """Let "cuda" mean the device of a tensor in a `with` block; a tensor on the CPU changes nothing."""

    def __init__(self, obj):
        super().__init__(obj.get_device())


def init() -> None:
    """Begin to use CUDA now, rather than with the first tensor on a device.

    Raises
    ------
    RuntimeError
        If numba-cuda, its driver or a device is missing; says which.
    """
    kernels.cuda_devices()


def synchronize(device=None) -> None:
    """Wait until all that was started on a device (None: the current one) is done."""
    kernels.cuda_devices().streams.synchronize(number_of(device))


def get_device_properties(device=None) -> DeviceProperties:
    """Name, compute capability, bytes of memory and number of multiprocessors of a device."""
    return DeviceProperties(**kernels.cuda_devices().properties(number_of(device)))


def get_device_name(device=None) -> str:
    """What the maker calls a device."""
    return get_device_properties(device).name


def get_device_capability(device=None) -> tuple[int, int]:
    """Major and minor number of the compute capability of a device."""
    found = get_device_properties(device)
    return found.major, found.minor
