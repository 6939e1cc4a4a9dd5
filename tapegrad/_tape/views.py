"""Results that share memory, and results whose history is missing."""

from .context import is_grad_enabled
from .nodes import OUTSIDE, View, root_of


def owner(array):
    """The array that owns the memory of `array`."""
    while (base := getattr(array, "base", None)) is not None and isinstance(base, type(array)):
        array = base
    return array


def link(p, values, x, y, tape, slot) -> None:
    """Make `y`, the result of the view primitive `p` on `x`, a view of x's root, if it does share memory."""
    if owner(y._array) is not owner(x._array):  # a reshape that had to copy
        if tape is not None:
            y._node = tape
            y._slot = slot
        return
    root = root_of(x)
    node = x._node
    how = ((p, values),)
    constant = False
    if type(node) is View:
        how = node.how + how
        constant = node.constant
    if tape is None:
        constant = constant or (node is not None and not is_grad_enabled() and node.tracked(x))
        at = (None, None, -1)
    else:
        at = (tape, slot, root._generation)
    y._node = View(root, how, at, constant)


def outside(inputs, y) -> None:
    """No tape is open: mark a result of tracked inputs as one whose history is missing, unless that was asked for."""
    if is_grad_enabled() and y._dtype.kind in "fc":
        for x in inputs:
            node = x._node
            if node is not None and (node is OUTSIDE or node.tracked(x)):
                y._node = OUTSIDE
                return
