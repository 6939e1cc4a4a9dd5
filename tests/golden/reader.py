"""Read a corpus of golden cases, with NumPy alone.

A corpus is an ``.npz`` of two byte arrays.  ``blob`` holds the numbers of all arrays, each stored once.  ``index`` is
JSON with a ``table``, which gives for each array its dtype, shape and offset in the blob, and the ``cases``.  In a
case, what JSON lacks is an object of one key:

    {"#": 7}  row 7 of the table        {"t": […]}  a tuple             {"d": {…}}  a dict
    {"dt": "<f8"}  a dtype              {"s": [0, 3, null]}  a slice    {"e": 1}  an ellipsis
    {"f": "inf"}  a float, by its name  {"c": [re, im]}  a complex number
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Route = tuple[int | str, ...]


@dataclass(frozen=True)
class Case:
    """One call of an operator, and what PyTorch answered.

    `paths` says where the differentiated arguments are: ``(0,)`` is ``args[0]``, ``(0, 2)`` is ``args[0][2]`` and
    ``("weight",)`` is ``kwargs["weight"]``.  `gradients`, in the same order, are those of the sum of all outputs, each
    weighted by its cotangent; None means that the argument has no part in it.
    """

    op: str
    number: int
    args: tuple
    kwargs: dict[str, Any]
    paths: list[Route]
    outputs: list[np.ndarray]
    cotangents: dict[int, np.ndarray]
    gradients: list[np.ndarray | None]


def load(path: str | Path) -> tuple[dict, np.ndarray]:
    """Return the index and the blob of a corpus."""
    with np.load(path, allow_pickle=False) as corpus:
        return json.loads(corpus["index"].tobytes()), corpus["blob"]


def read_cases(path: str | Path) -> Iterator[Case]:
    """Yield the cases of a corpus, every array a fresh copy."""
    index, blob = load(path)

    def array(row: int) -> np.ndarray:
        dtype, shape, start = index["table"][row]
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        return blob[start : start + size].view(dtype).reshape(shape).copy()

    for case in index["cases"]:
        yield Case(
            op=case["op"],
            number=case["i"],
            args=decode(case["args"], array),
            kwargs=decode(case["kwargs"], array),
            paths=[tuple(path) for path in case["paths"]],
            outputs=decode(case["out"], array),
            cotangents={int(output): decode(value, array) for output, value in case["cot"].items()},
            gradients=decode(case["grad"], array),
        )


def decode(value: Any, array: Callable[[int], Any]) -> Any:
    """Return the value that a piece of the index stands for; `array` makes what a row of the table becomes."""
    if isinstance(value, list):
        return [decode(item, array) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "#":
            return array(content)
        case "t":
            return tuple(decode(item, array) for item in content)
        case "d":
            return {name: decode(item, array) for name, item in content.items()}
        case "s":
            return slice(*content)
        case "e":
            return Ellipsis
        case "dt":
            return np.dtype(content)
        case "c":
            return complex(*content)
        case "f":
            return float(content)
    raise ValueError(f"[decode] `kind` (={kind!r}) must be one of # t d s e dt c f")
