"""Saved values stay what they were, or the sweep says which line changed them.

Fresh arrays cost nothing: writers log what they wrote (`log_write`), `.numpy()` leaves a snapshot (`log_exposure`),
and a sweep compares a record's saved values only with what happened after the record was made.
"""

import numpy as np

from .context import caller, line_of
from .errors import TapeError
from .tape import live


def bounds(array) -> tuple[int, int]:
    """First and one-past-last byte that `array` reaches, as addresses; (0, 0) when it has no elements."""
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
            tape.writes[id(array)] = (len(tape.records), array, where)  # the array is held: its id stays its own


def log_exposure(array) -> None:
    """Note on every tape in use that NumPy code was handed the memory of `array`."""
    for tape in live:
        tape.exposures.append((len(tape.records), array, array.copy(), caller()))


def changes(tape) -> list[tuple]:
    """(position, low, high, where) of all memory that changed, latest first."""
    found = [(position, *bounds(array), where) for position, array, where in tape.writes.values()]
    for position, array, snapshot, where in tape.exposures:
        if array.tobytes() != snapshot.tobytes():  # bytes: nan is equal to itself here
            found.append((position, *bounds(array), where))
    return sorted(found, key=lambda change: -change[0])


def check_saved(record: tuple, slot: int, changed: list[tuple]) -> None:
    """Raise if a value saved by `record` was changed after the record was made."""
    primitive = record[0]
    for saved in record[primitive.header :]:
        for value in saved if isinstance(saved, tuple) else (saved,):
            if not isinstance(value, np.ndarray):
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
