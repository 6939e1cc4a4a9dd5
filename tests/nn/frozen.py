"""A file of answered cases of modules: `write` needs what `torch_modules` computes, `read` needs NumPy alone.

    python -m tests.nn.frozen

chooses a few cases of every module and writes `modules.npz` (needs torch and expecttest). The file has two arrays of
bytes: `blob`, the numbers of all arrays one after the other, and `index`, JSON with a `table` of dtype, shape and
offset of each array, and the `cases`. What JSON lacks is an object of one key: see `encode`.
"""

import json
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np

from tests.nn.module_cases import Case, Named

FILE = Path(__file__).with_name("modules.npz")
CASES_PER_MODULE, LARGEST_CASE = 6, 6_000  # bytes; larger ones only where a module has no other


def write(path: Path, cases: Iterable[Case]) -> None:
    table, pieces, rows = [], [], {}  # rows: id -> number in the table; one array is one tensor
    end = 0

    def row(array: np.ndarray) -> int:
        nonlocal end
        if id(array) not in rows:
            rows[id(array)] = len(table)
            table.append([array.dtype.str, array.shape, end])
            pieces.append(np.ascontiguousarray(array).reshape(-1).view(np.uint8))
            end += array.nbytes
        return rows[id(array)]

    encoded = [{f.name: encode(getattr(case, f.name), row) for f in fields(Case)} for case in cases]
    index = json.dumps({"table": table, "cases": encoded}, separators=(",", ":")).encode()
    np.savez_compressed(path, index=np.frombuffer(index, np.uint8), blob=np.concatenate(pieces))


def read(path: Path = FILE) -> Iterator[Case]:
    """Yield the cases of a file, each with arrays of its own."""
    with np.load(path, allow_pickle=False) as corpus:
        index, blob = json.loads(corpus["index"].tobytes()), corpus["blob"]
    for case in index["cases"]:
        arrays: dict[int, np.ndarray] = {}

        def array(row: int, arrays=arrays) -> np.ndarray:
            if row not in arrays:
                dtype, shape, start = index["table"][row]
                size = math.prod(shape) * np.dtype(dtype).itemsize
                arrays[row] = blob[start : start + size].view(dtype).reshape(shape).copy()
            return arrays[row]

        yield Case(**{name: decode(value, array) for name, value in case.items()})


def encode(value, row):
    """Return what JSON can hold for a value; `row` gives an array its number."""
    if isinstance(value, np.ndarray):
        return {"#": row(value)}
    if isinstance(value, Named):
        return {"n": [encode(part, row) for part in value]}
    if isinstance(value, dict):
        return {"d": {name: encode(item, row) for name, item in value.items()}}
    if isinstance(value, tuple):
        return {"t": [encode(item, row) for item in value]}
    if isinstance(value, list):
        return [encode(item, row) for item in value]
    if isinstance(value, np.dtype):
        return {"dt": value.str}
    return {"f": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def decode(value, array):
    """Return the value that was encoded; `array` makes one of its number."""
    if isinstance(value, list):
        return [decode(item, array) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "#":
        return array(content)
    if kind == "d":
        return {name: decode(item, array) for name, item in content.items()}
    if kind in "tn":
        parts = [decode(item, array) for item in content]
        return tuple(parts) if kind == "t" else Named(*parts)
    return np.dtype(content) if kind == "dt" else float(content)


# ------------------------------------------------------------------------------ which cases


def choose(cases: list[Case]) -> list[Case]:
    """Return the few cases that show most of a module for their size."""
    left = [case for case in cases if size(case) <= LARGEST_CASE] or [min(cases, key=size)]
    chosen, seen = [], set()
    while left and len(chosen) < CASES_PER_MODULE:
        best = max(left, key=lambda case: len(traits(case) - seen) / (1000 + size(case)))
        if not traits(best) - seen:
            break
        seen |= traits(best)
        chosen.append(best)
        left = [case for case in left if case is not best]
    return chosen


def traits(case: Case) -> set:
    """Return what a case shows: each setting with its value, the ranks of its inputs, the mode where it matters."""
    shown = {(place, described(value)) for place, value in enumerate(case.module.args)}
    shown |= {(name, described(value)) for name, value in case.module.kwargs.items()}
    shown |= {("inputs", described(case.inputs), *map(str, case.named))}
    modes = any("Norm" in line or "p=" in line for line in case.text.splitlines())
    return shown | {("training", case.training if modes else None), ("outputs", len(case.outputs))}


def described(value) -> str:
    """Return a short text of arguments: arrays by dtype and rank."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.kind}{value.ndim}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(described, value))})"
    return repr(value) if not isinstance(value, Named) else value.name


def size(case: Case) -> int:
    """Return the bytes of the arrays of a case, each counted once."""
    arrays: dict[int, int] = {}

    def row(array: np.ndarray) -> int:
        arrays[id(array)] = array.nbytes
        return 0

    for field in fields(Case):
        encode(getattr(case, field.name), row)
    return sum(arrays.values())


if __name__ == "__main__":
    from tests.nn.torch_modules import NAMES, cases  # this needs torch

    kept = [case for name in NAMES for case in choose([*cases(name, True), *cases(name, False)])]
    write(FILE, kept)
    print(f"{len(kept)} cases of {len(NAMES)} modules, {os.path.getsize(FILE) / 1000:.0f} kB: {FILE}")
