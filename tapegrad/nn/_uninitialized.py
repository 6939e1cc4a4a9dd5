"""Parameters and buffers whose shape is not known yet."""

from .._creation import empty
from .._tape import Tensor
from .parameter import Parameter


class Uninitialized(Tensor):
    """What `UninitializedParameter` and `UninitializedBuffer` share: `materialize` gives them a shape, once."""

    __slots__ = ()
    becomes: type[Tensor] = Tensor

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Become an ordinary parameter or buffer of this shape, the same object; its elements are not set."""
        device = self.device if device is None else device
        array = empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)._array
        self.__class__ = self.becomes  # type: ignore[assignment]
        self._array, self._shape, self._dtype = array, array.shape, array.dtype
        if hasattr(self, "_generation"):
            self._generation += 1  # views keep the old memory

    @property
    def shape(self):
        """Not known: an error."""
        raise RuntimeError(
            f"[{type(self).__name__}] has no shape yet: call the lazy module once, or `materialize(shape)` it"
        )

    def __repr__(self):
        return f"<{type(self).__name__}>"

    __str__ = __repr__


class UninitializedParameter(Uninitialized, Parameter):
    """A Parameter without a shape: ``materialize(shape)`` makes it one."""

    __slots__ = ()
    becomes = Parameter

    def __init__(self, requires_grad: bool = True, device=None, dtype=None):
        super().__init__(empty(0, device=device, dtype=dtype), requires_grad)


class UninitializedBuffer(Uninitialized):
    """A buffer without a shape: ``materialize(shape)`` makes it a Tensor."""

    __slots__ = ()

    def __new__(cls, device=None, dtype=None):
        buffer = empty(0, device=device, dtype=dtype)
        buffer.__class__ = cls
        return buffer

    def __init__(self, device=None, dtype=None):
        pass
