"""An index taken apart, and its arrays turned into offsets in memory.

NumPy's rule: integers, slices, None and Ellipsis select a view; index arrays are broadcast against each other, and
their axes stand where the first of them stood, or in front if something stands between them. Integers beside index
arrays count as such for that. A mask is the positions where it is true.

Every position on the device is checked by the kernel that adds them up; that it found one out of range is one byte,
which the host reads and waits for. Index arrays of NumPy are checked on the host, those of masks need no check.
"""

from operator import index as integer
from typing import NamedTuple

import numpy as np

from ._array import DeviceArray
from ._fuse import run, spread


class Index(NamedTuple):
    """What stands in brackets."""

    basic: tuple  # selects a view, in which the axes of index arrays are whole
    arrays: tuple  # of integers; empty if there are none
    axes: tuple  # of the view, one for each array
    names: tuple  # the same axes, counted in the array that is indexed
    lead: int  # how many of the other axes of the view come before those of the arrays
    distinct: bool  # no position can come twice
    checked: bool  # all positions exist


def parse(shape: tuple, index) -> Index:
    """Take an index apart.

    Raises
    ------
    IndexError
        In NumPy's words: an entry is no index, there are too many, or a mask does not fit.
    """
    entries = [_entry(e) for e in (index if isinstance(index, tuple) else (index,))]
    masks = [_is_array(e) and e.dtype.kind == "b" for e in entries]
    widths = [
        e.ndim if mask else int(_is_array(e) or isinstance(e, (int, slice)))
        for e, mask in zip(entries, masks, strict=True)
    ]
    used, gaps = sum(widths), [k for k, e in enumerate(entries) if e is ...]
    if used > len(shape):
        raise IndexError(f"too many indices for array: array is {len(shape)}-dimensional, but {used} were indexed")
    if len(gaps) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    some = any(map(_is_array, entries))
    basic: list = []
    arrays: list = []
    axes: list = []
    names: list = []
    axis = place = rest = 0  # in the array, in the view, and among the axes of the view that no array takes
    lead, parted = None, False
    for entry, mask, width in zip(entries, masks, widths, strict=True):
        if some and (_is_array(entry) or isinstance(entry, int)):
            lead = rest if lead is None else 0 if parted else lead
        elif lead is not None:
            parted = True
        if _is_array(entry):
            if mask:
                found = _nonzero(entry, shape[axis : axis + width], axis)
                basic += [slice(None)] * width if width else [None]
            else:
                found = [entry]
                basic.append(slice(None))
            arrays += found
            axes += range(place, place + len(found))
            names += range(axis, axis + len(found))
            place += len(found)
        else:
            whole = len(shape) - used
            basic += [slice(None)] * whole if entry is ... else [entry]
            axis += whole if entry is ... else 0
            added = whole if entry is ... else 0 if isinstance(entry, int) else 1
            place, rest = place + added, rest + added
        axis += width
    distinct = sum(map(_is_array, entries)) == 1 and any(masks)
    checked = all(masks[k] for k, e in enumerate(entries) if _is_array(e))
    return Index(tuple(basic), tuple(arrays), tuple(axes), tuple(names), lead or 0, distinct, checked)


def _entry(entry):
    if entry is None or entry is ... or isinstance(entry, slice):
        return entry
    if isinstance(entry, (bool, np.bool_)):
        return np.asarray(entry)
    if isinstance(entry, (int, np.integer)):
        return int(entry)
    if not _is_array(entry) and not hasattr(entry, "__index__"):
        entry = np.asarray(entry)
        entry = entry if entry.size else entry.astype(np.int64)
    if _is_array(entry):
        if entry.dtype.kind not in "biu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
        return int(entry) if isinstance(entry, np.ndarray) and not entry.ndim and entry.dtype.kind != "b" else entry
    try:
        return integer(entry)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are "
            "valid indices"
        ) from None


def _is_array(entry) -> bool:
    return isinstance(entry, (DeviceArray, np.ndarray))


def _nonzero(mask, covered: tuple, axis: int) -> list:
    """The positions of a mask; one of no axes is a mask of an axis of length 1."""
    if mask.shape != covered:
        k = next(k for k, (n, m) in enumerate(zip(covered, mask.shape, strict=True)) if n != m)
        raise IndexError(
            f"boolean index did not match indexed array along axis {axis + k}; size of axis is {covered[k]} but size "
            f"of corresponding boolean axis is {mask.shape[k]}"
        )
    if not mask.ndim:
        return [np.zeros(int(bool(mask)), np.int64)]
    if isinstance(mask, np.ndarray):
        return [*np.nonzero(mask)]
    from .indexing import nonzero

    return [*nonzero(mask)]


def select(x: DeviceArray, basic: tuple) -> DeviceArray:
    """The view of an index of integers, slices and None."""
    shape, steps, offset, axis = [], [], 0, 0
    for entry in basic:
        if entry is None:
            shape.append(1)
            steps.append(0)
            continue
        n, step = x.shape[axis], x.steps[axis]
        if isinstance(entry, slice):
            start, stop, stride = entry.indices(n)
            shape.append(len(range(start, stop, stride)))
            steps.append(step * stride)
            offset += start * step if shape[-1] else 0
        elif -n <= entry < n:
            offset += entry % n * step
        else:
            raise IndexError(f"index {entry} is out of bounds for axis {axis} with size {n}")
        axis += 1
    return x.view([*shape, *x.shape[axis:]], [*steps, *x.steps[axis:]], offset)


def offsets(arrays, sizes, steps, names, checked=False) -> DeviceArray:
    """Where the positions lie: Σ positions · step, of the index arrays broadcast against each other.

    Parameters
    ----------
    arrays : tuple of int arrays, of the device or of NumPy
    sizes, steps, names : tuples of ints
        Length, step and name of the axis of each.
    checked : bool
        Whether all positions are known to exist.

    Returns
    -------
    DeviceArray, int64

    Raises
    ------
    IndexError
        If a position does not exist.
    """
    try:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        shapes = " ".join(map(str, (a.shape for a in arrays)))
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
        ) from None
    known = np.zeros((), np.int64)  # of the arrays of NumPy
    unknown = []
    for array, n, step, name in zip(arrays, sizes, steps, names, strict=True):
        if isinstance(array, np.ndarray):
            known = known + _wrapped(array, n, name) * step
        else:
            unknown.append((array, n, step, name))
    if not unknown:
        return DeviceArray.from_host(np.broadcast_to(known, shape))
    y, bad = DeviceArray.empty(shape, np.int64), DeviceArray.from_host(np.zeros((), bool))
    sum_of = [a for a, *_ in unknown] + ([DeviceArray.from_host(known)] if known.ndim else [])
    parameters = tuple(np.int64(p) for _, n, step, _ in unknown for p in (n, step))
    lines = ["at = int64(0)" if known.ndim == 0 else f"at = x{len(unknown)}_buffer[x{len(unknown)}_at]"]
    for k in range(len(unknown)):
        lines += [
            f"place = int64(x{k}_buffer[x{k}_at])",
            f"place = place + p{2 * k} if place < int64(0) else place",
            f"if place < int64(0) or place >= p{2 * k}:",
            "    y1_buffer[y1_at] = True",
            f"at += place * p{2 * k + 1}",
        ]
    run("\n".join([*lines, "y0_buffer[y0_at] = at"]), (y, bad), sum_of, parameters, shape)
    if not checked and y.size and bad.item():
        for array, n, _, name in unknown:
            _wrapped(array.to_host(), n, name)
    return y


def _wrapped(array: np.ndarray, n: int, name: int) -> np.ndarray:
    """Positions counted from the front."""
    at = array.astype(np.int64, copy=False)
    if at.size and not (-n <= at.min() and at.max() < n):
        wrong = at[(at < -n) | (at >= n)][0]
        raise IndexError(f"index {wrong} is out of bounds for axis {name} with size {n}")
    return np.where(at < 0, at + n, at)


def chosen(view: DeviceArray, index: Index) -> tuple[DeviceArray, DeviceArray]:
    """`(elements, at)` of the shape of the result: result[k] lies `at[k]` behind where `elements` has its k-th."""
    at = offsets(
        index.arrays,
        [view.shape[a] for a in index.axes],
        [view.steps[a] for a in index.axes],
        index.names,
        index.checked,
    )
    return beside(view, index.axes, index.lead, at)


def beside(view: DeviceArray, axes, lead: int, at: DeviceArray) -> tuple[DeviceArray, DeviceArray]:
    """`chosen`, of offsets that are known: the axes of `at` in the place of `axes`, behind `lead` others."""
    rest = [a for a in range(view.ndim) if a not in axes]
    before, after = rest[:lead], rest[lead:]
    shape = (*(view.shape[a] for a in before), *at.shape, *(view.shape[a] for a in after))
    steps = (*(view.steps[a] for a in before), *(0,) * at.ndim, *(view.steps[a] for a in after))
    elements = view.view(shape, steps)
    inner = at.reshape((*at.shape, *(1,) * len(after)))
    return elements, spread(inner, shape)
