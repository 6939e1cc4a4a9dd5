"""Central differences, and Jacobians in real coordinates.

A complex number counts as its two real coordinates; then ⟨a, b⟩ = Σ Re(conj(a)·b) is the plain inner product, and a
vjp is the transpose of its jvp for complex arguments too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._trace import Map, Trace, evaluate

DIGITS = {8: 1e-6, 4: 5e-3, 2: 1e-1}  # bytes of a real number -> what central differences can tell


def real_dtype(dtype: np.dtype) -> np.dtype:
    """The dtype of the real part."""
    return np.zeros((), dtype).real.dtype


def step_for(dtype: np.dtype) -> float:
    """The step of central differences that balances rounding against curvature, ε^(1/3)."""
    return float(np.finfo(dtype).eps) ** (1 / 3)


def rounding(dtype: np.dtype) -> float:
    """How far two correct results may differ, relative to the size of what was summed."""
    return 4096 * float(np.finfo(dtype).eps) if real_dtype(dtype).itemsize > 2 else 0.05


def coordinates(array: np.ndarray) -> np.ndarray:
    """The real coordinates of an array, flat, in double precision."""
    wide = np.ascontiguousarray(array, np.complex128 if array.dtype.kind == "c" else np.float64)
    return wide.reshape(-1).view(np.float64)


def normal(random: np.random.Generator, like: np.ndarray) -> np.ndarray:
    """Random numbers of the shape and dtype of `like`; zero where `like` is not finite."""
    values = random.standard_normal(like.shape)
    if like.dtype.kind == "c":
        values = values + 1j * random.standard_normal(like.shape)
    return np.where(np.isfinite(like), values, 0).astype(like.dtype)


def inner(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> tuple[float, float]:
    """⟨a, b⟩ and the sum of the absolute values of its terms."""
    terms = [coordinates(x) * coordinates(y) for x, y in zip(a, b, strict=True)]
    return sum(float(t.sum()) for t in terms), sum(float(np.abs(t).sum()) for t in terms)


def unit(array: np.ndarray, coordinate: int) -> np.ndarray:
    """Zeros like `array`, with a one (an imaginary one) at a real coordinate."""
    e = np.zeros(array.shape, array.dtype)
    parts = 2 if array.dtype.kind == "c" else 1
    e.reshape(-1)[coordinate // parts] = 1j if coordinate % parts else 1
    return e


def element(array: np.ndarray, coordinate: int) -> str:
    """The name of a real coordinate: the index of its element."""
    parts = 2 if array.dtype.kind == "c" else 1
    index = tuple(int(i) for i in np.unravel_index(coordinate // parts, array.shape))
    return f"element {index}" + (", imaginary part" if coordinate % parts else "")


def differences(function: Map, arrays, at: Sequence[int], tangents, h: float) -> list[np.ndarray]:
    """(f(x + h·t) - f(x - h·t)) / 2h for each output."""

    def shifted(by: float) -> list[np.ndarray]:
        moved = list(arrays)
        for i, t in zip(at, tangents, strict=True):
            moved[i] = (arrays[i] + by * t).astype(arrays[i].dtype, copy=False)
        return evaluate(function, moved)

    with np.errstate(all="ignore"):
        return [(a - b) / (2 * h) for a, b in zip(shifted(h), shifted(-h), strict=True)]


class Wrong(NamedTuple):
    """The worst disagreement between two Jacobians."""

    rule: str  # "vjp" or "jvp"
    argument: int  # position among the inputs
    at: str  # element of the argument
    output: int
    output_at: str
    expected: float
    source: str
    got: float


def locate(function: Map, arrays, at: Sequence[int], h: float, tol: float, forward: bool) -> Wrong | None:
    """Find the element that is wrong, one unit vector at a time; None if each element looks right."""
    trace = Trace(function, arrays, at)
    outputs = trace.values()
    rows = [
        [trace.reverse([unit(y, c) if k == m else np.zeros_like(y) for m, y in enumerate(outputs)]) for c in _some(yk)]
        for k, yk in enumerate(outputs)
    ]
    worst: dict[bool, tuple[float, Wrong]] = {}  # by whether differences told it, or only the other rule
    for n, i in enumerate(at):
        x = arrays[i]
        for c in _some(x):
            tangents = [unit(x, c) if m == n else np.zeros_like(arrays[j]) for m, j in enumerate(at)]
            measured = differences(function, arrays, at, tangents, h)
            pushed = trace.forward(tangents) if forward else None
            for k, y in enumerate(outputs):
                for d in _some(y):
                    slope, row = float(coordinates(measured[k])[d]), rows[k][d][n]
                    back = 0.0 if row is None else float(coordinates(row)[c])
                    answers = [("vjp", slope, back, True)]
                    if pushed is not None:
                        ahead = float(coordinates(pushed[k])[d])
                        answers += [("jvp", slope, ahead, True), ("vjp", ahead, back, False)]
                    for rule, expected, got, measured_so in answers:
                        allowed = tol if measured_so else rounding(np.dtype(np.float64))
                        excess = abs(expected - got) / (allowed * (1 + abs(expected)))
                        if np.isfinite(expected) and not excess <= max(1, worst.get(measured_so, (1,))[0]):
                            source = "central differences" if measured_so else "its jvp"
                            wrong = Wrong(rule, i, element(x, c), k, element(y, d), expected, source, got)
                            worst[measured_so] = (excess if excess == excess else np.inf, wrong)
    return (worst.get(True) or worst.get(False) or (0, None))[1]


def _some(array: np.ndarray, most: int = 64) -> range:
    """The coordinates that a search looks at: all of a small array, the first of a large one."""
    return range(min(most, array.size * (2 if array.dtype.kind == "c" else 1)))
