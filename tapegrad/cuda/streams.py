"""Streams, in which work on a device is put in order, and events, marks in them.

Kernels and copies go into the current stream of their device, the default one unless another was chosen. What is in
one stream runs in order; where one needs what another computes, it must be told to wait. Streams made here wait for the
default one and it for them, as CUDA's blocking streams do. Gradients run in the stream that is current when `backward`
is called.
"""

from contextlib import contextmanager

from .. import kernels
from .._device import device as Device
from .._device import number_of


def _layer():
    return kernels.cuda_devices().streams


class Stream:
    """A queue of work on a device.

    Parameters
    ----------
    device : device, optional
        The current one by default.
    priority : int
        Without effect.

    Notes
    -----
    Streams come from a pool of 32 for each device: the 33rd is the first one again.
    """

    __slots__ = ("_queue",)

    def __init__(self, device=None, priority: int = 0):
        self._queue = _layer().next_stream(number_of(device))

    @property
    def device(self) -> Device:
        """The device whose work it orders."""
        return Device("cuda", self._queue.device)

    @property
    def cuda_stream(self) -> int:
        """The driver's handle."""
        return 0 if self._queue.number == 0 else self._queue.handle

    def synchronize(self) -> None:
        """Wait until all that was put in it is done."""
        self._queue.synchronize()

    def query(self) -> bool:
        """Whether all that was put in it is done."""
        return self._queue.query()

    def record_event(self, event: "Event | None" = None) -> "Event":
        """Put a mark at its end (a new one if none is given); returns it."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: "Event") -> None:
        """Let what is put in it from now on wait for a mark."""
        event.wait(self)

    def wait_stream(self, stream: "Stream") -> None:
        """Let what is put in it from now on wait for all that is in another stream now."""
        self.wait_event(stream.record_event())

    def __eq__(self, other):
        return isinstance(other, Stream) and self._queue is other._queue

    def __hash__(self):
        return hash((self._queue.device, self._queue.number))

    def __repr__(self):
        return f"<tapegrad.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"


class Event:
    """A mark in a stream, reached when all that was put in before it is done.

    Parameters
    ----------
    enable_timing : bool
        Whether `elapsed_time` shall be asked of it.
    blocking, interprocess : bool
        Without effect.
    """

    __slots__ = ("_mark",)

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False):
        self._mark = _layer().Event(bool(enable_timing))

    def record(self, stream: Stream | None = None) -> None:
        """Put the mark at the end of a stream (None: the current one)."""
        self._mark.record(_queue(stream))

    def wait(self, stream: Stream | None = None) -> None:
        """Let what is put into a stream (None: the current one) from now on wait for the mark."""
        self._mark.wait(_queue(stream))

    def query(self) -> bool:
        """Whether the mark is reached; one that was never recorded is."""
        return self._mark.query()

    def synchronize(self) -> None:
        """Wait until the mark is reached."""
        self._mark.synchronize()

    def elapsed_time(self, end_event: "Event") -> float:
        """Milliseconds between this mark and another one.

        Raises
        ------
        ValueError
            If one of the two does not measure time, or was not recorded.
        """
        for event in (self, end_event):
            if not event._mark.timing:
                raise ValueError("[elapsed_time] both events must be made with `enable_timing=True`")
            if event._mark.raw is None:
                raise ValueError("[elapsed_time] both events must be recorded before the time between them is asked")
        return self._mark.elapsed(end_event._mark)


def _queue(stream: Stream | None):
    if stream is None:
        return _layer().current_stream(_layer().current_device())
    if not isinstance(stream, Stream):
        raise TypeError(f"[cuda] `stream` must be a tapegrad.cuda.Stream, got {type(stream).__name__}")
    return stream._queue


def _known(queue) -> Stream:
    stream = object.__new__(Stream)
    stream._queue = queue
    return stream


def current_stream(device=None) -> Stream:
    """The stream that kernels and copies on a device (None: the current one) are put into."""
    return _known(_layer().current_stream(number_of(device)))


def default_stream(device=None) -> Stream:
    """The stream of a device that is current unless another was chosen."""
    return _known(_layer().stream_at(number_of(device), 0))


def set_stream(stream: Stream) -> None:
    """Make a stream the current one of its device, and that the current device."""
    queue = _queue(stream)
    _layer().set_device(queue.device)
    _layer().set_stream(queue)


@contextmanager
def stream(stream: Stream | None):
    """Make a stream the current one of its device, and that the current device, in a `with` block; None: no change."""
    if stream is None:
        yield
        return
    queue = _queue(stream)
    with _layer().using(queue.device):
        before = _layer().set_stream(queue)
        try:
            yield
        finally:
            _layer().set_stream(before)
