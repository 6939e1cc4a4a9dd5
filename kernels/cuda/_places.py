"""An index taken apart, and its arrays turned into offsets in memory.

NumPy's rule: integers, slices, None and Ellipsis select a view; index arrays are broadcast against each other, and
their axes stand where the first of them stood, or in front if something stands between them. Integers beside index
arrays count as such for that. A mask is the positions where it is true.

Every position on the device is checked by the kernel that uses it; that one was out of range is a byte, which the host
reads, and waits for. Index arrays of NumPy are checked on the host, those of masks need no check.
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


class Places:
    """Index arrays, broadcast against each other, as the text of a kernel that finds where they point.

    Parameters
    ----------
    arrays : tuple of int arrays, of the device or of NumPy
    sizes, steps, names : sequences of ints
        Length, step and name of the axis of each.
    checked : bool
        Whether all positions are known to exist.

    Raises
    ------
    IndexError
        If the arrays do not broadcast, or a position of those of NumPy does not exist.
    """

    def __init__(self, arrays, sizes, steps, names, checked=False):
        try:
            self.shape = np.broadcast_shapes(*(a.shape for a in arrays))
        except ValueError:
            shapes = " ".join(map(str, (a.shape for a in arrays)))
            raise IndexError(
                f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
            ) from None
        known = np.zeros((), np.int64)  # what the arrays of NumPy add up to
        self.unknown = []
        for array, n, step, name in zip(arrays, sizes, steps, names, strict=True):
            if isinstance(array, np.ndarray):
                known = known + _wrapped(array, n, name) * step
            else:
                self.unknown.append((array, n, step, name))
        self.operands = [a for a, *_ in self.unknown]
        self.parameters = tuple(np.int64(p) for _, n, step, _ in self.unknown for p in (n, step))
        if known.ndim or not self.unknown:
            self.operands.append(DeviceArray.from_host(np.broadcast_to(known, self.shape), wait=False))
        self.flag = None if checked or not self.unknown else DeviceArray.from_host(np.zeros((), bool), wait=False)

    def run(self, action: str, y: DeviceArray, operands, spread_xs) -> None:
        """Run `action` for each element: it finds `at`, and the arrays of `spread_xs` behind the `operands`.

        Raises
        ------
        IndexError
            If a position does not exist; there the action does not run.
        """
        count = len(self.unknown)
        lines = [f"at = x{count}_buffer[x{count}_at]" if len(self.operands) > count else "at = int64(0)", "fine = True"]
        for k in range(count):
            lines += [
                f"place = int64(x{k}_buffer[x{k}_at])",
                f"place = place + p{2 * k} if place < int64(0) else place",
                f"fine = fine and place >= int64(0) and place < p{2 * k}",
                f"at += place * p{2 * k + 1}",
            ]
        ys = [y]
        if self.flag is None:
            lines.append(action)
        else:
            lines += ["if fine:", f"    {action}", "else:", "    y1_buffer[y1_at] = True"]
            ys.append(self.flag)
        run("\n".join(lines), ys, (*operands, *spread_xs), self.parameters, y.shape)
        if self.flag is not None and y.size and self.flag.item():
            for array, n, _, name in self.unknown:
                _wrapped(array.to_host(), n, name)

    def offsets(self) -> DeviceArray:
        """Where the positions lie: Σ positions · step, int64."""
        if not self.unknown:
            return self.operands[0]
        y = DeviceArray.empty(self.shape, np.int64)
        self.run("y0_buffer[y0_at] = at", y, self.operands, ())
        return y


def offsets(arrays, sizes, steps, names, checked=False) -> DeviceArray:
    """Where positions lie: Σ positions · step, of index arrays as `Places` takes them."""
    return Places(arrays, sizes, steps, names, checked).offsets()


def places_of(view: DeviceArray, index: Index) -> Places:
    """Where an index points in its view."""
    sizes, steps = ([a[k] for k in index.axes] for a in (view.shape, view.steps))
    return Places(index.arrays, sizes, steps, index.names, index.checked)


def gather(view: DeviceArray, index: Index) -> DeviceArray:
    """The elements at an index, in one kernel."""
    places = places_of(view, index)
    both = [beside(view, index.axes, index.lead, spread(a, places.shape)) for a in places.operands]
    elements = both[0][0]
    y = DeviceArray.empty(elements.shape, view.dtype)
    x = f"x{len(both)}"
    action = f"y0_buffer[y0_at] = {x}_buffer[uint64(int64({x}_at) + at)]"
    places.run(action, y, [at for _, at in both], (elements,))
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
    return beside(view, index.axes, index.lead, places_of(view, index).offsets())


def beside(view: DeviceArray, axes, lead: int, at: DeviceArray) -> tuple[DeviceArray, DeviceArray]:
    """`chosen`, of offsets that are known: the axes of `at` in the place of `axes`, behind `lead` others."""
    rest = [a for a in range(view.ndim) if a not in axes]
    before, after = rest[:lead], rest[lead:]
    shape = (*(view.shape[a] for a in before), *at.shape, *(view.shape[a] for a in after))
    steps = (*(view.steps[a] for a in before), *(0,) * at.ndim, *(view.steps[a] for a in after))
    elements = view.view(shape, steps)
    inner = at.view((*at.shape, *(1,) * len(after)), (*at.steps, *(0,) * len(after)))
    return elements, spread(inner, shape)
