"""What CuPy does for us, on the memory of our own arrays, which it reads and hands back without copying."""

from functools import reduce

from ._array import DeviceArray
from ._interface import from_interface
from ._streams import current_stream


def call(path, *args, **settings):
    """A function of CuPy, such as "linalg.qr", on device arrays, in the current stream.

    Raises
    ------
    NotImplementedError
        If CuPy is not installed, or an older one that lacks the function.
    numpy.linalg.LinAlgError
        If it does not converge.
    """
    op = path.rpartition(".")[2]
    try:
        import cupy
        from cupyx import errstate
    except ImportError:
        raise NotImplementedError(
            f'[{op}] on a GPU is CuPy\'s work: pip install "tapegrad[cupy12]" or "tapegrad[cupy13]" (for CUDA 12 or '
            "13), or move the tensor to the CPU"
        ) from None
    try:
        function = reduce(getattr, path.split("."), cupy)
    except AttributeError:
        raise NotImplementedError(
            f"[{op}] is not in CuPy {cupy.__version__}: install a newer one, or move the tensor to the CPU"
        ) from None
    device = next(a.number for a in args if isinstance(a, DeviceArray))
    stream = cupy.cuda.ExternalStream(current_stream(device).handle)
    with cupy.cuda.Device(device), stream, errstate(linalg="raise"):
        found = function(*(cupy.asarray(a) if isinstance(a, DeviceArray) else a for a in args), **settings)
        return tuple(map(from_interface, found)) if isinstance(found, tuple) else from_interface(found)
