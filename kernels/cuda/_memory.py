"""Memory of the devices: blocks that are kept when arrays die, and given to the next ones.

The driver's own allocation and release cost more than most kernels, and its release waits for the device. So:

-  sizes are rounded up to classes, 8 to each power of two from 4 KiB on (at most 1/8 is wasted) and multiples of 512
   bytes below: the arrays of a training step find the blocks of the step before;
-  a block belongs to the stream that was current when it was first asked for. When the last array in it dies it goes to
   the shelf (stream, class) at once, though kernels may still be reading it: whatever its next owner does comes later
   in the same stream;
-  a block that was used in other streams, too, waits until an event in each of them has been reached;
-  blocks are neither split nor joined: nothing is ever fragmented, and what is cached of sizes that do not come again
   goes back when the memory is needed, or by `empty_cache`.

When the driver has no more, dead cycles of Python objects are collected, all cached blocks given back, and the driver
asked again; then an `OutOfMemoryError` says what is in use. Nothing is changed by it.

An array that dies in any thread, even inside this module while the garbage collector runs, only appends its block to
a queue; the next call here takes it from there.
"""

import gc
import threading
from collections import defaultdict, deque
from ctypes import c_char, c_void_p

import numpy as np

from .._backend import OutOfMemoryError
from ._numba import SIMULATED, check_process, cuda, devicearray
from ._statistics import Statistics, gibibytes
from ._streams import Event, check_device, current_device, current_stream, on, stream_at, synchronize

SIMULATED_BYTES = 1 << 34  # what a simulated device is said to have


def rounded(size: int) -> int:
    """The class of a size: the bytes that a block for it has."""
    size = int(size)  # a product of a shape may be a number of NumPy
    step = max(512, 1 << max((size - 1).bit_length() - 4, 0))
    return max(-(-size // step), 1) * step


class Block:
    """Memory that the driver gave, for arrays of one class and stream."""

    __slots__ = ("device", "memory", "size", "stream")

    def __init__(self, memory, size: int, device: int, stream: int):
        self.memory, self.size, self.device, self.stream = memory, size, device, stream


class Lease:
    """A block in use, from now until nobody holds this object: the arrays in the block do."""

    __slots__ = ("block", "others", "returned", "size")

    def __init__(self, block: Block, size: int, returned: deque):
        self.block, self.size, self.returned = block, size, returned
        self.others: set[int] | None = None  # other streams than the block's that used it

    device = property(lambda self: self.block.device)

    def used_on(self, stream: int) -> None:
        """Note that a kernel or copy in that stream uses the block."""
        if stream != self.block.stream:
            self.others = (self.others or set()) | {stream}

    def __del__(self):
        self.returned.append((self.block, self.size, self.others))


class Foreign:
    """What stands for a lease where the memory is another library's: its owner frees it, and orders its streams."""

    __slots__ = ("device", "owner")

    def __init__(self, device: int, owner):
        self.device, self.owner = device, owner

    def used_on(self, stream: int) -> None:
        """Nothing: the memory is not reused here."""


class _Full(Exception):
    """The driver, or the limit set, has no more memory."""


class Pool:
    """All blocks of one device."""

    def __init__(self, device: int):
        self.device, self.limit = device, None
        self.shelves: defaultdict[tuple[int, int], list[Block]] = defaultdict(list)  # (stream, size) -> free blocks
        self.waiting: list[tuple[list[Event], Block]] = []  # free as soon as the events are reached
        self.returned: deque = deque()
        self.statistics = Statistics()
        self.lock = threading.RLock()  # a finalizer that the garbage collector runs in here may come back

    def take(self, size: int) -> Lease:
        """A block for `size` bytes, for use in the current stream.

        Raises
        ------
        OutOfMemoryError
            If there is none, with the state of the pool.
        """
        check_process()
        stream, whole = current_stream(self.device).number, rounded(size)
        with self.lock:
            self.settle()
            shelf = self.shelves[stream, whole]
            block = shelf.pop() if shelf else Block(self._new(whole, size), whole, self.device, stream)
            self.statistics.took(whole, size)
            return Lease(block, size, self.returned)

    def settle(self) -> None:
        """Put blocks that came back on their shelves, those that other streams use when they are done."""
        while self.returned:
            block, size, others = self.returned.popleft()
            self.statistics.gave(block.size, size)
            self.waiting.append((list(map(self._mark, others or ())), block))
        waiting, self.waiting = self.waiting, []
        for events, block in waiting:
            if all(event.query() for event in events):
                self.shelves[block.stream, block.size].append(block)
            else:
                self.waiting.append((events, block))

    def _mark(self, number: int) -> Event:
        event = Event(timing=False)
        event.record(stream_at(self.device, number))
        return event

    def _new(self, whole: int, size: int):
        """Memory from the driver."""
        for attempt in range(2):
            try:
                memory = self._ask_driver(whole)
            except _Full:
                if attempt:
                    self.statistics.failures += 1
                    raise OutOfMemoryError(self._complaint(size)) from None
                self.statistics.retries += 1
                gc.collect()  # cycles of Python objects may hold arrays that nobody can reach
                self.release()
            else:
                self.statistics.reserved(whole)
                return memory

    def _ask_driver(self, size: int):
        if self.limit is not None and self.statistics.reserved_bytes + size > self.limit:
            raise _Full
        if SIMULATED and self.statistics.reserved_bytes + size > SIMULATED_BYTES:
            raise _Full
        try:
            with on(self.device):
                return cuda.current_context().memalloc(size)
        except MemoryError:  # the simulator's memory is the host's
            raise _Full from None
        except Exception as error:
            if int(getattr(error, "code", 0)) == 2:  # CUDA_ERROR_OUT_OF_MEMORY
                raise _Full from None
            raise

    def release(self) -> None:
        """Give all blocks that are not in use back to the driver."""
        self.settle()
        if self.waiting:
            synchronize(self.device)
            self.settle()
        for (_, size), blocks in self.shelves.items():
            self.statistics.released(size, len(blocks))
        self.shelves.clear()
        if not SIMULATED:
            with on(self.device):  # numba puts off what it frees
                cuda.current_context().memory_manager.deallocations.clear()

    def memory(self) -> tuple[int, int]:
        """Free and all bytes of the device."""
        if SIMULATED:
            return SIMULATED_BYTES - self.statistics.reserved_bytes, SIMULATED_BYTES
        with on(self.device):
            free, total = cuda.current_context().get_memory_info()
        return int(free), int(total)

    def _complaint(self, size: int) -> str:
        s, (free, total) = self.statistics, self.memory()
        bounds = "" if self.limit is None else f", of which this process may use {gibibytes(self.limit)}"
        return (
            f"[cuda] out of memory: {gibibytes(size)} more were asked for on cuda:{self.device}, which has "
            f"{gibibytes(total)}{bounds}; {gibibytes(free)} are free. Tensors of this process hold "
            f"{gibibytes(s.allocated_bytes)} (at most, so far, {gibibytes(s.peaks['allocated_bytes'])}), and "
            f"{gibibytes(s.reserved_bytes - s.allocated_bytes)} are cached. Free tensors, or use smaller batches; "
            "`tapegrad.cuda.memory_summary()` says more"
        )


_pools: dict[int, Pool] = {}


def pool(device: int) -> Pool:
    """The pool of a device."""
    known = _pools.get(device)
    return _pools.setdefault(device, Pool(check_device(device))) if known is None else known


def release_all() -> None:
    """Give the cached blocks of all devices back to the driver."""
    for known in list(_pools.values()):
        with known.lock:
            known.release()


if SIMULATED:
    Buffer = devicearray.FakeCUDAArray

    def _typed(lease: Lease, length: int, dtype):
        return Buffer(np.ndarray(length, dtype, lease.block.memory))

    def _at(start: int, length: int, dtype, owner):
        return Buffer(np.ndarray(length, dtype, (c_char * (length * dtype.itemsize)).from_address(start)))

else:
    Buffer = devicearray.DeviceNDArray

    def _typed(lease: Lease, length: int, dtype):
        return _over(lease.block.memory.device_pointer, length, dtype, lease)

    def _at(start: int, length: int, dtype, owner):
        return _over(c_void_p(start), length, dtype, owner)

    def _over(pointer, length: int, dtype, owner):
        memory = cuda.MemoryPointer(None, pointer, length * dtype.itemsize, owner=owner)
        return Buffer((length,), (dtype.itemsize,), dtype, gpu_data=memory)


def new_buffer(length: int, dtype):
    """A flat array of the driver's on the current device, of at least one element; its `lease` owns the memory."""
    dtype, length = np.dtype(dtype), max(length, 1)
    lease = pool(current_device()).take(length * dtype.itemsize)
    return _leased(_typed(lease, length, dtype), lease)


def foreign_buffer(start: int, length: int, dtype, foreign: Foreign):
    """A flat array of the driver's in memory of another library."""
    return _leased(_at(start, length, dtype, foreign), foreign)


def retyped(buffer, dtype):
    """The same memory as numbers of another dtype; what does not fill one more is left out."""
    rest = buffer.nbytes % np.dtype(dtype).itemsize
    part = buffer[: -(rest // buffer.dtype.itemsize)] if rest else buffer
    return _leased(part.view(dtype), buffer.lease)


def _leased(buffer, lease):
    buffer.lease = lease
    return buffer
