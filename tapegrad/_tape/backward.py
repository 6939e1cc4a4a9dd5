"""`backward` and `grad`: seed a sweep, run it, hand out what it found. All or nothing: see `_commit`."""

import operator
import sys
from collections import deque

import numpy as np

from .borrowed import lent
from .context import caller, spans, stack, within
from .errors import TapeError
from .nodes import Leaf, no_history
from .record import HEADER, PART
from .sweep import NOTHING, finish, run_hooks, seen, sweep
from .tensor import Tensor, plain


def backward(tensors, gradients=None, *, retain_graph=None, create_graph=None, inputs=None) -> None:
    """Accumulate into `.grad` of every leaf (or of `inputs` alone) the gradient of `tensors`."""
    if inputs is not None:
        _into_inputs(tensors, gradients, inputs, retain_graph, create_graph)
        return
    where = caller()
    found: dict[Leaf, object] = {}
    kept: list[tuple] = []
    groups = _groups(tensors, gradients, create_graph)
    for group in groups:
        leaves = [*group.tape.leaves.items()]  # a recorded sweep may meet new ones
        _run(group, where, retain_graph, kept)
        pop = group.adjoints.pop
        for cell, slot in leaves:
            g = pop(slot, None)
            if g is not None:
                if g.dtype.kind == "c":
                    g = _seen(g, group.tape if group.record else None)
                found[cell] = _sum(found[cell], g) if cell in found else g
            del g
    _call_post_hooks(within(_recording(groups), _commit, found, kept))


def grad(outputs, inputs, grad_outputs=None, *, retain_graph=None, create_graph=None, allow_unused=False) -> tuple:
    """The gradients of `outputs` with respect to `inputs`, accumulated nowhere. See `tapegrad.autograd.grad`."""
    results, kept, recording = _gradients(outputs, inputs, grad_outputs, retain_graph, create_graph)
    if not allow_unused:
        for i, g in enumerate(results):
            if g is None:
                raise TapeError(
                    f"[grad] `inputs[{i}]` (shape {inputs[i]._shape}) was not used in the graph of the outputs. "
                    "Set allow_unused=True to get None for it"
                )
    if kept:
        within(recording, _commit, {}, kept)
    return tuple(results)


def _into_inputs(tensors, gradients, inputs, retain_graph, create_graph) -> None:
    """`backward(inputs=…)`: accumulate into these alone, leaves or not."""
    results, kept, recording = _gradients(tensors, inputs, gradients, retain_graph, create_graph)
    asked = {id(x): (x, g) for x, g in zip(inputs, results, strict=True) if g is not None}
    kept = [(x, g) for x, g in kept if id(x) not in asked]
    within(recording, _commit, {}, [*asked.values(), *kept])
    _call_post_hooks([x for x, _ in asked.values()])


def _gradients(outputs, inputs, grad_outputs, retain_graph, create_graph) -> tuple[list, list, object]:
    """One gradient (or None) for each input; (tensor, gradient) of those that retain theirs; the tape recorded on."""
    where = caller()
    results: list = [None] * len(inputs)
    kept: list[tuple] = []
    for x in inputs:
        if x._node is None or not x._node.tracked(x):
            raise no_history(x)
    groups = _groups(outputs, grad_outputs, create_graph)
    for group in groups:
        slots = [_slot_in(x, group.tape) for x in inputs]
        asked = {s: x for s, x in zip(slots, inputs, strict=True) if s is not None}
        capture = {s: None for s in asked if s >= 0}
        low = 0 if len(capture) < len({*slots}) else min(asked) + 1
        ways = _ways(group, asked, low)
        group.adjoints = {s: g for s, g in group.adjoints.items() if s in ways}  # other outputs are left alone
        _run(group, where, retain_graph, kept, low=low, wanted=ways, capture=capture)
        within(group.tape if group.record else None, _finish_asked, group, asked, capture, kept)
        for i, slot in enumerate(slots):
            g = None if slot is None else capture.get(slot)
            if g is not None:
                g = _seen(g, group.tape if group.record else None)
                g = g if isinstance(g, Tensor) else plain(lent.copy(g))
                results[i] = g if results[i] is None else _sum(results[i], g)
    recording = _recording(groups)
    hooked: dict[int, Tensor] = {}  # the hooks of a leaf run once
    for i, x in enumerate(inputs):
        if results[i] is not None and type(x._node) is Leaf and x._node.hooks:
            if id(x) not in hooked:
                hooks = x._node.hooks
                g = within(recording, run_hooks, hooks, results[i], x._shape, "[leaf]", recording is not None)
                hooked[id(x)] = g if isinstance(g, Tensor) else plain(g)
            results[i] = hooked[id(x)]
    return results, kept, recording


def _finish_asked(group, asked: dict, capture: dict, kept: list) -> None:
    """Capture what the sweep did not pass: the cotangents of leaves, and that of the lowest slot."""
    for slot in asked:
        g = group.adjoints.pop(slot, None)
        if g is None or g is NOTHING:
            continue
        if slot >= 0:
            g = finish(group.tape, group.tape.records[slot], slot, g, kept, group.record)
        capture[slot] = g


class _Group:
    """Outputs on one tape, with their seeds."""

    __slots__ = ("adjoints", "record", "tape", "top")

    def __init__(self, tape):
        self.tape = tape
        self.adjoints: dict = {}
        self.top = -1
        self.record = False


def _groups(tensors, gradients, create_graph) -> list[_Group]:
    """Check every argument before anything happens; then the outputs by tape, seeded."""
    if gradients is None:
        gradients = [None] * len(tensors)
    if len(gradients) != len(tensors):
        raise TapeError(f"[backward] {len(gradients)} gradients for {len(tensors)} tensors; give one each (or None)")
    groups: dict[int, _Group] = {}
    nested = len(stack.get()) > 1  # something is open
    for y, g in zip(tensors, gradients, strict=True):
        if y._node is None:
            raise no_history(y)
        tape, slot = y._node.origin(y)
        if slot is None:
            raise no_history(y)
        group = groups.get(tape.id)
        if group is None:
            group = groups[tape.id] = _Group(tape)
        record = nested and _recorded(tape, slot) if create_graph is None else bool(create_graph)
        fits = isinstance(g, Tensor) and g._shape == y._shape and g._dtype is y._dtype and g._dtype.kind != "c"
        seed = g if fits else _seed(y, g, tape, slot, record)
        group.record |= record
        if slot > group.top:
            group.top = slot
        old = group.adjoints.get(slot)
        group.adjoints[slot] = seed if old is None else _sum(old, seed)
    for group in groups.values():
        for slot, g in group.adjoints.items():  # in place: the keys stay
            if isinstance(g, Tensor) is not group.record:
                group.adjoints[slot] = plain(g) if group.record else g._array
    return list(groups.values())


def _recording(groups: list[_Group]):
    """The tape that a recorded sweep of these appends to, or None."""
    for group in groups:
        if group.record:
            return group.tape
    return None


def _seed(y: Tensor, g, tape, slot: int, record: bool) -> Tensor:
    """The cotangent that the sweep starts from."""
    shape = y._shape
    if g is None:
        if y._array.size != 1 and not tape.seeded_with_ones(slot):
            raise TapeError(
                f"grad can be implicitly created only for scalar outputs; this one has shape {shape}. Reduce it "
                "(`y.sum().backward()`), or say what flows in (`y.backward(gradient=ones_like(y))`)"
            )
        if y._dtype.kind == "c":
            raise TapeError(
                f"grad can be implicitly created only for real scalar outputs; this one has dtype {y._dtype}. Take "
                "`.real` or `.abs()` of it, or say what flows in (`y.backward(gradient=ones_like(y))`)"
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
        g = within(tape if record else None, g.reshape, shape)
    g = g if g._dtype == y._dtype else within(tape if record else None, g.to, y._dtype)
    return _seen(g, tape if record else None)


def _seen(g, tape):
    """`seen`, recorded on `tape` if there is one; real numbers, which are most, cost no change of mode."""
    return within(tape, seen, g) if g.dtype.kind == "c" else g


def _recorded(tape, slot: int) -> bool:
    """Whether a span strictly outside the one that recorded `slot` is open: then the sweep is recorded too."""
    around = sum(s.tape is tape and s.start <= slot for s in spans())
    return around > 1 or (around == 1 and any(start <= slot < stop for start, stop, _ in tape.closed))


def _run(group: _Group, where, retain: bool | None, kept: list, low: int = 0, **how) -> None:
    """The sweep, in the right mode, with its bookkeeping."""
    tape, top, record = group.tape, group.top, group.record
    retain = record if retain is None else retain
    try:
        with np.errstate(all="ignore"):
            within(
                tape if record else None,
                sweep, tape, group.adjoints, top, low, kept, record=record, retain=retain, **how,
            )  # fmt: skip
    finally:
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


def _ways(group: _Group, asked: dict, low: int) -> set:
    """The slots on a way from the asked inputs to the outputs."""
    ways = set(asked)
    for entry in group.tape.records[max(0, low - 1) : group.top + 1]:
        p = entry[0]
        if p is not PART and not ways.isdisjoint(entry[HEADER : HEADER + p.n]):
            ways.update(range(entry[2], entry[2] + p.outputs))
    return ways


def _sum(a, b):
    """The sum of two gradients, recorded where one of them is tracked."""
    tensors = [t for t in (a, b) if isinstance(t, Tensor)]
    if not tensors:
        return a + b
    a, b = (t if isinstance(t, Tensor) else plain(t) for t in (a, b))
    tape = next((t._node.origin(t)[0] for t in tensors if t._node is not None and t._node.tracked(t)), None)
    return plain(np.add(a._array, b._array, out=...)) if tape is None else within(tape, operator.add, a, b)


_set_grad = Tensor._grad.__set__


def _commit(found: dict, kept: list) -> list:
    """Set `.grad` of all leaves and of the tensors in `kept`, or of none if anything on the way raises.

    The new gradients are built first, then stored by one loop in C that no Ctrl-C can divide. Returns the leaves.
    """
    leaves, grads = [], []
    while found:
        cell, g = found.popitem()
        tensor = cell.ref()
        if tensor is None or tensor._node is not cell:  # gone, or gradients are no longer asked of it
            continue
        if cell.hooks:
            g = run_hooks(cell.hooks, g, tensor._shape, "[leaf]", isinstance(g, Tensor))
        # adopted if nobody else holds it (`a + b` hands both leaves the same array), else copied
        own = type(g) is np.ndarray and g.base is None and g.flags.writeable and sys.getrefcount(g) == 2
        leaves.append(tensor)
        grads.append(_accumulated(tensor, g, own))
    if not kept:
        deque(map(_set_grad, leaves, grads), maxlen=0)
        return leaves
    grads += [_accumulated(tensor, g, False) for tensor, g in kept]
    deque(map(_set_grad, leaves + [tensor for tensor, _ in kept], grads), maxlen=0)
    return leaves


def _accumulated(tensor: Tensor, g, own: bool) -> Tensor:
    """The `.grad` that `tensor` has once `g` is added: its own, whatever else `g` was handed to."""
    if g.shape != tensor._shape:
        raise TapeError(f"[backward] a gradient of shape {g.shape} has reached a leaf of shape {tensor._shape}")
    old = getattr(tensor, "_grad", None)
    if old is None:
        return g.clone() if isinstance(g, Tensor) else plain(g if own else lent.copy(g))
    return _sum(old, g)


def _call_post_hooks(leaves: list) -> None:
    for tensor in leaves:
        hooks = getattr(tensor._node, "post_hooks", None)
        if hooks:
            for hook in tuple(hooks.values()):
                hook(tensor)
