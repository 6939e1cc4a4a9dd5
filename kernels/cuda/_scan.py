"""Scans on the device: what runs along an axis, each row by itself.

The lanes of a row take a tile of it, a few elements each; in every round they combine what they have with what the lane
1, 2, 4, … before them has, in shared memory, and what came before the tile is combined with all. Rows that lie side by
side in memory have one lane each, which goes from element to element. Long rows that are too few to keep a device busy
are scanned in parts, by three kernels: the totals of the parts, the scan of those, and the parts with what comes before
them. The shape and the strides decide; results never depend on the launch.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ._array import DeviceArray
from ._driver import BLOCKS, kernel
from ._fold import ENOUGH, LOG_THREADS, PART, THREADS, log, planned
from ._functions import NAMES
from ._fuse import Setting, spread
from ._text import (
    HEAD,
    NEXT_ROWS,
    OWNER,
    ROWS,
    as_tuple,
    assign,
    begin,
    declare,
    load,
    place,
    places,
    reserve,
    split,
    store,
    wide,
)
from ._trace import Number, Program, Value

ITEMS = 4  # elements that follow each other, which a lane takes at a time


class Scan(NamedTuple):
    """What is scanned."""

    element: object  # (j, *operands) -> state: what is made of the j-th element of a row
    combine: object  # (*state, *later state) -> state: associative, in this order
    identity: object  # (*dtypes) -> what changes nothing, as a tuple
    finish: object  # (*state) -> what is written


class Text(NamedTuple):
    """What became of it."""

    lines: str
    parameters: tuple
    states: tuple  # dtypes
    each: tuple  # dtypes of what is written for each element


@kernel
def scans(text: str, elements: int, each: int, totals: int, parameters: int):
    """The kernel of a text; totals of parts are read or written."""
    arrays = [*(f"x{k}" for k in range(elements)), *(f"e{k}" for k in range(each))]
    args = "".join(f", {a}_buffer, {a}_offset, {a}_rows, {a}_steps" for a in arrays)
    args += "".join(f", t{k}_buffer, t{k}_offset, t{k}_rows" for k in range(totals))
    args += "".join(f", p{k}" for k in range(parameters))
    lines = [f"def run(n, m, chunk, bits, across, kept{args}):", *text.splitlines()]
    space = {**NAMES, "THREADS": THREADS, "LOG_THREADS": LOG_THREADS}
    exec("\n    ".join(lines), space)
    return space["run"]


def scan(what, elements, axis, settings=()):
    """Run along an axis.

    Parameters
    ----------
    what : function of the settings that returns a Scan
        Not made on the way: what became of it is kept.
    elements : tuple of DeviceArray
        Broadcast against each other.
    axis : int
    settings : tuple
        Hashable; floats and NumPy's numbers become parameters of the kernel.

    Returns
    -------
    DeviceArray
    """
    shape = np.broadcast_shapes(*(x.shape for x in elements))
    elements = [spread(x, shape) for x in elements]
    described = tuple(x.dtype for x in elements), tuple(map(Setting, settings))
    plan = planned(shape, (axis,), tuple(x.steps for x in elements), 1, (), True, False)
    bits = 0 if plan.across else _lanes(plan.m)
    blocks = max(1, -(-(plan.n << bits) // THREADS))
    parts = max(1, min(ENOUGH // blocks, plan.m // (PART << bits)))
    plan = plan._replace(bits=bits, parts=parts)
    text = read(what, *described, len(plan.kept), "last" if parts > 1 else "whole")
    y, totals = DeviceArray.empty(shape, text.each[0]), []
    if parts > 1:
        few = tuple(n for a, n in enumerate(shape) if a != axis)
        totals = [DeviceArray.empty((*few, parts), d) for d in text.states]
        _start(read(what, *described, len(plan.kept), "first"), plan, elements, [], totals)
        totals = _middle(what, described, totals)
    _start(text, plan, elements, [y], totals)
    return y


def _middle(what, described, totals):
    """The totals of all parts up to each one."""
    shape, axis = totals[0].shape, totals[0].ndim - 1
    running = [DeviceArray.empty(shape, t.dtype) for t in totals]
    plan = planned(shape, (axis,), tuple(t.steps for t in totals), len(totals), (), True, False)
    plan = plan._replace(bits=_lanes(plan.m), across=0)
    text = read(what, tuple(t.dtype for t in totals), described[1], len(plan.kept), "middle")
    _start(text, plan, totals, running, [])
    return running


def _lanes(m):
    """How many lanes a row of m elements has, as a power of two."""
    return min(log(-(-m // ITEMS)), LOG_THREADS)


def _start(text, plan, elements, each, totals):
    if not plan.n * plan.m:
        return
    arguments = []
    for a, rows, steps in zip((*elements, *each), plan.along_kept, plan.along_row, strict=False):
        arguments += [a.buffer, a.offset, rows, steps]
    for a in totals:
        arguments += [a.buffer, a.offset, tuple(s * plan.parts for s in plan.along_kept[-1])]
    run = scans(text.lines, len(elements), len(each), len(totals), len(text.parameters))
    grid = min(BLOCKS, -(-(plan.n << plan.bits) // THREADS)), plan.parts
    how = plan.n, plan.m, -(-plan.m // plan.parts), plan.bits, plan.across, plan.kept
    run(grid, THREADS, *how, *arguments, *text.parameters)


@lru_cache(4096)
def read(what, elements, settings, kept, stage) -> Text:
    """The text of a scan: "whole", or in parts "first", "middle" (of the totals) and "last"."""
    program = Program()
    values = [Number(s.value) if type(s.value) is float else s.value for s in settings]
    element, combine, identity, finish = what(*values)
    if stage == "middle":
        element, finish = (lambda j, *state: state), (lambda *state: state)
    for line in HEAD:
        program.write(line)
    with program.block(ROWS):
        for line in OWNER:
            program.write(line)
        split(program, "k", "k if here else 0", "kept", kept)
        outside = reserve(program)
        program.write("tile = first")
        with program.block("while tile < last:"):
            states = _items(program, element, combine, identity, elements)
            dtypes = [v.dtype for v in states[0]]
            total, carry, before = ([Value(program, program.new(), d) for d in dtypes] for _ in range(3))
            with program.block("if lanes > 1:"):
                shared = _along_lanes(program, states[-1], total, before, carry, combine, identity)
            with program.block("else:"):
                assign(program, total, states[-1])
                assign(program, before, carry)
            results = []
            for u, state in enumerate(states if stage != "first" else ()):
                program.write(f"j = tile + lane * {ITEMS} + {u}")
                with program.block("if j < stop:"):
                    results = as_tuple(finish(*as_tuple(combine(*before, *state))))
                    for k, value in enumerate(results):
                        store(program, f"e{k}_buffer[e{k}_row + j * e{k}_steps[0]]", value)
            assign(program, carry, combine(*carry, *total))
            program.write(f"tile += lanes * {ITEMS}")
        names = [*(f"x{k}" for k in range(len(elements))), *(f"e{k}" for k in range(len(results)))]
        lines = [f"{name}_row = {place(name, kept)}" for name in names]
        lines.append(begin(carry, identity(*dtypes)))
        targets = [f"t{k}_buffer[{place(f't{k}', kept)} + part]" for k in range(len(carry))]
        if stage == "last":  # the totals of the parts up to the one before
            lines += [
                f"{v.name} = {t.replace('+ part]', '+ part - 1]')} if part > 0 else {v.name}"
                for v, t in zip(carry, targets, strict=True)
            ]
        program.lines[outside] += "; ".join(lines)
        if stage == "first":
            with program.block("if here and lane == 0:"):
                for target, value in zip(targets, carry, strict=True):
                    store(program, target, value)
        program.write(NEXT_ROWS)
    text = "\n".join([*declare(shared), *program.lines])
    return Text(text, tuple(program.parameters), tuple(dtypes), tuple(v.dtype for v in results))


def _items(program, element, combine, identity, elements):
    """Write the states that a lane has up to each of its elements."""
    states: list = []
    for u in range(ITEMS):
        program.write(f"j = tile + lane * {ITEMS} + {u}")
        line = reserve(program)
        with program.block("if j < stop:"):
            operands = [load(program, f"x{k}", f"x{k}_row + j * x{k}_steps[0]", d) for k, d in enumerate(elements)]
            fresh = as_tuple(element(Value(program, "j", np.int64), *operands))
            state = [Value(program, program.new(), wide(v.dtype)) for v in fresh]
            assign(program, state, fresh)
        program.lines[line] += begin(state, identity(*(v.dtype for v in state)))
        if states:
            assign(program, state, combine(*states[-1], *state))
        states.append(state)
    return states


def _along_lanes(program, last, total, before, carry, combine, identity):
    """Write what comes before the elements of a lane, and the total of a tile; the shared memory it takes."""
    shared = places(last)
    state = [Value(program, program.new(), v.dtype) for v in last]
    assign(program, state, last)
    both = list(zip(shared, state, strict=True))
    put = "; ".join(f"{s}[tid] = {v.name}" for s, v in both)
    program.write("cuda.syncthreads()")  # nobody reads any more what is there
    program.write(put)
    program.write("reach = 1")
    with program.block("while reach < lanes:"):
        program.write("cuda.syncthreads()")
        program.write("source = tid - reach * leap if lane >= reach else tid")
        others = [program.value(f"{s}[source]", v.dtype) for s, v in both]
        program.write("cuda.syncthreads()")
        with program.block("if lane >= reach:"):
            assign(program, state, combine(*others, *state))
            program.write(put)
        program.write("reach <<= 1")
    program.write("cuda.syncthreads()")
    program.write(
        "; ".join(f"{v.name} = {s}[tid + (lanes - 1 - lane) * leap]" for v, s in zip(total, shared, strict=True))
    )
    program.write(begin(state, identity(*(v.dtype for v in state))))
    with program.block("if lane > 0:"):
        program.write("; ".join(f"{v.name} = {s}[tid - leap]" for s, v in both))
    assign(program, before, combine(*carry, *state))
    return shared
