"""The memory of the devices: what tensors hold, what is cached for the next ones, and limits.

An array's memory goes back to a cache when the last tensor in it is gone; the driver is asked for more only if nothing
there fits. So `memory_reserved`, what the driver gave, is more than `memory_allocated`, what tensors hold.
"""

from .. import kernels
from .._device import number_of
from ..kernels import OutOfMemoryError

__all__ = ["OutOfMemoryError"]


def _pool(device):
    """The pool of a device with its counters up to date; None as long as nothing has used CUDA."""
    layer = kernels.loaded_cuda()
    if layer is None:
        return None
    pool = layer.memory.pool(number_of(device))
    with pool.lock:
        pool.settle()
    return pool


def memory_stats(device=None) -> dict[str, int]:
    """All counters of the allocator.

    Keys are PyTorch's: ``allocated_bytes.all.current`` (and ``.peak``, ``.allocated``, ``.freed``: now, at most, and
    the sums of all that was taken and given back), the same for ``reserved_bytes``, ``requested_bytes`` (before
    rounding), ``allocation`` and ``segment`` (blocks in use and blocks of the driver); ``num_alloc_retries`` and
    ``num_ooms`` count how often the cache was emptied to find memory, and how often that was in vain.
    """
    pool = _pool(device)
    return {} if pool is None else pool.statistics.as_dict()


def _counter(name: str, key: str, doc: str):
    def count(device=None) -> int:
        return memory_stats(device).get(key, 0)

    count.__name__ = count.__qualname__ = name
    count.__doc__ = doc
    return count


memory_allocated = _counter("memory_allocated", "allocated_bytes.all.current", "Bytes that tensors hold.")
max_memory_allocated = _counter(
    "max_memory_allocated", "allocated_bytes.all.peak", "The most bytes that tensors held at a time."
)
memory_reserved = _counter("memory_reserved", "reserved_bytes.all.current", "Bytes that the driver gave.")
max_memory_reserved = _counter(
    "max_memory_reserved", "reserved_bytes.all.peak", "The most bytes of the driver at a time."
)


def reset_peak_memory_stats(device=None) -> None:
    """Let the peaks begin at what is in use now."""
    if (pool := _pool(device)) is not None:
        pool.statistics.reset_peaks()


def reset_accumulated_memory_stats(device=None) -> None:
    """Let the sums begin at 0."""
    if (pool := _pool(device)) is not None:
        pool.statistics.reset_totals()


def memory_summary(device=None) -> str:
    """The counters as a table for people."""
    pool = _pool(device)
    return "CUDA is not in use" if pool is None else pool.statistics.table(f"memory of cuda:{pool.device}")


def empty_cache() -> None:
    """Give all cached memory back to the driver, for other programs; tensors keep theirs."""
    if (layer := kernels.loaded_cuda()) is not None:
        layer.memory.release_all()


def mem_get_info(device=None) -> tuple[int, int]:
    """Free and all bytes of a device, whoever uses them."""
    return kernels.cuda_devices().memory.pool(number_of(device)).memory()


def set_per_process_memory_fraction(fraction: float, device=None) -> None:
    """Let this process reserve no more than this part, 0 … 1, of the memory of a device; 1 lifts the limit."""
    if not isinstance(fraction, (int, float)):
        raise TypeError(f"[set_per_process_memory_fraction] `fraction` (={fraction!r}) must be a number")
    if not 0 <= fraction <= 1:
        raise ValueError(f"[set_per_process_memory_fraction] `fraction` (={fraction}) must lie in 0 … 1")
    pool = kernels.cuda_devices().memory.pool(number_of(device))
    pool.limit = None if fraction == 1 else int(fraction * pool.memory()[1])


def get_per_process_memory_fraction(device=None) -> float:
    """The part of the memory of a device that this process may reserve."""
    pool = kernels.cuda_devices().memory.pool(number_of(device))
    return 1.0 if pool.limit is None else pool.limit / pool.memory()[1]
