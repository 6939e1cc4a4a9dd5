"""Make the small corpus that the repository keeps out of the full one: `python -m tests.golden.reduce SOURCE [TARGET]`.

Of each operator on the list a few cases are kept.  A case has traits (the rank of each argument, whether anything is
empty or broadcast, every setting and its value …), and the cases are taken one after the other, each time the one
that adds most traits for its size, then the smallest.  So small arrays are preferred, and every way of calling the
operator is there.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from tests.golden.operators import OPERATORS
from tests.golden.reader import decode, load

CASES_PER_OPERATOR = 4
LARGEST_CASE = 3_000  # bytes; a larger one is kept only where an operator has no other
TARGET = Path(__file__).with_name("cases.npz")


def reduce(source, target):
    """Write to `target` the chosen cases of `source`, with the arrays that they use."""
    index, blob = load(source)
    cases = [case for op in OPERATORS for case in choose([c for c in index["cases"] if c["op"] == op], index["table"])]
    new_index, new_blob = pack(cases, index["table"], blob)
    encoded = np.frombuffer(json.dumps(new_index, separators=(",", ":")).encode(), np.uint8)
    np.savez_compressed(target, index=encoded, blob=new_blob)
    return len(cases)


def choose(cases, table):
    """Return the cases of one operator that show most, in their old order."""
    cases = [case for case in cases if size(case, table) <= LARGEST_CASE] or cases
    chosen, seen = [], set()

    def worth(case):
        news = len(traits(case, table) - seen)
        return news / (1000 + size(case, table)), -size(case, table)

    while cases and len(chosen) < CASES_PER_OPERATOR:
        best = max(cases, key=worth)
        seen |= traits(best, table)
        chosen.append(best)
        cases = [case for case in cases if case is not best]
    return sorted(chosen, key=lambda case: case["i"])


def traits(case, table):
    """Return what this case shows of its operator, as a set of tuples."""
    shapes = []

    def describe(row):
        dtype, shape, _ = table[row]
        shapes.append(tuple(shape))
        return dtype, len(shape)

    args = decode(case["args"], describe)
    kwargs = decode(case["kwargs"], describe)
    shown = {("arguments", len(args), *kwargs), ("outputs", len(case["out"])), ("paths", str(case["paths"]))}
    shown |= {(place, str(value)) for place, value in [*enumerate(args), *kwargs.items()]}
    shown |= {("empty", shape) for shape in shapes if 0 in shape}
    shown |= {("shapes", *shapes), ("broadcast", len(set(shapes)) > 1), ("ones", any(1 in s for s in shapes))}
    shown |= {("no gradient", place) for place, gradient in enumerate(case["grad"]) if gradient is None}
    return shown


def size(case, table):
    """Return the bytes of the arrays of a case."""
    return sum(nbytes(table[row]) for row in rows(case))


def nbytes(entry):
    dtype, shape, _ = entry
    return int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize


def rows(value):
    """Return the rows of the table that a piece of the index names."""
    if isinstance(value, dict):
        return {value["#"]} if "#" in value else set().union(*map(rows, value.values()))
    return set().union(*map(rows, value)) if isinstance(value, list) else set()


def pack(cases, table, blob):
    """Return an index and a blob that hold these cases alone."""
    new_table, pieces, new_row, end = [], [], {}, 0
    for row in sorted(rows(cases)):
        dtype, shape, start = table[row]
        new_row[row] = len(new_table)
        new_table.append([dtype, shape, end])
        pieces.append(blob[start : start + nbytes(table[row])])
        end += len(pieces[-1])
    return {"table": new_table, "cases": renumber(cases, new_row)}, np.concatenate(pieces)


def renumber(value, new_row):
    if isinstance(value, list):
        return [renumber(item, new_row) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: new_row[item] if key == "#" else renumber(item, new_row) for key, item in value.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    asked = parser.parse_args()
    kept = reduce(asked.source, asked.target)
    print(f"{kept} cases of {len(OPERATORS)} operators, {asked.target.stat().st_size / 1000:.0f} kB: {asked.target}")
