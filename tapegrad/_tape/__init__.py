"""The engine: the list, what tensors are to it, and the sweeps over it."""

from .apply import apply, record
from .backward import backward, grad
from .borrowed import lent
from .context import (
    caller,
    enable_grad,
    is_grad_enabled,
    line_of,
    no_grad,
    set_grad_enabled,
    spans,
    stack,
)
from .errors import TapeError
from .forward import push_forward
from .guard import expose, log_write
from .hooks import RemovableHandle, register_hook, register_post_accumulate_grad_hook, retain_grad
from .inplace import write, write_silently
from .nodes import OUTSIDE, Exposed, Frozen, Leaf, View, is_exposed, root_of
from .primitive import Primitive, binary, declare, elementwise, from_function, minus, one, unary
from .record import HEADER, PART, Row, Stats
from .tape import Span, Tape, tape
from .tensor import Tensor, new, plain, wrap
from .variadic import Variadic

__all__ = [
    "HEADER",
    "OUTSIDE",
    "PART",
    "Exposed",
    "Frozen",
    "Leaf",
    "Primitive",
    "RemovableHandle",
    "Row",
    "Span",
    "Stats",
    "Tape",
    "TapeError",
    "Tensor",
    "Variadic",
    "View",
    "apply",
    "backward",
    "binary",
    "caller",
    "declare",
    "elementwise",
    "enable_grad",
    "expose",
    "from_function",
    "grad",
    "is_exposed",
    "is_grad_enabled",
    "lent",
    "line_of",
    "log_write",
    "minus",
    "new",
    "no_grad",
    "one",
    "plain",
    "push_forward",
    "record",
    "register_hook",
    "register_post_accumulate_grad_hook",
    "retain_grad",
    "root_of",
    "set_grad_enabled",
    "spans",
    "stack",
    "tape",
    "unary",
    "wrap",
    "write",
    "write_silently",
]
