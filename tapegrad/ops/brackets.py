"""What stands in brackets: an index taken apart into plain settings and one array of positions."""

from operator import index as integer
from types import EllipsisType, NoneType

import numpy as np

from .. import kernels
from .._device import device_of
from .._tape import Tensor, plain
from .cast import cast
from .region import array_of

_SIMPLE = {int, NoneType, EllipsisType}


def is_plain(entry: slice) -> bool:
    """Whether the ends and the step of a slice are ints or missing: no tensors, which could change."""
    return entry.stop.__class__ in _SIMPLE and entry.start.__class__ in _SIMPLE and entry.step.__class__ in _SIMPLE


def is_basic(index: tuple) -> bool:
    """Whether an index is made of plain ints, slices of them, None and Ellipsis."""
    for entry in index:
        kind = entry.__class__
        if kind is slice:
            if not is_plain(entry):
                return False
        elif kind not in _SIMPLE:
            return False
    return True


def parse(op: str, x, index) -> tuple:
    """Take an index apart: `(base, at, template)`, where `x[index]` is `base[template filled with at]`.

    The template is the index with the shape (a tuple) of an array in the place of each; `at` holds their positions,
    end to end, and is None if there are none. `base` is `x`, but for True and False, which are masks of an axis of
    length 1 that `base` has in addition.

    Raises
    ------
    IndexError
        If an entry is no index, a mask does not fit, or there are not so many axes.
    """
    if isinstance(index, (Tensor, np.ndarray)) and index.dtype.kind in "iu" and index.shape and x.shape:
        return x, _end_to_end(op, [index], x), (index.shape,)  # the commonest, at once
    entries = entries_of(op, index)
    template: list = []
    widened: list = []  # the index of `base` in `x`
    arrays: list = []
    for entry, axis in zip(entries, axes_of(op, x.shape, entries), strict=True):
        found = []
        if isinstance(entry, bool):
            found.append(np.zeros(int(entry), np.int64))
            widened.append(None)
        elif hasattr(entry, "dtype"):
            found += _places(op, x, entry, axis) if entry.dtype.kind == "b" else [entry]
            widened += [slice(None)] * len(found)
        else:
            template.append(entry)
            widened += [] if entry is None else [entry if entry is ... else slice(None)]
        template += [a.shape for a in found]
        arrays += found
    if not arrays:
        return x, None, tuple(template)
    base = x[(*widened, ...) if ... not in widened else tuple(widened)] if None in widened else x
    return base, _end_to_end(op, arrays, x), tuple(template)


def entries_of(op: str, index) -> list:
    """The entries of an index, each an int, slice, None, Ellipsis, bool, or array with axes."""
    return [_entry(op, e) for e in (index if isinstance(index, tuple) else (index,))]


def _entry(op: str, entry):
    if entry is None or entry is ... or isinstance(entry, (bool, int)):
        return entry
    if isinstance(entry, slice):
        try:
            return slice(*(None if part is None else integer(part) for part in (entry.start, entry.stop, entry.step)))
        except TypeError:
            raise TypeError(f"[{op}] `index` (={entry}) must have integers or None as its bounds") from None
    if isinstance(entry, (list, tuple, range)):
        entry = np.asarray([e.tolist() if hasattr(e, "tolist") else e for e in entry])
        entry = entry if entry.size else entry.astype(np.int64)
    if not hasattr(entry, "dtype") or entry.dtype.kind not in "biu":
        raise IndexError(
            f"[{op}] `index` (={entry!r}) must hold ints, slices, None, Ellipsis, and arrays of integers or booleans"
        )
    if entry.shape == ():
        return bool(entry) if entry.dtype.kind == "b" else int(entry)
    return entry


def axes_of(op: str, shape: tuple, entries: list) -> list[int]:
    """The axis that each entry of an index starts at."""
    widths = [_width(e) for e in entries]
    ellipses = [i for i, e in enumerate(entries) if e is ...]
    if len(ellipses) > 1:
        raise IndexError(f"[{op}] `index` must hold at most one Ellipsis, not {len(ellipses)}")
    used = sum(widths)
    if used > len(shape):
        raise IndexError(f"[{op}] `index` addresses {used} axes; `x` (shape {shape}) has only {len(shape)}")
    for i in ellipses:
        widths[i] = len(shape) - used
    return [sum(widths[:i]) for i in range(len(widths))]


def _width(entry) -> int:
    """How many axes an entry of an index addresses."""
    if entry is None or entry is ... or isinstance(entry, bool):
        return 0
    is_mask = hasattr(entry, "dtype") and entry.dtype.kind == "b"
    return len(entry.shape) if is_mask else 1


def _places(op: str, x, mask, axis: int) -> list:
    """Where a mask of the axes from `axis` on is true: one integer array for each of its axes."""
    covered = x.shape[axis : axis + len(mask.shape)]
    if mask.shape != covered:
        raise IndexError(f"[{op}] `index` (a mask of shape {mask.shape}) must have the shape {covered} at axis {axis}")
    return list(kernels.nonzero(array_of(mask)))


def _end_to_end(op: str, arrays: list, x):
    """Index arrays as one, which no NumPy code can change."""
    if type(array_of(x)) is np.ndarray:
        for a in arrays:
            if type(array_of(a)) is not np.ndarray:
                raise RuntimeError(
                    f"[{op}] `index` (shape {tuple(a.shape)}) is on {device_of(array_of(a))}, and what is indexed on "
                    "the CPU: move it with `.cpu()`"
                )
    if len(arrays) == 1 and isinstance(arrays[0], Tensor):
        at = cast(arrays[0], np.int64)
        return at if len(at.shape) == 1 else at.reshape(-1)
    like = array_of(x)
    raw = [array_of(a) for a in arrays]
    raw = [kernels.from_numpy(a, like=like) if isinstance(a, np.ndarray) else a for a in raw]
    flat = [a.astype(np.int64).reshape(-1) for a in raw]  # copies
    at = flat[0] if len(flat) == 1 else kernels.concatenate(flat)
    return plain(at) if isinstance(x, Tensor) or any(isinstance(a, Tensor) for a in arrays) else at


def explain(op: str, x, index, error: IndexError) -> IndexError:
    """The error of an index that failed, with the position, the axis and its size."""
    if str(error).startswith("["):
        return error
    try:
        entries = entries_of(op, index)
        axes = axes_of(op, x.shape, entries)
    except IndexError as better:
        return better
    for entry, axis in zip(entries, axes, strict=True):
        n = x.shape[axis] if axis < len(x.shape) else 0
        is_array = hasattr(entry, "dtype") and entry.dtype.kind in "iu"
        for i in entry.reshape(-1).tolist() if is_array else [entry]:
            if isinstance(i, int) and not isinstance(i, bool) and not -n <= i < n:
                return IndexError(f"[{op}] `index` (={i}) must lie in {-n} … {n - 1} on axis {axis} (size {n})")
    return IndexError(f"[{op}] {error}")
