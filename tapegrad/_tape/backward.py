"""`backward` and `grad`: seed a sweep, run it, hand out what it found. All or nothing: see `_commit`."""

import sys
from collections import deque

import numpy as np

from .borrowed import lent
from .context import Mode, caller, spans, stack
from .errors import TapeError
from .nodes import Leaf, no_history
from .record import HEADER, PART
from .sweep import run_hook, sweep
from .tensor import Tensor, plain

_PAUSE = Mode(False)  # closes the tape to user code that runs in an unrecorded sweep


def backward(tensors, gradients=None, *, retain_graph=None, create_graph=None, inputs=None) -> None:
    """Accumulate into `.grad` of every leaf (or of `inputs` alone) the gradient of `tensors`."""
    where = caller()
    if inputs is not None:
        _into_inputs(tensors, gradients, inputs, retain_graph, create_graph)
        return
    found: dict[Leaf, object] = {}
    kept: list[tuple] = []
    for group in _groups(tensors, gradients, create_graph):
        leaves = list(group.tape.leaves.items())  # a recorded sweep may meet new ones
        _run(group, where, group.record if retain_graph is None else retain_graph, kept)
        for cell, slot in leaves:
            g = group.adjoints.pop(slot, None)
            if g is not None:
                found[cell] = found[cell] + g if cell in found else g
            del g
    _commit(found, kept)


def grad(outputs, inputs, grad_outputs=None, *, retain_graph=None, create_graph=None, allow_unused=False) -> tuple:
    """The gradients of `outputs` with respect to `inputs`, accumulated nowhere. See `tapegrad.autograd.grad`."""
    where = caller()
    results: list = [None] * len(inputs)
    for x in inputs:
        if x._node is None or not x._node.tracked(x):
            raise no_history(x)
    for group in _groups(outputs, grad_outputs, create_graph):
        retain = group.record if retain_graph is None else retain_graph
        slots = [_slot_in(x, group.tape) for x in inputs]
        capture = {s: group.adjoints.get(s) for s in slots if s is not None and s >= 0}
        asked = {s for s in slots if s is not None}
        low = 0 if any(s is None or s < 0 for s in slots) else min(asked) + 1
        _run(group, where, retain, [], low=low, wanted=_ways(group, asked, low), capture=capture)
        capture.update((s, g) for s, g in group.adjoints.items() if s in asked)
        for i, (x, slot) in enumerate(zip(inputs, slots, strict=True)):
            g = None if slot is None else capture.get(slot)
            if g is None:
                continue
            if type(x._node) is Leaf:
                for hook in tuple((x._node.hooks or {}).values()):
                    g = run_hook(hook, g, x._shape, "[leaf]", group.record)
            g = g if isinstance(g, Tensor) else plain(lent.copy(g))
            results[i] = g if results[i] is None else results[i] + g
    if not allow_unused:
        for i, g in enumerate(results):
            if g is None:
                raise TapeError(
                    f"[grad] `inputs[{i}]` (shape {inputs[i]._shape}) was not used in the graph of the outputs. "
                    "Set allow_unused=True to get None for it"
                )
    return tuple(results)


class _Group:
    """Outputs on one tape, with their seeds."""

    def __init__(self, tape):
        self.tape, self.adjoints, self.top, self.record = tape, {}, -1, False


def _groups(tensors, gradients, create_graph) -> list[_Group]:
    """Check every argument before anything happens; then the outputs by tape, seeded."""
    gradients = [None] * len(tensors) if gradients is None else gradients
    if len(gradients) != len(tensors):
        raise TapeError(f"[backward] {len(gradients)} gradients for {len(tensors)} tensors; give one each (or None)")
    groups: dict[int, _Group] = {}
    for y, g in zip(tensors, gradients, strict=True):
        if y._node is None:
            raise no_history(y)
        tape, slot = y._node.origin(y)
        if slot is None:
            raise no_history(y)
        group = groups.setdefault(tape.id, _Group(tape))
        seed = _seed(y, g, tape, slot)
        group.record |= _recorded(tape, slot) if create_graph is None else bool(create_graph)
        group.top = max(group.top, slot)
        old = group.adjoints.get(slot)
        group.adjoints[slot] = seed if old is None else old + seed
    for group in groups.values():
        if group.record:
            group.adjoints = {s: g if isinstance(g, Tensor) else plain(g) for s, g in group.adjoints.items()}
        else:
            group.adjoints = {s: g._array if isinstance(g, Tensor) else g for s, g in group.adjoints.items()}
    return list(groups.values())


def _seed(y: Tensor, g, tape, slot):
    """The cotangent that the sweep starts from."""
    shape = y._shape
    if g is None:
        if y._array.size != 1 and not tape.seeded_with_ones(slot):
            raise TapeError(
                f"grad can be implicitly created only for scalar outputs; this one has shape {shape}. Reduce it "
                "(`y.sum().backward()`), or say what flows in (`y.backward(gradient=ones_like(y))`)"
            )
        return plain(lent.ones_like(y._array))
    if not isinstance(g, Tensor):
        g = plain(np.array(g))
    if g._dtype.kind == "c" and y._dtype.kind != "c":
        raise TapeError(f"[backward] `gradient` is complex ({g._dtype}) and the output is real ({y._dtype})")
    if g._shape != shape:
        if g._array.size != 1 or y._array.size != 1:
            raise TapeError(
                f"Mismatch in shape: `gradient` has shape {g._shape} and the output has shape {shape}; "
                "they must be equal"
            )
        g = g.reshape(shape)
    return g.to(y._dtype)


def _recorded(tape, slot: int) -> bool:
    """Whether a span strictly outside the one that recorded `slot` is open: then the sweep is recorded too."""
    around = sum(s.tape is tape and s.start <= slot for s in spans())
    return around > 1 or (around == 1 and any(start <= slot < stop for start, stop, _ in tape.closed))


def _run(group: _Group, where, retain: bool, kept: list, **how) -> None:
    """The sweep, in the right mode, with its bookkeeping."""
    tape, top, low = group.tape, group.top, how.pop("low", 0)
    entries = stack.get()
    try:
        if group.record:
            stack.set((tape, *entries[1:]))
        elif entries[0] is not None:
            stack.set((None, *entries[1:], _PAUSE))
        with np.errstate(all="ignore"):
            sweep(tape, group.adjoints, top, low, kept, record=group.record, retain=retain, **how)
    finally:
        stack.set(entries)
        if not retain:
            tape.spent.append((low, top, where))


def _slot_in(x: Tensor, tape) -> int | None:
    """The slot of `x` on `tape`, or None where it was never used there."""
    node = x._node
    if type(node) is Leaf:
        return tape.leaves.get(node)
    if node is tape:
        return x._slot
    own, slot = node.origin(x)
    return slot if own is tape else None


def _ways(group: _Group, asked: set, low: int) -> set:
    """The slots on a way from the asked inputs to the outputs."""
    ways = set(asked)
    for entry in group.tape.records[max(0, low - 1) : group.top + 1]:
        p = entry[0]
        if p is not PART and not ways.isdisjoint(entry[HEADER : HEADER + p.n]):
            ways.update(range(entry[2], entry[2] + p.outputs))
    return ways


def _commit(found: dict, kept: list) -> None:
    """Set `.grad` of all leaves, or of none if anything on the way raises.

    The new gradients are built first, then stored by one loop in C that no Ctrl-C can divide.
    """
    targets, grads = [], []
    while found:
        cell, g = found.popitem()
        tensor = cell.ref()
        if tensor is not None:
            for hook in tuple((cell.hooks or {}).values()):
                g = run_hook(hook, g, tensor._shape, "[leaf]", isinstance(g, Tensor))
            # adopted if nobody else holds it (`a + b` hands both leaves the same array), else copied
            own = type(g) is np.ndarray and g.base is None and g.flags.writeable and sys.getrefcount(g) == 2
            targets.append(tensor)
            grads.append(_accumulated(tensor, g, own))
    leaves = tuple(targets)
    for tensor, g in kept:
        targets.append(tensor)
        grads.append(_accumulated(tensor, g, False))
    deque(map(Tensor._grad.__set__, targets, grads), maxlen=0)
    for tensor in leaves:
        for hook in tuple((getattr(tensor._node, "post_hooks", None) or {}).values()):
            hook(tensor)


def _accumulated(tensor: Tensor, g, own: bool) -> Tensor:
    """The `.grad` that `tensor` has once `g` is added."""
    old = getattr(tensor, "_grad", None)
    if isinstance(g, Tensor):
        return g if old is None else old + g
    if old is None:
        return plain(g if own else lent.copy(g))
    return plain(np.add(old._array, g, out=...))


def _into_inputs(tensors, gradients, inputs, retain_graph, create_graph) -> None:
    """`backward(inputs=…)`: accumulate into these alone, leaves or not."""
    found = grad(
        tensors, inputs, gradients, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True
    )
    used = [(x, g) for x, g in zip(inputs, found, strict=True) if g is not None]
    grads = [_accumulated(x, g, False) for x, g in used]
    deque(map(Tensor._grad.__set__, [x for x, _ in used], grads), maxlen=0)
