"""Parameter: a leaf that a Module finds by itself."""

from .._creation import check_trackable, empty
from .._tape import Tensor, View, expose


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
        if data is None:
            data = empty(0)
        if not isinstance(data, Tensor):
            raise TypeError(f"[Parameter] `data` must be a Tensor, got {type(data).__name__}; use `tensor(data)`")
        if requires_grad:
            check_trackable(data._dtype)
        self._array, self._shape, self._dtype, self._node = data._array, data._shape, data._dtype, None
        if data._node is None and not hasattr(data, "_generation"):
            # a constant without views, such as factories make: it becomes a view of the parameter
            self._generation = 0
            data._node = View(self, (), (None, None, -1), True)
        else:
            expose(data)
            expose(self)
        if requires_grad:
            self.requires_grad_()

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"

    __str__ = __repr__
