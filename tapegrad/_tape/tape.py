"""The Wengert list, and the span of it that a `with tape()` block writes.

A record is one flat tuple, appended in one step, so that neither Ctrl-C nor another thread ever sees half of one:

    (primitive, settings, slot, shape, dtype, code, instruction, *input slots, *input shapes, *saved values)

Slot k >= 0 *is* position k of the list; slot -1-j is the j-th leaf; an untracked input is None. Records refer to
slots, never to Tensors: there are no reference cycles. A sweep cuts the saved tail off the records that it consumed.
"""

import contextlib
import inspect
import sys
import threading
import weakref
from itertools import count

from .context import drop, line_of, spans, stack
from .errors import TapeError
from .nodes import Leaf
from .record import PART, Row, stats, table

_ids = count(1)
_CONTEXTLIB = contextlib.__file__


class _Live:
    """The tapes in use. Weak references without callbacks: a Python callback would swallow a Ctrl-C."""

    def __init__(self):
        self.refs: list[weakref.ref] = []
        self.limit = 16
        self.lock = threading.Lock()

    def add(self, tape):
        refs = self.refs
        refs.append(weakref.ref(tape))
        if len(refs) > self.limit:
            self._prune()

    def _prune(self):
        if self.lock.acquire(blocking=False):  # another thread, or a finalizer inside of this one, need not prune too
            try:
                refs = self.refs
                n = len(refs)  # what is appended meanwhile stands behind: a tape that got lost would hear of no write
                refs[:n] = alive = [r for r in refs[:n] if r() is not None]
                self.limit = max(16, 2 * len(alive))
            finally:
                self.lock.release()

    def __iter__(self):
        refs = self.refs[:]
        tapes = [tape for r in refs if (tape := r()) is not None]
        if len(tapes) < len(refs):
            self._prune()
        return iter(tapes)


live = _Live()


class Tape:
    """One list of records, and what a sweep of it needs to know."""

    __slots__ = (
        "__weakref__", "closed", "code", "exposures", "hooks", "id", "leaves", "records", "retained", "spent",
        "version", "watched", "writes", "written",
    )  # fmt: skip

    def __init__(self):
        self.id = next(_ids)
        self.records: list[tuple] = []
        self.leaves: dict[Leaf, int] = {}  # cell -> slot
        self.hooks: dict[int, dict] = {}  # slot -> hooks of that tensor
        self.retained: dict[int, list] = {}  # slot -> weak references to the tensors whose gradient is kept
        self.writes: dict[int, tuple] = {}  # id(array) -> (position, array, line) of its latest write in place
        self.written: dict[tuple, tuple] = {}  # (low, high) -> (position, line): older writes, by their addresses
        self.version = 0  # the number of writes
        self.exposures: list[tuple] = []  # (reference to an array, snapshot, line) since NumPy code can reach it
        self.watched = False  # whether user code runs in its sweeps, which may write
        self.spent: list[tuple] = []  # (lowest slot, highest slot, line) of each sweep that freed its records
        self.closed: list[tuple] = []  # (start, stop, implicit_ones) of spans that ended
        self.code = None  # the user's code object that recorded last: spares looking for it again
        live.add(self)

    # the three questions of `nodes.py`, for a tensor tracked here
    def locate(self, tensor, tape, keep):
        made = ""
        if tensor._slot >= 0:
            record = self.records[tensor._slot]
            made = f"made by [{record[0].name}] ({line_of(*record[5:7])}) "
        raise TapeError(
            f"a tensor of shape {tensor._shape} {made}belongs to another tape. Keep both uses inside one "
            "`with tape():`, or `.detach()` it to use its value alone"
        )

    def origin(self, tensor):
        return self, tensor._slot

    def tracked(self, tensor):
        return True

    def append(self, primitive, settings, tensor, where, slots, shapes) -> int:
        """Append a record that saves nothing, for a write or a remade view; returns its slot."""
        slot = len(self.records)
        record = (primitive, settings, slot, tensor._shape, tensor._dtype, *where, *slots, *shapes)
        self.extend(record, (tensor,))
        return slot

    def extend(self, record: tuple, outputs: tuple) -> None:
        """Append a complete record, and a part for each of its outputs but the first, in one step."""
        slot, where = record[2], record[5:7]
        parts = [(PART, k, slot + k, y._shape, y._dtype, *where) for k, y in enumerate(outputs[1:], 1)]
        self.records.extend([record, *parts])
        if self.records[slot] is not record:
            raise torn()

    def retain(self, tensor, slot: int, instead_of: int | None = None) -> None:
        """Keep the gradient at `slot` for `tensor`; `instead_of` where its value was before a write."""
        if instead_of is not None:
            before = self.retained.get(instead_of, [])
            if all(ref() is not tensor for ref in before):
                return
            before[:] = [ref for ref in before if ref() is not tensor]
        kept = self.retained.setdefault(slot, [])
        if all(ref() is not tensor for ref in kept):
            kept.append(weakref.ref(tensor))

    def seeded_with_ones(self, slot: int) -> bool:
        """Whether the innermost span around `slot` was opened with `implicit_ones=True`."""
        around = [(s.start, s.implicit_ones) for s in spans() if s.tape is self and s.start <= slot]
        around += [(start, ones) for start, stop, ones in self.closed if start <= slot < stop]
        return bool(around) and max(around, key=lambda s: s[0])[1]


Leaf.new_tape = Tape


def torn() -> TapeError:
    """Two threads appended to one list at the same moment."""
    return TapeError(
        "another thread records on this tape at the same time (it runs in a copy of this context). "
        "Open a `with tape():` of its own in each thread"
    )


class Span:
    """A stretch of this thread's global tape: what ``with tape() as t:`` binds.

    Inside the block every operation with a tracked input appends one record. ``len(t)``, ``t[k]``, iteration,
    ``print(t)`` and ``t.stats()`` read the stretch; results can be swept inside the block and after it.

    Parameters
    ----------
    implicit_ones : bool, default False
        Let ``backward()`` on a result with more than one element start from ones instead of raising.
    """

    __slots__ = ("_frame", "_instruction", "implicit_ones", "start", "stop", "tape")

    def __init__(self, *, implicit_ones: bool = False):
        self.implicit_ones = bool(implicit_ones)
        self.tape: Tape | None = None
        self.start, self.stop = 0, None

    def __enter__(self):
        if self.tape is not None:
            raise TapeError("[tape] this span was opened before; write `with tape():` anew for each use")
        frame = sys._getframe(1)
        while frame.f_code.co_filename == _CONTEXTLIB and frame.f_back is not None:
            frame = frame.f_back  # an ExitStack opens us
        self._frame, self._instruction = frame, frame.f_lasti
        outer = _outer_spans(frame) if len(stack.get()) > 1 else ()
        if outer:
            self.tape = tape = outer[-1].tape
            self.start = len(tape.records)
        else:
            self.tape = tape = Tape()
        stack.set((tape, *stack.get()[1:], self))
        return self

    def __exit__(self, *exc):
        drop(self)
        self._frame = None
        self.stop = len(self.tape.records)
        self.tape.closed.append((self.start, self.stop, self.implicit_ones))

    @property
    def _records(self) -> list[tuple]:
        return [] if self.tape is None else self.tape.records[self.start : self.stop]

    def _rows(self) -> list[Row]:
        return [Row(r) for r in self._records if r[0] is not PART]

    def __len__(self):
        return sum(r[0] is not PART for r in self._records)

    def __iter__(self):
        return iter(self._rows())

    def __getitem__(self, k):
        records = [r for r in self._records if r[0] is not PART]
        if isinstance(k, slice):
            return list(map(Row, records[k]))
        try:
            return Row(records[k])
        except IndexError:
            raise IndexError(f"[tape] `k` (={k}) must be the number of one of the {len(records)} records") from None

    def __str__(self):
        return table(self._rows())

    def __repr__(self):
        state = "new" if self.tape is None else "open" if self.stop is None else "closed"
        return f"<tape: {len(self)} records, {state}>"

    def stats(self):
        """Count records and saved bytes by operation.

        Returns
        -------
        Stats
            ``records``, ``saved_bytes`` and ``by_op`` (name -> (records, saved bytes)); prints as a table.
        """
        return stats(self._rows())


tape = Span

_SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def _outer_spans(frame) -> list[Span]:
    """The open spans around a block that starts in `frame`, without what Ctrl-C left behind.

    An interrupt that hits the first instruction of `__exit__` leaves its span open. Such a leftover is known by
    its frame: it has returned, or it is about to run the very `with` again that the span belongs to.
    """
    opened = spans()
    if not opened:
        return opened
    running, f = set(), frame
    while f is not None:
        running.add(f)
        f = f.f_back
    outer = []
    for span in opened:
        home = span._frame
        returned = home not in running and not home.f_code.co_flags & _SUSPENDS
        if returned or (home is frame and span._instruction == frame.f_lasti):
            drop(span)
        else:
            outer.append(span)
    return outer
