"""The way to `kernels.cuda`, which is imported when it is asked for."""

from sys import modules


def cuda_devices():
    """What `tapegrad.cuda` is made of: `streams` (devices, streams, events), `memory`, `transfer`, `properties`.

    Raises
    ------
    RuntimeError
        If numba-cuda, its driver or a device is missing; says which.
    """
    from .cuda import _layer

    return _layer


def loaded_cuda():
    """The same if this process has begun to use CUDA, else None."""
    return modules.get(f"{__package__}.cuda._layer")


def cuda_array(x, device=None, wait=True):
    """Copy a NumPy array to a CUDA device (None: the current one); the kernels there serve what is computed with it.

    Raises
    ------
    RuntimeError
        As for `cuda_devices`; or if there is no such device.
    """
    layer = cuda_devices()
    with layer.streams.using(layer.streams.current_device() if device is None else device):
        return layer.DeviceArray.from_host(x, wait)


def cuda_is_available() -> bool:
    """Whether `cuda_array` works here: numba-cuda is installed and finds a device."""
    try:
        cuda_devices()
    except RuntimeError:
        return False
    return True
