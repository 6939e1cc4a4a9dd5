"""Runs that must give the same: repeated, untracked, through `backward()`, and from other memory layouts."""

from collections.abc import Sequence
from contextlib import contextmanager

import numpy as np

from .._tape import Tensor, plain
from ._compare import close, same
from ._differences import normal
from ._maps import Operation
from ._trace import Trace, evaluate


@contextmanager
def noting(circumstances: str):
    """Add to an exception from inside an operation or a rule what was being checked."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        error.add_note(circumstances)
        raise


def check_purity(who: str, function, trace: Trace, arrays, cotangents) -> None:
    """A sweep and an operation change nothing that they were given, and repeat bit for bit."""
    seeds, values = [g.copy() for g in cotangents], [y.copy() for y in trace.values()]
    first = trace.reverse(seeds)
    for k, (before, after) in enumerate(zip(cotangents, seeds, strict=True)):
        same(f"{who}the cotangent of output {k} was written to by a vjp", before, after)
    for k, (before, after) in enumerate(zip(values, trace.values(), strict=True)):
        same(f"{who}output {k} was written to by a vjp", before, after)
    for i, a, b in zip(trace.at, first, trace.reverse(cotangents), strict=True):
        if a is not None and b is not None:
            same(f"{who}vjp of `{function.names[i]}` differs when it is repeated", a, b)
    for k, (a, b) in enumerate(zip(values, evaluate(function, arrays), strict=True)):
        what = f"{who}output {k} differs between a recorded call and one that is not"
        if isinstance(function, Operation):
            same(what, a, b)
        else:  # sums of cotangents may run in another order
            close(what, a, b, "recorded")


def check_untracked(operation: Operation, wanted: Sequence[int], random) -> None:
    """Untracked arguments get no gradient, and plain arrays give the values that Tensors give."""
    who = f"[{operation.name}] "
    tensors = [y._array for y in operation.tensors([plain(a) for a in operation.arrays])]
    if hasattr(operation.op, "primitive") or getattr(operation.op, "__module__", "").startswith("tapegrad.ops."):
        with noting(f"{who}on plain arrays"):
            results = listed(operation.call(operation.arrays))
        for k, (a, b) in enumerate(zip(tensors, results, strict=True)):
            if isinstance(b, Tensor):
                raise AssertionError(f"{who}output {k} of plain arrays: expected an array, got a Tensor")
            close(f"{who}output {k} of plain arrays", a, np.asarray(b), "of Tensors")
    for i in wanted:
        trace = Trace(operation, operation.arrays, [i])
        cotangents = [normal(random, y) for y in trace.values()]
        (expected,) = trace.reverse(cotangents)
        for j, g in enumerate(trace.accumulate(cotangents)):
            name = operation.names[j]
            if j != i and g is not None:
                raise AssertionError(f"{who}`{name}` is not tracked and got a gradient from backward()")
            if j == i and g is not None and expected is not None:
                same(f"{who}gradient of `{name}` left by backward()", expected, g)


def listed(result) -> list:
    """The outputs of an operation on plain arrays, one after the other."""
    return [part for r in result for part in listed(r)] if isinstance(result, (list, tuple)) else [result]


def check_layouts(operation: Operation, wanted: Sequence[int], random) -> None:
    """Strides are no part of the mathematics: neither those of arguments nor those of cotangents."""
    reference = Trace(operation, operation.arrays, wanted)
    cotangents = [normal(random, y) for y in reference.values()]
    expected = reference.reverse(cotangents)
    who = f"[{operation.name}] "
    for name, layout in LAYOUTS.items():
        with noting(f"{who}with {name}"):
            trace = Trace(operation, [layout(a) for a in operation.arrays], wanted)
            found = trace.reverse([layout(g) for g in cotangents])
        for k, (a, b) in enumerate(zip(reference.values(), trace.values(), strict=True)):
            close(f"{who}output {k} of arguments with {name}", a, b, "of the arguments given")
        _same_gradients(operation, wanted, expected, found, name)
    constants = [np.full(y.shape, 0.7, y.dtype) for y in reference.values()]
    expected = reference.reverse(constants)
    with noting(f"{who}with stride 0 in the cotangent"):
        found = reference.reverse([np.broadcast_to(y.dtype.type(0.7), y.shape) for y in reference.values()])
    _same_gradients(operation, wanted, expected, found, "stride 0 in the cotangent")


def _same_gradients(operation, wanted, expected, found, layout: str) -> None:
    for i, a, b in zip(wanted, expected, found, strict=True):
        if a is not None:
            who = f"[{operation.name}] vjp of `{operation.names[i]}` with {layout}"
            close(who, a, b, "with the layout given")


def reversed_strides(a: np.ndarray) -> np.ndarray:
    """The same elements, every stride negative."""
    return np.asarray(np.flip(np.flip(a).copy()))  # a flipped 0-d array is a scalar


def gaps(a: np.ndarray) -> np.ndarray:
    """The same elements, every second one of a larger array along the last axis."""
    if a.ndim == 0:
        return a
    room = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    room[..., ::2] = a
    return room[..., ::2]


def columns(a: np.ndarray) -> np.ndarray:
    """The same elements in Fortran order."""
    return np.array(a, order="F")


LAYOUTS = {"negative strides": reversed_strides, "Fortran order": columns, "gaps": gaps}
