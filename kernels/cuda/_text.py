"""Lines that kernels of rows have in common: who has which row, where its elements are, how they are read and written.

A block is cut into groups of lanes, a group for each row at a time. Lanes of a row are neighbours, or stand a `leap`
apart, so that rows that lie side by side in memory are read by neighbours.
"""

import re

import numpy as np

from ._trace import Value, kernel_type, literal

HEAD = (
    "lanes, groups = 1 << bits, THREADS >> bits",
    "tid = cuda.threadIdx.x",
    "group = tid & (groups - 1) if across else tid >> bits",
    "lane = tid >> (LOG_THREADS - bits) if across else tid & (lanes - 1)",
    "leap = groups if across else 1",
    "part = cuda.blockIdx.y",
    "first = part * chunk",
    "last = first + chunk if first + chunk < m else m",
    "start = cuda.blockIdx.x * groups",
)
ROWS = "while start < n:"
OWNER = ("k = start + group", "here = k < n", "stop = last if here else first")
NEXT_ROWS = "start += cuda.gridDim.x * groups"


def as_tuple(values):
    """Several values, or the only one, as a tuple."""
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def wide(dtype):
    """The dtype in which numbers are combined."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def reserve(program):
    """Leave a line to be filled in later; its number."""
    program.write("")
    return len(program.lines) - 1


def begin(names, numbers) -> str:
    """The line that gives Values their first numbers."""
    return "; ".join(f"{v.name} = {literal(e, v.dtype)}" for v, e in zip(names, numbers, strict=True))


def assign(program, names, values):
    """Write values into those that have names; what is known of these holds no more."""
    values = [program.cast(v, n.dtype).name for n, v in zip(names, as_tuple(values), strict=True)]
    program.write(f"{', '.join(v.name for v in names)} = {', '.join(values)}")
    changed = re.compile(rf"\b({'|'.join(v.name for v in names)})\b")
    program.known = {key: name for key, name in program.known.items() if not changed.search(key[0])}


def split(program, letter, number, shape, axes):
    """Write the coordinates of a number in C order: {letter}0, {letter}1, …."""
    for axis in reversed(range(axes)):
        program.write(f"{letter}{axis} = {f'({number}) % {shape}[{axis}]' if axis else number}")
        if axis:
            program.write(f"left = ({number}) // {shape}[{axis}]")
            number = "left"


def place(name, kept) -> str:
    """Where the row of a thread starts in an array."""
    return f"{name}_offset + " + " + ".join(f"k{axis} * {name}_rows[{axis}]" for axis in range(kept))


def places(state) -> dict:
    """Names of the shared memory in which threads show each other their states, and the types of these."""
    kinds = [kernel_type(v.dtype) for v in state]
    return {f"shared_{kind}_{kinds[:k].count(kind)}": kind for k, kind in enumerate(kinds)}


def declare(shared: dict) -> list:
    """Lines that make shared memory; in the simulator each needs one of its own."""
    return [f"{name} = cuda.shared.array(THREADS, {kind})" for name, kind in shared.items()]


def load(program, name, at, dtype):
    """Read an element."""
    text = f"{name}_buffer[{at}]"
    return program.value(f"float32({text})" if dtype == np.float16 else text, dtype)


def store(program, target, value):
    """Write a Value, or a number."""
    if not isinstance(value, Value):
        value = program.cast(value, np.result_type(value))
    program.write(f"{target} = {f'float16({value.name})' if value.dtype == np.float16 else value.name}")
