"""Writes in place: recorded as the functional operation on a new slot, then written through to memory.

A write through a view also scatters into the root's slot and raises the root's generation, so that every other
view of the root remakes its slot when it is next used.
"""

import numpy as np

from .._dtypes import category
from .borrowed import lent
from .context import caller, is_grad_enabled, stack
from .errors import TapeError
from .guard import bounds, log_write
from .nodes import OUTSIDE, Exposed, Leaf, View, is_exposed, slot_of
from .primitive import Primitive
from .tensor import Tensor

CONSTANT = Primitive("constant", lambda x: x, ("x",))  # a tracked tensor overwritten by one: the gradient ends here


def forget(tape, mark: int) -> None:
    """Take back what a call that failed has recorded since `mark`, unless a view of the user's keeps a slot there."""
    if all(record[0] is not lent.region for record in tape.records[mark:]):
        del tape.records[mark:]


def write(x: Tensor, name: str, compute, *args, **options) -> Tensor:
    """Change `x` to `compute(x, *args, **options)`, in place; returns `x`."""
    tape = stack.get()[0]
    check_writeable(x, name, tape)
    if tape is None:  # nothing to record
        r = compute(x, *args, **options)
        if r._shape != x._shape or r._dtype is not x._dtype:
            _check_result(x, r, name)
        _store(x._array, r._array)
        if r._node is OUTSIDE:
            _lose_history(x)
        return x
    mark = len(tape.records)
    try:
        r = compute(x, *args, **options)
        _check_result(x, r, name)
        if r._dtype != x._dtype:
            r = r.to(x._dtype)
        _keep_old_value(tape, mark, x._array)
        tracked = r._node is not None and r._node.tracked(r)
        if type(x._node) is View:
            _check_root(x._node, name, tape, tracked)
        slot = slot_of(r, tape) if tracked else None
    except BaseException:
        forget(tape, mark)
        raise
    _store(x._array, r._array)
    rebase(x, tape, slot)
    return x


def _check_root(node: View, name: str, tape, tracked: bool) -> None:
    """Raise if the root of a view can't take what is about to be written through it."""
    if not node.constant:
        slot_of(node.root, tape)
    elif tracked:
        raise TapeError(
            f"[{name}_] a tracked value is written through a detached alias, which would lose it; `.clone()` it first"
        )


def _lose_history(x: Tensor) -> None:
    """A constant was overwritten, outside any tape, by what depends on tracked tensors."""
    node = x._node
    root = node.root if type(node) is View and not node.constant else x  # of a detached alias, the alias alone
    if root._node is None or not root._node.tracked(root):
        root._node = OUTSIDE


def _store(array, value) -> None:
    """Write `value` into `array`, and on record that it was written."""
    log_write(array)
    fresh = value.base is None and value is not array
    array[...] = value if fresh or not np.may_share_memory(array, value) else value.copy()


def check_writeable(x: Tensor, name: str, tape) -> None:
    node = x._node
    if not x._array.flags.writeable:
        raise TapeError(
            f"[{name}_] the memory of this tensor (shape {x._shape}) is read-only (an expanded view, or a read-only "
            "array given to from_numpy); `.clone()` it first"
        )
    if node is None or not is_grad_enabled():
        return
    root = node.root if type(node) is View and not node.constant else x
    if type(root._node) is Leaf:
        if tape is not None:
            what = "a leaf Variable that requires grad" if root is x else "a view of a leaf Variable that requires grad"
            raise TapeError(
                f"[{name}_] {what} is being used in an in-place operation. Write under `no_grad()`, or to a `.clone()`"
            )
    elif tape is None and node.tracked(x):
        raise TapeError(
            f"[{name}_] a tracked tensor is changed in place outside `with tape()`: that would not be recorded. "
            "Do it inside the tape, or under `no_grad()`"
        )


def _check_result(x: Tensor, r: Tensor, name: str) -> None:
    if r._shape != x._shape:
        raise TapeError(f"[{name}_] output of shape {r._shape} doesn't match the tensor's shape {x._shape}")
    if category(r._dtype) > category(x._dtype):
        raise TapeError(f"[{name}_] result type {r._dtype} can't be cast to the tensor's dtype {x._dtype}")


def _keep_old_value(tape, mark: int, array) -> None:
    """What this very operation saved of its own old self must survive the write."""
    low, high = bounds(array)
    for k in range(mark, len(tape.records)):
        record = tape.records[k]
        head = record[0].header
        saved = tuple(
            v.copy() if isinstance(v, type(array)) and (b := bounds(v))[0] < high and low < b[1] else v
            for v in record[head:]
        )
        tape.records[k] = record[:head] + saved


def rebase(x: Tensor, tape, slot: int | None) -> None:
    """Move `x` (and its root) to the slot of the new value; None: the new value is a constant."""
    where = caller()
    node = x._node
    if type(node) is not View:
        if hasattr(x, "_generation"):
            x._generation += 1
        if not is_grad_enabled():
            return
        if slot is None and node is not None and node.tracked(x):
            slot = tape.append(CONSTANT, None, x, where, (None,), (x._shape,))
        if slot is not None:
            _place(x, tape, slot)
        return
    root = node.root
    if node.constant or not is_grad_enabled():
        return
    root_slot = slot_of(root, tape)
    if slot is None and root_slot is None:
        return
    slots, shapes = (root_slot, slot), (root._shape, x._shape)
    root_slot = tape.append(lent.scatter, (node.how,), root, where, slots, shapes)
    root._generation += 1
    _place(root, tape, root_slot)
    before, node.at = node.at, (None, None, -1) if slot is None else (tape, slot, root._generation)
    if tape.retained and before[0] is tape and None not in (before[1], slot):
        tape.retain(x, slot, before[1])


def _place(x: Tensor, tape, slot: int) -> None:
    if tape.retained and x._node is not None and x._node is not OUTSIDE and x._node.tracked(x):
        tape.retain(x, slot, x._node.origin(x)[1])
    x._slot = slot
    x._node = Exposed(tape, slot) if is_exposed(x) else tape


def write_silently(x: Tensor, array) -> None:
    """Overwrite the memory of `x` as `no_grad` code does (optimisers, initialisation): logged, not recorded."""
    log_write(x._array)
    x._array[...] = array


def remake_view(tape, how, root_slot, root: Tensor, view: Tensor) -> int:
    """Record the view of a root that was written (or that another tape saw); returns its slot."""
    slot = tape.append(lent.region, (how,), view, caller(), (root_slot,), (root._shape,))
    before = view._node.at
    if tape.retained and before[0] is tape and before[1] is not None:
        tape.retain(view, slot, before[1])
    return slot


View.remake = staticmethod(remake_view)
