"""Module: what every layer and every network is. Its registry finds parameters, buffers and modules by attribute."""

from collections.abc import Callable

from .._creation import check_trackable
from .._dtypes import as_dtype
from ._convert import convert, to_empty
from ._hooks import (
    EVERYWHERE,
    call,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from ._repr import layers, row
from ._state import State
from ._summary import summary
from ._zero_grad import zero_grad

__all__ = [
    "Module",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]


class Module(State):
    """Base class of layers and networks.

    A subclass calls ``super().__init__()``, assigns layers and Parameters to attributes, and defines ``forward``.

    Fields
    ------
    training : bool
        Whether layers that differ between training and evaluation are in training mode.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = nn.Linear(3, 2)
    ...
    ...     def forward(self, x):
    ...         return self.fc(x).relu()
    >>> net = Net()
    >>> net(tg.ones(4, 3)).shape
    (4, 2)
    >>> [name for name, _ in net.named_parameters()]
    ['fc.weight', 'fc.bias']
    """

    training: bool

    def __init__(self):
        fields = self.__dict__
        fields["training"] = True
        fields["_parameters"] = {}
        fields["_buffers"] = {}
        fields["_non_persistent"] = set()
        fields["_modules"] = {}
        fields["_call_hooks"] = {}
        fields["_state_hooks"] = {}

    def forward(self, *args, **kwargs):
        """Compute the output; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        if self._call_hooks or EVERYWHERE:
            return call(self, args, kwargs)
        return self.forward(*args, **kwargs)

    # ------------------------------------------------------------------------------------ modes and gradients

    def apply(self, fn: Callable[["Module"], None]) -> "Module":
        """Call `fn` on every module below, then on this one; returns it."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> "Module":
        """Put this module and all below it in training mode (False: in evaluation mode); returns it."""
        if not isinstance(mode, bool):
            raise ValueError(f"[train] `mode` (={mode!r}) must be a bool")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> "Module":
        """Put this module and all below it in evaluation mode; returns it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Ask for gradients of all parameters, or no longer; returns this module."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters (`set_to_none=False`: make them zeros)."""
        zero_grad(self.parameters(), set_to_none)

    # ------------------------------------------------------------------------------------ conversion

    def to(self, *target, device=None, dtype=None, non_blocking: bool = False) -> "Module":
        """Move all parameters, gradients and buffers, in place, and convert the floating ones; returns this module.

        ``to(float64)``, ``to("cuda")``, ``to("cpu", float64)``, ``to(tensor)``, as `Tensor.to`.
        """
        return convert(self, *target, device=device, dtype=dtype, non_blocking=non_blocking)

    def type(self, dst_type) -> "Module":
        """Convert all parameters and buffers to one dtype, in place."""
        check_trackable(as_dtype(dst_type))
        return convert(self, dtype=dst_type, every=True)

    def float(self) -> "Module":
        """Convert all floating parameters and buffers to float32, in place."""
        return convert(self, dtype="float32")

    def double(self) -> "Module":
        """Convert all floating parameters and buffers to float64, in place."""
        return convert(self, dtype="float64")

    def half(self) -> "Module":
        """Convert all floating parameters and buffers to float16, in place."""
        return convert(self, dtype="float16")

    def cpu(self) -> "Module":
        """Move all parameters and buffers to the CPU."""
        return convert(self, device="cpu")

    def cuda(self, device=None) -> "Module":
        """Move all parameters and buffers to a CUDA device."""
        return convert(self, device="cuda" if device is None else device)

    def to_empty(self, *, device, recurse: bool = True) -> "Module":
        """Give all parameters and buffers new memory on a device, whose elements are not set; returns this module.

        `recurse`: those of the modules below, too.
        """
        return to_empty(self, device, recurse)

    # ------------------------------------------------------------------------------------ display

    def summary(self, *input_shape) -> None:
        """Print a table of the layers that a forward pass calls.

        One row a layer: its input and output shapes, its parameters, and the multiply-adds of a forward pass.
        Functional calls do not appear; a shared module has one row, a shared parameter counts once. The pass runs on
        zeros in evaluation mode, and leaves modes, buffers, gradients and random generators as they were.

        Parameters
        ----------
        *input_shape : tuples of ints, or one list of them
            One for each argument of `forward`, batch included. A Tensor serves too, and is what `forward` gets.
        """
        print(summary(self, input_shape))

    def extra_repr(self) -> str:
        """What stands between the brackets of this layer's repr."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def _multiply_adds(self, y_shape: tuple[int, ...]) -> int:
        """Multiplications followed by an addition that one forward pass with an output of this shape takes."""
        return 0

    def _rows(self) -> list[str]:
        return [row(name, module) for name, module in self._modules.items()]

    def __repr__(self):
        return layers(self._get_name(), self.extra_repr(), self._rows())
