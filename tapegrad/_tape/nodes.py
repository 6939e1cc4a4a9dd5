"""What a tensor can be to tapes, besides a constant (None) and a result on the open tape (the Tape itself).

Every node, `Tape` included, answers three questions about its tensor:

    locate(tensor, tape, keep)   its slot on `tape` (None: a constant there) and its array, safe to save if `keep`
    origin(tensor)               the tape and slot that a sweep from it starts at
    tracked(tensor)              whether gradients flow to it
"""

import weakref
from collections.abc import Callable

from .context import stack
from .errors import TapeError
from .tensor import Tensor


class Leaf:
    """The cell of a tensor that the user asked gradients of. Tapes hold the cell, the cell only a weak reference."""

    __slots__ = ("at", "exposed", "hooks", "post_hooks", "ref")

    def __init__(self, tensor: Tensor, exposed: bool = False):
        self.ref = weakref.ref(tensor)
        self.at = (0, 0)  # (tape id, slot) of the latest use, one tuple so that threads never see half of it
        self.exposed = exposed
        self.hooks: dict[int, Callable] | None = None
        self.post_hooks: dict[int, Callable] | None = None

    def locate(self, tensor, tape, keep):
        at = self.at
        if at[0] != tape.id:
            slot = tape.leaves.setdefault(self, -1 - len(tape.leaves))
            at = self.at = (tape.id, slot)
        array = tensor._array
        return at[1], array.copy() if keep and self.exposed else array

    def origin(self, tensor):
        tape = stack.get()[0] or Leaf.new_tape()
        return tape, self.locate(tensor, tape, False)[0]

    def tracked(self, tensor):
        return True

    new_tape: Callable  # set beside Tape: a sweep from a leaf needs an empty one


class Frozen:
    """A leaf that gradients are not asked of for the time being; its cell is back when they are again."""

    __slots__ = ("cell",)

    def __init__(self, cell: Leaf):
        self.cell = cell

    def locate(self, tensor, tape, keep):
        return None, tensor._array.copy() if keep and self.cell.exposed else tensor._array

    def origin(self, tensor):
        raise no_history(tensor)

    def tracked(self, tensor):
        return False


class View:
    """A tensor that shares the memory of `root`; its slot is remade from the root's when the root was written.

    `how` is the chain of view primitives and settings that leads from the root to it; `constant` says that
    it was cut from its root's history (`.detach()`, or a view taken under `no_grad`).
    """

    __slots__ = ("at", "constant", "how", "root")

    def __init__(self, root: Tensor, how: tuple, at: tuple, constant: bool):
        self.root, self.how, self.at, self.constant = root, how, at, constant  # at = (tape, slot, root's generation)

    def locate(self, tensor, tape, keep):
        root, array = self.root, tensor._array
        if keep and is_exposed(root):
            array = array.copy()
        if self.constant:
            return None, array
        at = self.at
        if at[0] is tape and at[2] == root._generation:
            return at[1], array
        slot = slot_of(root, tape)
        if slot is not None:
            slot = View.remake(tape, self.how, slot, root, tensor)
        self.at = (tape, slot, root._generation)
        return slot, array

    def origin(self, tensor):
        node = self.root._node
        if self.constant or node is None:
            raise no_history(tensor)
        tape, slot = self.at[:2]
        if tape is None or slot is None or self.at[2] != self.root._generation:
            tape = node.origin(self.root)[0]
            slot = self.locate(tensor, tape, False)[0]
        return tape, slot

    def tracked(self, tensor):
        node = self.root._node
        return not self.constant and node is not None and node.tracked(self.root)

    remake: Callable  # set beside the view primitives: records the view of a written root


class Exposed:
    """A tensor whose memory NumPy code can reach: its array is copied when a rule saves it."""

    __slots__ = ("slot", "tape")

    def __init__(self, tape=None, slot: int | None = None):
        self.tape, self.slot = tape, slot

    def locate(self, tensor, tape, keep):
        if self.tape is not None and self.tape is not tape:
            self.tape.locate(tensor, tape, keep)
        return self.slot, tensor._array.copy() if keep else tensor._array

    def origin(self, tensor):
        if self.tape is None:
            raise no_history(tensor)
        return self.tape, self.slot

    def tracked(self, tensor):
        return self.tape is not None


class Outside:
    """The result of tracked tensors computed while no tape was open: its history is missing."""

    __slots__ = ()

    def locate(self, tensor, tape, keep):
        raise TapeError(
            f"a result of shape {tensor._shape} that was computed outside `with tape()` from tensors that require "
            "grad is used inside one: its history is missing. Compute it inside the tape, compute it under "
            "`no_grad()`, or `.detach()` it"
        )

    def origin(self, tensor):
        raise TapeError(
            "backward() on a result that was computed outside any tape: nothing was recorded. "
            "Wrap the computation in `with tape():`"
        )

    def tracked(self, tensor):
        return False


OUTSIDE = Outside()


def no_history(tensor) -> TapeError:
    """The error of a sweep that starts at a constant."""
    return TapeError(
        f"a tensor of shape {tensor._shape} does not require grad and has no grad_fn: no tracked tensor led to it. "
        "Make an input track with `requires_grad_(True)` and compute inside `with tape():`"
    )


def is_exposed(root: Tensor) -> bool:
    """Whether NumPy code can reach the memory of `root`."""
    return getattr(root, "_exposed", False)


def root_of(tensor: Tensor) -> Tensor:
    """The tensor whose memory this one shares (itself, if it is no view)."""
    node = tensor._node
    if type(node) is View:
        return node.root
    if not hasattr(tensor, "_generation"):
        tensor._generation = 0
    return tensor


def slot_of(x: Tensor, tape) -> int | None:
    """The slot of `x` on `tape`; None for a constant."""
    node = x._node
    if node is None:
        return None
    return x._slot if node is tape else node.locate(x, tape, False)[0]


def safe_array(x: Tensor, tape):
    """The array of `x`, copied if NumPy code could change it before the sweep."""
    node = x._node
    return x._array if node is None or node is tape else node.locate(x, tape, True)[1]
