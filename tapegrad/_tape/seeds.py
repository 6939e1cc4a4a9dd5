"""Where a sweep starts: the outputs by tape, each with the cotangent that flows in."""

import numpy as np

from .borrowed import lent
from .commit import summed
from .context import spans, stack, within
from .errors import TapeError
from .nodes import no_history
from .sweep import seen_on
from .tape import Tape
from .tensor import Tensor, plain


class Group:
    """Outputs on one tape, with their seeds."""

    __slots__ = ("adjoints", "record", "tape", "top")

    def __init__(self, tape, slot: int, seed, record: bool):
        self.tape = tape
        self.adjoints = {slot: seed}
        self.top = slot
        self.record = record  # whether the sweep is recorded

    def join(self, other) -> None:
        """Take in an output of the same tape."""
        for slot, seed in other.adjoints.items():
            self.adjoints[slot] = summed(self.adjoints[slot], seed) if slot in self.adjoints else seed
        self.top = max(self.top, other.top)
        self.record |= other.record


def groups_of(tensors, gradients, create_graph) -> list[Group]:
    """Check every argument before anything happens; then the outputs by tape, seeded."""
    if gradients is None:
        gradients = [None] * len(tensors)
    if len(gradients) != len(tensors):
        raise TapeError(f"[backward] {len(gradients)} gradients for {len(tensors)} tensors; give one each (or None)")
    if len(tensors) == 1:  # nearly always
        groups = [_seeded(tensors[0], gradients[0], create_graph)]
    else:
        groups = _by_tape(tensors, gradients, create_graph)
    for group in groups:
        record, adjoints = group.record, group.adjoints
        for slot, g in adjoints.items():  # in place: the keys stay
            if isinstance(g, Tensor) is not record:
                adjoints[slot] = plain(g) if record else g._array
    return groups


def _by_tape(tensors, gradients, create_graph) -> list[Group]:
    groups: list[Group] = []
    for y, g in zip(tensors, gradients, strict=True):
        group = _seeded(y, g, create_graph)
        for other in groups:
            if other.tape is group.tape:
                other.join(group)
                break
        else:
            groups.append(group)
    return groups


def _seeded(y: Tensor, g, create_graph) -> Group:
    """One output, with the cotangent that flows in."""
    node = y._node
    if node is None:
        raise no_history(y)
    tape, slot = (node, y._slot) if type(node) is Tape else node.origin(y)
    if slot is None:
        raise no_history(y)
    if create_graph is None:
        record = len(stack.get()) > 1 and _recorded(tape, slot)  # something is open
    else:
        record = bool(create_graph)
    if not (
        isinstance(g, Tensor)
        and g._shape == y._shape
        and g._dtype is y._dtype
        and g._dtype.kind != "c"
        and type(g._array) is type(y._array)
    ):
        g = _seed(y, g, tape, slot, record)
    return Group(tape, slot, g, record)


def recording_of(groups: list[Group]):
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
    g = lent.beside(g, y)
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
    return seen_on(g, tape if record else None)


def _recorded(tape, slot: int) -> bool:
    """Whether a span strictly outside the one that recorded `slot` is open: then the sweep is recorded too."""
    around = sum(s.tape is tape and s.start <= slot for s in spans())
    return around > 1 or (around == 1 and any(start <= slot < stop for start, stop, _ in tape.closed))
