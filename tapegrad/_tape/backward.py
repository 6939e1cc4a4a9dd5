"""`backward` and `grad`: seed a sweep, run it, hand out what it found. All or nothing: see `commit`."""

from .borrowed import lent
from .commit import call_post_hooks, commit, summed
from .context import caller, onto, stack, within
from .errors import TapeError
from .nodes import Leaf, no_history
from .quiet import IGNORED, WARNINGS
from .record import HEADER, PART
from .seeds import Group, groups_of, recording_of
from .sweep import NOTHING, finish, run_hooks, seen_on, sweep
from .tensor import Tensor, plain


def backward(tensors, gradients=None, *, retain_graph=None, create_graph=None, inputs=None) -> None:
    """Accumulate into `.grad` of every leaf (or of `inputs` alone) the gradient of `tensors`."""
    if inputs is not None:
        _into_inputs(tensors, gradients, inputs, retain_graph, create_graph)
        return
    where = caller()
    found: dict[Leaf, object] = {}
    kept: list[tuple] = []
    groups = groups_of(tensors, gradients, create_graph)
    for group in groups:
        leaves = [*group.tape.leaves.items()]  # a recorded sweep may meet new ones
        _run(group, where, retain_graph, kept)
        pop = group.adjoints.pop
        for cell, slot in leaves:
            g = pop(slot, None)
            if g is not None:
                if g.dtype.kind == "c":
                    g = seen_on(g, group.tape if group.record else None)
                found[cell] = summed(found[cell], g) if cell in found else g
            del g
    call_post_hooks(commit(found, kept, recording_of(groups)))


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
        commit({}, kept, recording)
    return tuple(results)


def _into_inputs(tensors, gradients, inputs, retain_graph, create_graph) -> None:
    """`backward(inputs=…)`: accumulate into these alone, leaves or not."""
    results, kept, recording = _gradients(tensors, inputs, gradients, retain_graph, create_graph)
    asked = {id(x): (x, g) for x, g in zip(inputs, results, strict=True) if g is not None}
    kept = [(x, g) for x, g in kept if id(x) not in asked]
    commit({}, [*asked.values(), *kept], recording)
    call_post_hooks([x for x, _ in asked.values()])


def _gradients(outputs, inputs, grad_outputs, retain_graph, create_graph) -> tuple[list, list, object]:
    """One gradient (or None) for each input; (tensor, gradient) of those that retain theirs; the tape recorded on."""
    where = caller()
    results: list = [None] * len(inputs)
    kept: list[tuple] = []
    for x in inputs:
        if x._node is None or not x._node.tracked(x):
            raise no_history(x)
    groups = groups_of(outputs, grad_outputs, create_graph)
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
                g = seen_on(g, group.tape if group.record else None)
                g = g if isinstance(g, Tensor) else plain(lent.copy(g))
                results[i] = g if results[i] is None else summed(results[i], g)
    recording = recording_of(groups)
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


def _run(group: Group, where, retain: bool | None, kept: list, low: int = 0, wanted=None, capture=None) -> None:
    """The sweep, in the right mode, with its bookkeeping."""
    tape, top, record = group.tape, group.top, group.record
    if retain is None:
        retain = record
    entries, warnings = stack.get(), WARNINGS.get()
    try:
        stack.set(onto(tape if record else None, entries))
        WARNINGS.set(IGNORED)
        sweep(tape, group.adjoints, top, low, kept, record, retain, wanted, capture)
    finally:
        stack.set(entries)
        WARNINGS.set(warnings)
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


def _ways(group: Group, asked: dict, low: int) -> set:
    """The slots on a way from the asked inputs to the outputs."""
    ways = set(asked)
    for entry in group.tape.records[max(0, low - 1) : group.top + 1]:
        p = entry[0]
        if p is not PART and not ways.isdisjoint(entry[HEADER : HEADER + p.n]):
            ways.update(range(entry[2], entry[2] + p.outputs))
    return ways
