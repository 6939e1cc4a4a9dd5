"""Hooks on gradients, and the handle that takes one off again."""

from itertools import count

from .errors import TapeError
from .nodes import Leaf
from .tensor import Tensor

_ids = count()


class RemovableHandle:
    """Takes a hook off again: `handle.remove()`, or at the end of `with handle:`."""

    def __init__(self, hooks: dict):
        self.hooks, self.id = hooks, next(_ids)

    def remove(self) -> None:
        """Take the hook off; doing it twice is harmless."""
        self.hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.remove()


def _check(who: str, hook) -> None:
    if not callable(hook):
        raise TypeError(f"[{who}] `hook` (={hook!r}) must be a function")


def _add(hooks: dict, hook) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _origin(x: Tensor, who: str):
    node = x._node
    if node is None or not node.tracked(x):
        raise TapeError(f"[{who}] cannot be used on a tensor that doesn't require gradient (shape {x._shape})")
    return node.origin(x)


def register_hook(x: Tensor, hook) -> RemovableHandle:
    """Call `hook(g)` with the gradient of `x` in every sweep; a tensor that it answers replaces the gradient."""
    _check("register_hook", hook)
    node = x._node
    if type(node) is Leaf:
        if node.hooks is None:
            node.hooks = {}
        return _add(node.hooks, hook)
    tape, slot = _origin(x, "register_hook")
    return _add(tape.hooks.setdefault(slot, {}), hook)


def register_post_accumulate_grad_hook(x: Tensor, hook) -> RemovableHandle:
    """Call `hook(x)` after a sweep has set the `.grad` of all leaves."""
    _check("register_post_accumulate_grad_hook", hook)
    node = x._node
    if type(node) is not Leaf:
        raise TapeError("[register_post_accumulate_grad_hook] cannot be used on a tensor that is not a leaf")
    if node.post_hooks is None:
        node.post_hooks = {}
    return _add(node.post_hooks, hook)


def retain_grad(x: Tensor) -> None:
    """Let sweeps set `.grad` of this result, as they do for leaves; it follows the result through writes in place."""
    if type(x._node) is Leaf:
        return
    tape, slot = _origin(x, "retain_grad")
    tape.retain(x, slot)
