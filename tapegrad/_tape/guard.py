"""Saved values stay what they were, or the sweep says which line changed them.

Fresh arrays cost nothing: writers log what they wrote (`log_write`), memory that NumPy code can reach is marked and
leaves a snapshot (`expose`), and a sweep compares a record's saved values only with what happened after the record
was made. The logs keep no memory alive: a value that was saved from freed memory does not exist.
"""

import contextlib
import sys
import weakref

import numpy as np

from .context import caller, line_of
from .errors import TapeError
from .nodes import OUTSIDE, Exposed, Frozen, Leaf, is_exposed, root_of
from .tape import live
from .tensor import Tensor

RECENT = 64  # entries of a log before it is put in order
ALWAYS = sys.maxsize  # the position of what happened after every record that can have saved it


def bounds(array) -> tuple[int, int]:
    """First and one-past-last byte that `array` reaches, as addresses; (0, 0) when it has no elements."""
    if not isinstance(array, np.ndarray):  # arrays of a device know it
        return array.bounds()
    low = high = array.__array_interface__["data"][0]
    for size, stride in zip(array.shape, array.strides, strict=True):
        if size == 0:
            return 0, 0
        if stride < 0:
            low += (size - 1) * stride
        else:
            high += (size - 1) * stride
    return low, high + array.itemsize


def log_write(array) -> None:
    """Note on every tape in use that `array` is about to be changed in place by the user's current line."""
    where = None
    for tape in live:
        if tape.records:
            where = where or caller()
            tape.version += 1
            tape.writes[id(array)] = (len(tape.records), array, where)  # the array is held: its id stays its own
            if len(tape.writes) > RECENT:
                _settle(tape)


def expose(tensor: Tensor) -> Tensor:
    """Mark the memory of `tensor` as reachable by NumPy code, or by a tensor that is no view; returns its root.

    From now on rules save copies of it. What they saved before is in the snapshot that each tape in use gets.
    """
    root = root_of(tensor)
    if not is_exposed(root):
        root._exposed = True
        node = root._node
        if node is None:
            root._node = Exposed()
        elif type(node) is Leaf:
            node.exposed = True
        elif type(node) is Frozen:
            node.cell.exposed = True
        elif node is not OUTSIDE and type(node) is not Exposed:
            root._node = Exposed(node, root._slot)
        _log_exposure(root._array)
    return root


def _log_exposure(array) -> None:
    for tape in live:
        if tape.records:
            hold = weakref.ref(array) if array.base is None else lambda: array  # its owner may outlive a view
            with live.lock:
                tape.exposures.append((hold, array.copy(), caller()))
            if len(tape.exposures) % RECENT == 0:
                _settle(tape)


def _settle(tape) -> None:
    """Let go of the memory that the logs of `tape` mention. Other threads may be writing to them."""
    written, writes = tape.written, tape.writes
    with contextlib.suppress(KeyError):  # empty
        while writes:
            position, array, where = writes.popitem()[1]
            region = bounds(array)
            if region not in written or written[region][0] < position:
                written[region] = position, where
    with live.lock:
        tape.exposures = [exposure for exposure in tape.exposures if exposure[0]() is not None]


class Changes:
    """The memory that changed since the records of a tape were made; kept up to date while a sweep runs.

    Hooks and the rules of Functions are user code, and may write.
    """

    __slots__ = ("found", "tape", "version")

    def __init__(self, tape):
        self.tape, self.version = tape, tape.version
        self.found = self._find() if tape.version or tape.exposures else ()

    def _find(self) -> list[tuple]:
        """(position, low, high, where) of each change, latest first."""
        _settle(self.tape)
        found = [(position, *region, where) for region, (position, where) in list(self.tape.written.items())]
        for hold, snapshot, where in self.tape.exposures:
            array = hold()
            if array is not None and array.tobytes() != snapshot.tobytes():  # bytes: nan is equal to itself here
                found.append((ALWAYS, *bounds(array), where))
        return sorted(found, key=lambda change: -change[0])

    def check(self, record: tuple, slot: int) -> None:
        """Raise if a value saved by `record` was changed after the record was made."""
        if self.version != self.tape.version:
            self.version, self.found = self.tape.version, self._find()
        if self.found:
            _check_saved(record, slot, self.found)


def _check_saved(record: tuple, slot: int, changed: list[tuple]) -> None:
    primitive = record[0]
    for saved in record[primitive.header :]:
        for value in saved if isinstance(saved, tuple) else (saved,):
            if not isinstance(value, np.ndarray) and not hasattr(value, "bounds"):
                continue
            low, high = bounds(value)
            for position, first, last, where in changed:
                if position <= slot:
                    break
                if first < high and low < last:
                    raise TapeError(
                        f"[{primitive.name}] ({line_of(*record[5:7])}) needs a value of shape {value.shape} for its "
                        f"gradient that has been modified by an inplace operation at {line_of(*where)}. "
                        "Change a `.clone()` instead, or use an out-of-place operation there"
                    )
