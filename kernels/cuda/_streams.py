"""Devices, and the streams and events that order the work on them.

A stream is a queue: what is put into one runs in order, what is in two may run at once. Each thread of the program has
a current device and, on each device, a current stream: number 0, the device's default one, unless it chose another.
Streams are drawn from a pool of 32 a device and never destroyed, so a block of memory that belongs to a stream never
loses it. They are CUDA's blocking streams: each waits for what is in the default stream, and it for them.

The simulator does everything at once, in order; its events are complete as soon as they are recorded.
"""

import threading
from contextlib import contextmanager, nullcontext
from itertools import cycle
from time import perf_counter
from typing import Any

from ._numba import SIMULATED, check_capability, check_process, cuda

POOL = 32  # streams of a device, besides the default one


class _Current(threading.local):
    """The device of this thread, and its stream on each device."""

    device = 0

    def __init__(self):
        self.streams: dict[int, Stream] = {}


class Stream:
    """A queue of work on one device, known by its number there."""

    __slots__ = ("device", "number", "raw")

    def __init__(self, device: int, number: int):
        self.device, self.number = device, number
        with on(device):
            self.raw: Any = cuda.stream() if number else 0

    @property
    def handle(self) -> int:
        """What other libraries call it: 1 is the default stream."""
        return int(self.raw.handle) if self.number and not SIMULATED else self.number or 1

    def synchronize(self) -> None:
        """Wait until everything that is in the queue now is done."""
        check_process()
        if not SIMULATED:
            with on(self.device):
                (self.raw or cuda.default_stream()).synchronize()

    def query(self) -> bool:
        """Whether everything that was put into the queue is done."""
        event = Event(timing=False)
        event.record(self)
        return event.query()


class Event:
    """A mark in a stream: reached when all that was put in before it is done."""

    __slots__ = ("device", "raw", "timing", "when")

    def __init__(self, timing: bool):
        self.timing, self.raw, self.device, self.when = timing, None, -1, 0.0

    def record(self, stream: Stream) -> None:
        """Put the mark at the end of a stream; an older mark is forgotten."""
        check_process()
        if self.raw is None or self.device != stream.device:
            with on(stream.device):
                self.raw = cuda.event(timing=self.timing) if not SIMULATED else cuda.event()
        self.device, self.when = stream.device, perf_counter()
        with on(stream.device):
            self.raw.record(stream.raw)

    def wait(self, stream: Stream) -> None:
        """Let what is put into `stream` from now on wait for the mark."""
        if self.raw is not None:
            check_process()
            with on(stream.device):
                self.raw.wait(stream.raw)

    def query(self) -> bool:
        """Whether the mark is reached; one that was never recorded is."""
        check_process()
        return self.raw is None or SIMULATED or self.raw.query()

    def synchronize(self) -> None:
        """Wait until the mark is reached."""
        check_process()
        if self.raw is not None and not SIMULATED:
            self.raw.synchronize()

    def elapsed(self, end: "Event") -> float:
        """Milliseconds from this mark to another one, both reached."""
        return (end.when - self.when) * 1e3 if SIMULATED else self.raw.elapsed_time(end.raw)


_current = _Current()
_lock = threading.Lock()
_streams: dict[tuple[int, int], Stream] = {}  # (device, number) -> the stream
_turns: dict[int, cycle] = {}  # device -> whose turn it is in its pool


def device_count() -> int:
    """How many devices there are."""
    return len(cuda.gpus)


def on(device: int):
    """Make a device the one that the driver's calls mean; for a `with` block."""
    return nullcontext() if len(cuda.gpus) == 1 else cuda.gpus[device]


def check_device(device: int) -> int:
    """Its number, if there is such a device.

    Raises
    ------
    RuntimeError
        If there is none, or it is too old.
    """
    count = device_count()
    if not 0 <= device < count:
        names = "only cuda:0" if count == 1 else f"cuda:0 … cuda:{count - 1}"
        raise RuntimeError(f"[device] `cuda:{device}` is not available: there is {names}")
    check_capability(cuda, device)
    return device


def current_device() -> int:
    """The device on which this thread makes new arrays."""
    return _current.device


def set_device(device: int) -> int:
    """Make new arrays of this thread on `device` from now on; returns the one that was current."""
    before, _current.device = _current.device, check_device(device)
    return before


@contextmanager
def using(device: int):
    """Make new arrays on `device` inside a `with` block."""
    before = set_device(device)
    try:
        yield
    finally:
        _current.device = before


def stream_at(device: int, number: int) -> Stream:
    """The stream of that number; 0 is the default one."""
    with _lock:
        known = _streams.get((device, number))
        if known is None:
            known = _streams[device, number] = Stream(device, number)
        return known


def next_stream(device: int) -> Stream:
    """A stream of the pool of a device: after all have had their turn, the first one again."""
    with _lock:
        turn = _turns.setdefault(check_device(device), cycle(range(1, POOL + 1)))
        number = next(turn)
    return stream_at(device, number)


def current_stream(device: int) -> Stream:
    """The stream that this thread's kernels and copies on `device` are put into."""
    return _current.streams.get(device) or stream_at(device, 0)


def set_stream(stream: Stream) -> Stream:
    """Make `stream` the current one of its device; returns the one that was."""
    before = current_stream(stream.device)
    _current.streams[stream.device] = stream
    return before


def wait_for_handle(device: int, handle: int, ready: Stream | None = None) -> None:
    """Let our current stream wait for another library's (or that one for `ready`, a stream of ours)."""
    ours = ready or current_stream(device)
    if SIMULATED or handle == ours.handle:
        return
    with on(device):
        theirs = cuda.external_stream(handle)
        event = cuda.event(timing=False)
        event.record(ours.raw if ready else theirs)
        event.wait(theirs if ready else ours.raw)


def synchronize(device: int) -> None:
    """Wait until all streams of a device are empty."""
    check_process()
    with on(device):
        cuda.synchronize()
