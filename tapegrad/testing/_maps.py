"""The maps that are checked: an operation, and its derivatives as functions of their own.

The gradient of an operation is a map (g, x) ↦ J(x)ᵀ·g and its tangent a map (t, x) ↦ J(x)·t; both are made of recorded
operations, so second order is first order again, of these.
"""

import inspect
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

import numpy as np

from .._tape import Tensor, grad, plain, tape
from ..kernels import to_numpy
from ._trace import Map, leaf, push, tracked


def is_array(value) -> bool:
    """Whether a check may hand this argument over as a Tensor."""
    return isinstance(value, (np.ndarray, Tensor))


def arrays_in(value, name: str = "") -> list[tuple[str, np.ndarray]]:
    """The arrays in an argument, nested sequences and mappings included, with the names that messages call them by."""
    if is_array(value):
        return [(name, to_numpy(value._array) if isinstance(value, Tensor) else value)]
    if isinstance(value, Mapping):
        return [found for key, v in value.items() for found in arrays_in(v, f"{name}[{key!r}]")]
    if isinstance(value, (list, tuple)):
        return [found for i, v in enumerate(value) for found in arrays_in(v, f"{name}[{i}]")]
    return []


def refill(value, arrays):
    """`value` with its arrays replaced, in order, by the next ones of the iterator `arrays`, on the same devices."""
    if is_array(value):
        array = next(arrays)
        if isinstance(value, Tensor) and value.device.type != "cpu":
            # recorded: what is differentiated is the way there and back, too
            array = (array if isinstance(array, Tensor) else plain(array)).to(value.device)
        return array
    if isinstance(value, Mapping):
        return {key: refill(v, arrays) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        items = [refill(v, arrays) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


class Operation:
    """An operation with its settings, as a map of the arrays in its arguments.

    The checks work on NumPy's arrays, whatever the device: what is on another one is brought there and back.
    """

    title = ""

    def __init__(self, op, args: tuple, settings: dict):
        self.op, self.args, self.settings = op, args, settings
        self.name = name_of(op)
        self.parameters = parameter_names(op, len(args))
        found = [pair for p, arg in zip(self.parameters, args, strict=True) for pair in arrays_in(arg, p)]
        found += [pair for key, value in settings.items() for pair in arrays_in(value, key)]
        self.names, self.arrays = [name for name, _ in found], [array for _, array in found]

    def call(self, values: Sequence):
        """The operation on arrays or Tensors in place of those it was given."""
        supply = iter(values)
        args = [refill(arg, supply) for arg in self.args]
        return self.op(*args, **{key: refill(value, supply) for key, value in self.settings.items()})

    def __call__(self, tensors, record):
        return [y for y in self.tensors(tensors) if y._dtype.kind in "fc"]

    def tensors(self, values: Sequence) -> list[Tensor]:
        """All outputs on Tensors, the integer ones too."""
        return [y.cpu() for y in _results(self.call(values), self.name)]


def _results(result, name: str):
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, (list, tuple)):
        for part in result:
            yield from _results(part, name)
    elif isinstance(result, Mapping):
        for part in result.values():
            yield from _results(part, name)
    elif isinstance(result, (np.ndarray, np.generic)):
        raise AssertionError(
            f"[{name}] returned a NumPy {type(result).__name__} for Tensor arguments, so no gradient can flow; "
            "a Tensor is expected"
        )


class Gradient:
    """(g, x) ↦ J(x)ᵀ·g of a map, for the inputs `at`. Its inputs are the cotangents, then those of the map."""

    def __init__(self, inner: Map, outputs: int, at: Sequence[int]):
        self.inner, self.outputs, self.at = inner, outputs, at
        self.name, self.title = inner.name, f"gradient of {inner.title}" if inner.title else "gradient: "
        self.names = [*(f"g[{k}]" if outputs > 1 else "g" for k in range(outputs)), *inner.names]

    def __call__(self, tensors, record):
        gs, xs = tensors[: self.outputs], list(tensors[self.outputs :])
        for i in self.at:
            if xs[i]._node is None:
                xs[i] = leaf(xs[i]._array)
        wanted = [xs[i] for i in self.at]
        found = [None] * len(wanted)
        with nullcontext() if record else tape():
            flowing = [(y, g) for y, g in zip(self.inner(xs, True), gs, strict=True) if tracked(y)]
            if flowing:
                ys, gs = zip(*flowing, strict=True)
                found = grad(ys, wanted, gs, retain_graph=True, create_graph=record, allow_unused=True)
        return [_or_zeros(d, x) for d, x in zip(found, wanted, strict=True)]


class Tangent:
    """(t, x) ↦ J(x)·t of a map, for the inputs `at`. Its inputs are the tangents, then those of the map."""

    def __init__(self, inner: Map, at: Sequence[int]):
        self.inner, self.at = inner, at
        self.name, self.title = inner.name, f"tangent of {inner.title}" if inner.title else "tangent: "
        self.names = [*(f"t[{inner.names[i]}]" for i in at), *inner.names]

    def __call__(self, tensors, record):
        ts, xs = tensors[: len(self.at)], list(tensors[len(self.at) :])
        for i in self.at:
            if xs[i]._node is None:
                xs[i] = leaf(xs[i]._array)
        with tape() as span:
            ys = self.inner(xs, True)
            ts = ts if record else [t._array for t in ts]
            pushed = push(span.tape, [xs[i] for i in self.at], ts, ys, record=record)
        if not record:
            pushed = [None if t is None else plain(np.asarray(t)) for t in pushed]
        return [_or_zeros(t, y) for t, y in zip(pushed, ys, strict=True)]


def _or_zeros(d: Tensor | None, like: Tensor) -> Tensor:
    return plain(np.zeros_like(like._array)) if d is None else d


def name_of(op) -> str:
    """The name that messages call an operation by."""
    primitive = getattr(op, "primitive", op)
    return str(getattr(primitive, "name", getattr(op, "__name__", type(op).__name__)))


def parameter_names(op, n: int) -> list[str]:
    """The names of the first `n` positional parameters."""
    names = list(getattr(getattr(op, "primitive", None), "args", ()))
    if not names:
        try:
            parameters = list(inspect.signature(op).parameters.values())
        except (TypeError, ValueError):
            parameters = []
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [names[i] if i < len(names) else f"argument {i}" for i in range(n)]
