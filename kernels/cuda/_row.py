"""A formula of rows, read as the text of a kernel.

A row is all that is reduced to one place of a result: along the last axis, along the channels, over the whole array.
A formula says with a `Row` what happens to each, in the letters of NumPy:

    def softmax(row):
        m = row.max(lambda x: x)
        s = row.sum(lambda x: np.exp(x - m))
        row.each(lambda x: np.exp(x - m) / s)

A fold goes over the elements of the operands and answers with a number of the row, which what follows reads like any
other; `each` writes arrays with the axes of the operands; what the formula returns is written once a row. Nothing else
ever is.

Lanes share a row: each takes every so-many-th element. Of a short row that is gone over more than once they keep their
elements; else they read them again, in runs of `RUN` that are combined before they join the others, so that rounding
errors grow slowly with the length of a row. Lanes meet in shared memory, in a fixed tree.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

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

HELD = 4  # elements that a lane keeps, at most


class Text(NamedTuple):
    """What became of a formula."""

    lines: str
    parameters: tuple
    each: tuple  # dtypes of the arrays with a number for each element
    results: tuple  # dtypes of those with a number a row, or of the states of its parts
    passes: int  # over the elements
    parts: bool  # whether a row may be folded in parts: it is gone over once, and written once


class Row:
    """What a formula of rows is written with.

    Attributes
    ----------
    operands : tuple of Value
        What has one number a row.
    """

    def __init__(self, program, operands, elements, reduced, stage):
        self.operands = tuple(operands)
        self._program, self._elements, self._reduced, self._stage = program, elements, reduced, stage
        self.written: list = []  # dtypes
        self.shared: dict = {}  # name -> type
        self.folds = 0

    def count(self, dtype):
        """How many elements a row has."""
        return self._program.cast(Value(self._program, "count", np.int64), dtype)

    def position(self):
        """Which element of the row a function reads, counted in C order if the walk is ordered."""
        return Value(self._program, "j", np.int64)

    def fold(self, f, combine, identity):
        """Combine what `f` makes of the elements.

        Parameters
        ----------
        f : callable
            Of one number of each operand. It answers with a number, or with a tuple if the state has several.
        combine : callable
            Of two states, one after the other: associative and commutative.
        identity : callable
            Of the dtypes of the state: what changes nothing, in a tuple.

        Returns
        -------
        Value or tuple of them
            float16 is folded, and answered, in float32.
        """
        self.folds += 1
        f = (lambda *states: states) if self._stage == "last" else f
        state = (self._fold_held if self._stage == "held" else self._fold_read)(f, combine, identity)
        self._meet(state, combine)
        if self._stage == "first":
            raise _Folded(state)
        return state[0] if len(state) == 1 else tuple(state)

    def sum(self, f):
        """The sum of what `f` makes of the elements, or the sums, if it is a tuple."""
        return self.fold(f, _add, lambda *dtypes: (0,) * len(dtypes))

    def mean(self, f):
        """Its mean, or the means."""
        means = tuple(total / self.count(total.dtype) for total in as_tuple(self.sum(f)))
        return means if len(means) > 1 else means[0]

    def max(self, f):
        """Its maximum, or NaN."""
        return self.fold(f, np.maximum, lambda dtype: (lowest(dtype),))

    def at(self, position, f):
        """What `f` makes of the element at a position."""
        split(self._program, "at", self._program.cast(position, np.int64).name, "shape", self._reduced)
        return f(*self._operands("at"))

    def each(self, f):
        """Write what `f` makes of each element, one array for each of its results."""
        program = self._program
        if self._stage == "held":
            for u, operands in enumerate(self._held):
                with self._here(u):
                    self._coordinates()
                    dtypes = self._write(f(*operands))
        else:
            program.write("j = first + lane")
            with program.block("while j < stop:"):
                dtypes = self._write(f(*self._read()))
                program.write("j += lanes")
        self.written += dtypes

    def hold(self):
        """Read the elements that a lane has, all at once, into variables; there are few."""
        program, self._held = self._program, []
        for u in range(HELD):
            values = [Value(program, program.new(), d) for d in self._elements]
            program.write(begin(values, [0] * len(values)))
            with self._here(u):
                assign(program, values, self._read())
            self._held.append(values)

    def _here(self, u):
        self._program.write(f"j = first + lane + {u} * lanes")
        return self._program.block("if j < stop:")

    def _fold_held(self, f, combine, identity):
        line, state = reserve(self._program), []
        for u, operands in enumerate(self._held):
            with self._here(u):
                self._join(state, f(*operands), combine)
        self._program.lines[line] += begin(state, identity(*(v.dtype for v in state)))
        return state

    def _fold_read(self, f, combine, identity):
        program, state, run, rest = self._program, [], [], []
        outer = reserve(program)
        program.write("run = first + lane")
        with program.block("while run + (RUN - 1) * lanes < stop:"):
            inner = reserve(program)
            with program.block("for u in range(RUN):"):  # so often for certain: many reads are under way at a time
                program.write("j = run + u * lanes")
                self._join(run, f(*self._read()), combine)
            self._join(state, run, combine)
            program.write("run += RUN * lanes")
        behind = reserve(program)
        with program.block("while run < stop:"):
            program.write("j = run")
            self._join(rest, f(*self._read()), combine)
            program.write("run += lanes")
        self._join(state, rest, combine)
        for line, values in ((outer, state), (inner, run), (behind, rest)):
            program.lines[line] += begin(values, identity(*(v.dtype for v in values)))
        return state

    def _join(self, state, fresh, combine):
        """Combine a state, which gets its names the first time, with another one."""
        fresh = as_tuple(fresh)
        if not state:
            state += [Value(self._program, self._program.new(), wide(v.dtype)) for v in fresh]
        assign(self._program, state, combine(*state, *fresh))

    def _write(self, values):
        values, known = as_tuple(values), len(self.written)
        for k, value in enumerate(values, known):
            store(self._program, f"e{k}_buffer[{self._place(f'e{k}')}]", value)
        return [value.dtype for value in values]

    def _read(self):
        self._coordinates()
        return self._operands()

    def _coordinates(self):
        split(self._program, "i", "j", "shape", self._reduced)

    def _operands(self, letter="i"):
        return tuple(
            load(self._program, f"x{k}", self._place(f"x{k}", letter), d) for k, d in enumerate(self._elements)
        )

    def _place(self, name, letter="i"):
        return f"{name}_row + " + " + ".join(f"{letter}{axis} * {name}_steps[{axis}]" for axis in range(self._reduced))

    def _meet(self, state, combine):
        """Lanes combine their states in a tree, and all of them know the result."""
        program, names = self._program, places(state)
        self.shared.update(names)
        program.write("cuda.syncthreads()")  # nobody reads any more what is there
        put = "; ".join(f"{s}[tid] = {v.name}" for s, v in zip(names, state, strict=True))
        program.write(put)
        program.write("half = lanes >> 1")
        with program.block("while half > 0:"):
            program.write("cuda.syncthreads()")
            with program.block("if lane < half:"):
                other = [program.value(f"{s}[tid + half * leap]", v.dtype) for s, v in zip(names, state, strict=True)]
                assign(program, state, combine(*state, *other))
                program.write(put)
            program.write("half >>= 1")
        program.write("cuda.syncthreads()")
        program.write("; ".join(f"{v.name} = {s}[tid - lane * leap]" for s, v in zip(names, state, strict=True)))


def _add(*states):
    half = len(states) // 2
    return tuple(a + b for a, b in zip(states[:half], states[half:], strict=True))


def lowest(dtype):
    """What is below every number of a dtype, or equal to the least."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    return -np.inf if dtype.kind == "f" else complex(-np.inf, -np.inf)


def highest(dtype):
    """What is above every number of a dtype, or equal to the greatest."""
    return -lowest(dtype) if dtype.kind in "fc" else np.iinfo(dtype).max


@lru_cache(4096)
def read(formula, elements, rows, settings, kept, reduced, stage="whole") -> Text:
    """The text of a formula for operands of these dtypes, walked along so many axes.

    A row of which each lane has but a few elements can be "held" in registers. A row folded in parts takes two kernels:
    "first" writes the states of the parts, "last" folds them and goes on.
    """
    program = Program()
    for line in HEAD:
        program.write(line)
    with program.block(ROWS):
        for line in OWNER:
            program.write(line)
        split(program, "k", "k if here else 0", "kept", kept)
        rows_of = reserve(program)
        operands = [load(program, f"r{k}", place(f"r{k}", kept), d) for k, d in enumerate(rows)]
        row = Row(program, operands, elements, reduced, stage)
        values = [Number(s.value) if type(s.value) is float else s.value for s in settings]
        if stage == "held":
            row.hold()
        try:
            results = formula(row, *values)
            results = [] if results is None else list(as_tuple(results))
        except _Folded as folded:
            results = folded.args[0]
        names = [*(f"x{k}" for k in range(len(elements))), *(f"e{k}" for k in range(len(row.written)))]
        program.lines[rows_of] += "; ".join(f"{name}_row = {place(name, kept)}" for name in names)
        if results:
            with program.block("if here and lane == 0:"):
                for k, value in enumerate(results):
                    store(program, f"y{k}_buffer[{place(f'y{k}', kept)} + part]", value)
        program.write(NEXT_ROWS)
    return Text(
        "\n".join([*declare(row.shared), *program.lines]),
        tuple(program.parameters),
        tuple(row.written),
        tuple(v.dtype for v in results),
        row.folds + bool(row.written),
        row.folds == 1 and not row.written,
    )


class _Folded(Exception):
    """The states of the parts of a row are all that is wanted."""
