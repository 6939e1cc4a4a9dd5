"""Tensors that a Module finds by itself: parameters, which are trained, and buffers, which are not."""

from .._creation import check_trackable, empty
from .._tape import Tensor, View, expose
from .._tape.tensor import new


class Parameter(Tensor):
    """A tensor that is registered by the module whose attribute it becomes, and that requires gradients.

    Parameters
    ----------
    data : Tensor, optional
        The parameter shares its memory; None: no elements yet.
    requires_grad : bool

    Raises
    ------
    TypeError
        If `data` is no Tensor.
    RuntimeError
        If gradients are asked of a dtype that has none.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.nn.Parameter(tg.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True):
        _hold(self, "Parameter", data, requires_grad)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

    __str__ = __repr__


class Buffer(Tensor):
    """A tensor that is registered as a buffer by the module whose attribute it becomes: state that is not trained.

    Parameters
    ----------
    data : Tensor, optional
        The buffer shares its memory; None: no elements yet.
    persistent : bool
        It belongs to the `state_dict`.

    Raises
    ------
    TypeError
        If `data` is no Tensor.

    Examples
    --------
    >>> import tapegrad as tg
    >>> class Centred(tg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.mean = tg.nn.Buffer(tg.zeros(2))
    >>> Centred().state_dict()
    {'mean': tensor([0., 0.])}
    """

    __slots__ = ()
    persistent = True

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True):
        return new(cls if persistent else TransientBuffer)

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True):
        _hold(self, "Buffer", data, getattr(data, "requires_grad", False))


class TransientBuffer(Buffer):
    """What ``Buffer(data, persistent=False)`` makes; a class, so that copies are of it, too."""

    __slots__ = ()
    persistent = False


def _hold(t: Tensor, what: str, data: Tensor | None, requires_grad: bool) -> None:
    """Let `t` share the memory of `data`, both guarded."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise TypeError(f"[{what}] `data` must be a Tensor, got {type(data).__name__}; use `tensor(data)`")
    if requires_grad:
        check_trackable(data._dtype)
    t._array, t._shape, t._dtype, t._node = data._array, data._shape, data._dtype, None
    if data._node is None and not hasattr(data, "_generation"):
        # a constant without views, such as factories make: it becomes a view of `t`
        t._generation = 0
        data._node = View(t, (), (None, None, -1), True)
    else:
        expose(data)
        expose(t)
    if requires_grad:
        t.requires_grad_()
