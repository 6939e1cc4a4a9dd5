"""`x.data = t`: the memory of a tensor replaced; and what reshapes a tensor in place, which is that, too."""

from . import _creation, _tape
from ._tape import Leaf, Tensor, expose, root_of
from .ops import METHODS


def set_data(x: Tensor, value) -> None:
    """Let `x` be the memory of `value`."""
    if not isinstance(value, Tensor):
        raise TypeError(f"[data] must be assigned a Tensor, got {type(value).__name__}")
    if type(x._node) is Leaf:
        _creation.check_trackable(value._dtype)
    elif x._node is not None and x.requires_grad:
        raise RuntimeError("[data] of a result can't be replaced; assign to a leaf, or use `.detach()`")
    # from now on two tensors reach this memory: both are guarded as memory that NumPy can reach
    source = root_of(value)
    expose(source)
    x._array, x._shape, x._dtype = value._array, value._shape, value._dtype
    x._generation, x._exposed = getattr(x, "_generation", 0) + 1, True
    if type(x._node) is Leaf:
        x._node.exposed = True
    elif type(x._node) is _tape.Frozen:
        x._node.cell.exposed = True
    else:
        x._node = _tape.Exposed()


def _reshaping(name: str):
    def change(self, *args, **options) -> Tensor:
        if self.requires_grad:
            raise RuntimeError(f"[{name}_] a tracked tensor can't be reshaped in place; use `x = x.{name}(…)`")
        set_data(self, METHODS[name](self.detach(), *args, **options))
        return self

    change.__name__ = change.__qualname__ = f"{name}_"
    change.__doc__ = f"`{name}` of a constant, in place; returns it."
    return change


RESHAPING = tuple(map(_reshaping, ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze")))
