"""Operands of elementwise functions: their names, their dtypes, and the slope of steps."""

from .. import kernels
from .._dtypes import get_default_dtype
from .._tape import Tensor, is_grad_enabled
from .cast import cast
from .region import array_of, zeros


def level(g):
    """The rule of a step function: its slope is zero wherever it has one."""
    return zeros(g, g.shape)


def of_floats(function):
    """Let a kernel that wants floats take integers and booleans, in the default dtype."""

    def forward(x):
        return function(x if x.dtype.kind in "fc" else x.astype(get_default_dtype()))

    return forward


def of_x_and_other(primitive, text):
    """Give a primitive of `a` and `b` the parameter names of PyTorch, and a docstring."""

    def call(x, other):
        return primitive(x, other)

    call.__name__ = call.__qualname__ = primitive.__name__
    call.__doc__ = text
    return call


def is_integral(x) -> bool:
    """Whether an operand is of integers or booleans."""
    return isinstance(x, int) or getattr(getattr(x, "dtype", None), "kind", "") in {"b", "i", "u"}


def floating(x):
    """An operand of integers or booleans in the default dtype; any other as it is."""
    return cast(x, get_default_dtype()) if is_integral(x) and hasattr(x, "dtype") else x


def check_untracked(op, name, x, other):
    """Raise if an operand without a derivative is tracked: its gradient would be missing."""
    if isinstance(x, Tensor) and x.requires_grad and is_grad_enabled():
        raise NotImplementedError(
            f"[{op}] `{name}` must not be tracked: there is a derivative in `{other}` alone; `.detach()` it"
        )


def all_true(x) -> bool:
    """Whether no element is zero."""
    return bool(x) if isinstance(x, int) else bool(kernels.all(array_of(x)))
