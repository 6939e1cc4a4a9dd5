"""Work is done where its arrays are: their device is current while it runs, so that results are made there, too."""

from functools import wraps

from ._streams import current_device, using


def different_devices(a, b, op: str = "") -> RuntimeError:
    """The error of an operation on two arrays that are not in one place."""
    one, other = (getattr(x, "device", "cpu") for x in (a, b))
    where = f"[{op}] " if op else ""
    return RuntimeError(
        f"{where}expected all tensors on the same device, got one of shape {tuple(a.shape)} on {one} and one of shape "
        f'{tuple(b.shape)} on {other}; move one, as in `.to("{one}")`'
    )


def common_device(arrays, op: str = "") -> int:
    """The number of the device that the device arrays among `arrays` are on.

    Raises
    ------
    RuntimeError
        If there are two; names both.
    """
    first = None
    for a in arrays:
        if hasattr(getattr(a, "buffer", None), "lease"):
            if first is None:
                first, device = a, a.number
            elif a.number != device:
                raise different_devices(first, a, op)
    return current_device() if first is None else device


class _Elsewhere:
    """A family of kernels whose functions run on another device than the current one."""

    def __init__(self, module, device: int):
        self._module, self._device = module, device

    def __getattr__(self, name: str):
        return _moved(getattr(self._module, name), self._device)


def at_home(module, arrays):
    """A family of kernels for these arrays; what it lacks is a NotImplementedError that says so."""
    vars(module).setdefault("__getattr__", _missing)
    device = common_device(arrays)
    return module if device == current_device() else _Elsewhere(module, device)


def _missing(name: str):
    if name.startswith("_"):  # what Python asks of any module
        raise AttributeError(name)
    raise NotImplementedError(f"[{name}] has no CUDA kernel: move the tensors to the CPU with `.cpu()`")


def on_own_device(method):
    """A method of device arrays that makes new ones."""

    @wraps(method)
    def call(self, *args, **options):
        if self.number == current_device():
            return method(self, *args, **options)
        return _moved(method, self.number)(self, *args, **options)

    return call


def _moved(function, device: int):
    @wraps(function)
    def call(*args, **options):
        with using(device):
            return function(*args, **options)

    return call
