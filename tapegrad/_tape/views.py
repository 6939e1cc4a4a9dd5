"""Results that share memory, and results whose history is missing."""

from .context import is_grad_enabled
from .nodes import OUTSIDE, View
from .tensor import new


def owner(array):
    """The array that owns the memory of `array`."""
    while (base := getattr(array, "base", None)) is not None and isinstance(base, type(array)):
        array = base
    return array


def link(p, values, x, y, tape, slot) -> None:
    """Make `y`, the result of the view primitive `p` on `x`, a view of x's root, if it does share memory."""
    base, array = y._array.base, x._array
    if base is not array and (base is None or base is not array.base) and owner(y._array) is not owner(array):
        if tape is not None:  # a reshape that had to copy
            y._node = tape
            y._slot = slot
        return
    node = x._node
    view = y._node = new(View)
    if type(node) is View:
        root = view.root = node.root
        view.how = (*node.how, (p, values))
        view.constant = node.constant
    else:
        root = view.root = x
        view.how = ((p, values),)
        view.constant = False
        if not hasattr(root, "_generation"):
            root._generation = 0
    if tape is not None:
        view.at = (tape, slot, root._generation)
    else:
        view.at = (None, None, -1)
        if node is not None and not is_grad_enabled() and node.tracked(x):
            view.constant = True


def outside(inputs, y) -> None:
    """No tape is open: mark a result of tracked inputs as one whose history is missing, unless that was asked for."""
    if is_grad_enabled() and y._dtype.kind in "fc":
        for x in inputs:
            node = x._node
            if node is not None and (node is OUTSIDE or node.tracked(x)):
                y._node = OUTSIDE
                return
