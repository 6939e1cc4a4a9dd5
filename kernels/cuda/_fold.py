"""Reductions on the device, and whatever goes over rows: the layout of the threads, and the start of the kernels.

A formula (`_row`) is compiled into one kernel for any layout. A block is cut into groups of lanes, a group for each row
at a time; how, is decided by the shape and the strides alone, so results never depend on the device or the launch:

    rows that lie in memory one element after the other    neighbouring threads are the lanes of a row
    rows that lie side by side, as columns do              neighbouring threads are rows, so that loads coalesce there
    few, long rows that are folded once                    in parts: a kernel writes the states of the parts of a row,
                                                           a second one folds those
"""

from functools import lru_cache
from math import inf, prod
from typing import NamedTuple

import numpy as np

from .._axes import normalize_axes
from ._array import DeviceArray, contiguous_strides
from ._driver import BLOCKS, SIMULATED, kernel
from ._functions import NAMES
from ._fuse import Setting, collapsed, spread
from ._row import HELD, read

THREADS = 4 if SIMULATED else 256  # of a block
LOG_THREADS = THREADS.bit_length() - 1
RUN = 2 if SIMULATED else 16  # elements that a lane combines before they join its others
LEAST = 2 if SIMULATED else 4  # elements of a row that are worth a lane
LOG_COLUMNS = 1 if SIMULATED else 5  # of rows side by side that are read at once
PART = 4 if SIMULATED else 32  # and those that a lane of a part gets
ENOUGH = 4 if SIMULATED else 512  # blocks that keep a device busy: with less, rows are folded in parts


@kernel
def rows(text: str, elements: int, each: int, operands: int, results: int, parameters: int):
    """The kernel of a text; arrays that have one number a row come without steps along it.

    A row has `m` elements to fold, or parts of the `count` elements it had at first.
    """
    wide = [*(f"x{k}" for k in range(elements)), *(f"e{k}" for k in range(each))]
    narrow = [*(f"r{k}" for k in range(operands)), *(f"y{k}" for k in range(results))]
    args = "".join(f", {a}_buffer, {a}_offset, {a}_rows, {a}_steps" for a in wide)
    args += "".join(f", {a}_buffer, {a}_offset, {a}_rows" for a in narrow)
    args += "".join(f", p{k}" for k in range(parameters))
    lines = [f"def run(n, m, count, chunk, bits, across, kept, shape{args}):", *text.splitlines()]
    space = {**NAMES, "THREADS": THREADS, "LOG_THREADS": LOG_THREADS, "RUN": RUN}
    exec("\n    ".join(lines), space)
    return space["run"]


class Plan(NamedTuple):
    """How rows are walked: n of them, m elements each; the steps of each array along both."""

    n: int
    m: int
    bits: int  # of the number of lanes
    across: int
    parts: int
    kept: tuple
    shape: tuple
    along_kept: tuple  # for wide arrays, then for narrow ones, then for what is written once a row
    along_row: tuple


def fold(formula, elements, operands=(), axes=None, settings=(), keepdims=False, ordered=False):
    """Run a formula of rows.

    Parameters
    ----------
    formula : function of a Row and the settings
        Of this module or another, not made on the way: what became of it is kept.
    elements : tuple of DeviceArray
        Broadcast against each other.
    operands : tuple of DeviceArray
        With one number a row: they broadcast to the shape without the reduced axes.
    axes : None, int or tuple of ints
        Those of a row; None means all.
    settings : tuple
        Hashable; floats and NumPy's numbers become parameters of the kernel.
    keepdims : bool
        Keep the axes of a row with length 1 in what has one number a row.
    ordered : bool
        Count the elements of a row in C order.

    Returns
    -------
    DeviceArray or tuple of them
        What was written for each element, then what was for each row.
    """
    shape = np.broadcast_shapes(*(x.shape for x in elements))
    elements = [spread(x, shape) for x in elements]
    axes = normalize_axes("reduce", axes, len(shape))
    few = tuple(n for a, n in enumerate(shape) if a not in axes)
    operands = [spread(r, few) for r in operands]
    described = tuple(x.dtype for x in elements), tuple(r.dtype for r in operands), tuple(map(Setting, settings))
    kind = read(formula, *described, 1, 1)
    steps, narrow = tuple(x.steps for x in elements), tuple(r.steps for r in operands)
    plan = planned(shape, axes, steps, len(kind.each), narrow, ordered, kind.parts)
    held = kind.passes > 1 and plan.m <= HELD << plan.bits
    stage = "first" if plan.parts > 1 else "held" if held else "whole"
    text = read(formula, *described, len(plan.kept), len(plan.shape), stage)
    each = [DeviceArray.empty(shape, d) for d in text.each]
    if stage != "first":
        ys = [DeviceArray.empty(few, d) for d in text.results]
        _start(text, plan, plan.m, elements, each, operands, ys)
    else:
        states = [DeviceArray.empty((*few, plan.parts), d) for d in text.results]
        _start(text, plan, plan.m, elements, [], operands, states)
        ys = _last(formula, states, plan.m, operands, few, described, ordered)
    if keepdims:
        ones = tuple(1 if a in axes else n for a, n in enumerate(shape))
        ys = [y.view(ones, contiguous_strides(ones)) for y in ys]
    return (*each, *ys) if len(each) + len(ys) > 1 else (*each, *ys)[0]


def _last(formula, states, count, operands, few, described, ordered):
    shape = states[0].shape
    steps = tuple(s.steps for s in states)
    described = tuple(s.dtype for s in states), *described[1:]
    plan = planned(shape, (len(few),), steps, 0, tuple(r.steps for r in operands), ordered, False)
    text = read(formula, *described, len(plan.kept), len(plan.shape), "last")
    ys = [DeviceArray.empty(few, d) for d in text.results]
    _start(text, plan, count, states, [], operands, ys)
    return ys


def _start(text, plan, count, elements, each, operands, ys):
    if not plan.n:
        return
    *rest, of_results = plan.along_kept
    arguments, rest = [], iter(rest)
    for a, steps in zip((*elements, *each), plan.along_row, strict=True):
        arguments += [a.buffer, a.offset, next(rest), steps]
    for a in operands:
        arguments += [a.buffer, a.offset, next(rest)]
    for a in ys:
        arguments += [a.buffer, a.offset, tuple(s * plan.parts for s in of_results)]
    run = rows(text.lines, len(elements), len(each), len(operands), len(ys), len(text.parameters))
    grid = min(BLOCKS, -(-(plan.n << plan.bits) // THREADS)), plan.parts
    chunk = -(-plan.m // plan.parts)
    how = plan.n, plan.m, count, chunk, plan.bits, plan.across, plan.kept, plan.shape
    run(grid, THREADS, *how, *arguments, *text.parameters)


@lru_cache(4096)
def planned(shape, axes, steps, each, narrow, ordered, parts) -> Plan:
    """How to walk arrays with these steps, so many that are written for each element, and those with a number a row."""
    wide = (*steps, *(contiguous_strides(shape),) * each)
    lead = max(wide, key=lambda s: prod(n for n, d in zip(shape, s, strict=True) if d))
    kept, along = [a for a in range(len(shape)) if a not in axes], sorted(axes)
    few = tuple(shape[a] for a in kept)
    places = sorted(range(len(kept)), key=lambda k: _far(lead[kept[k]]), reverse=True)
    along = along if ordered else sorted(along, key=lambda a: _far(lead[a]), reverse=True)
    thin = (*narrow, contiguous_strides(few))
    of_kept = [[s[kept[k]] for k in places] for s in wide] + [[s[k] for k in places] for s in thin]
    outer, of_kept = collapsed(tuple(few[k] for k in places), of_kept)
    inner, of_row = collapsed(tuple(shape[a] for a in along), [[s[a] for a in along] for s in wide])
    n, m = prod(few), prod(shape[a] for a in along)

    def near(axes):
        return min((_far(lead[a]) for a in axes if shape[a] > 1), default=inf)

    across = near(kept) < near(along)
    most = LOG_THREADS - min(log(n), LOG_COLUMNS) if across else LOG_THREADS
    bits = min(log(-(-m // LEAST)), most)
    blocks = max(1, -(-(n << bits) // THREADS))
    count = max(1, min(ENOUGH // blocks, m // (PART << bits))) if parts else 1
    return Plan(n, m, bits, int(across), count, outer, inner, tuple(of_kept), tuple(of_row))


def log(n):
    """The logarithm of the least power of two that is not below n."""
    return max(n - 1, 0).bit_length()


def _far(step):
    return abs(step) or inf
