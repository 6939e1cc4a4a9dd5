"""Matrices as users give them, checked; and what the rules of linear algebra share.

Matrices are the last two axes of an array, the axes before them are batches.
"""

from collections import namedtuple
from collections.abc import Callable

from numpy import broadcast_shapes

from .. import kernels
from .._tape import declare
from .matmul import same_dtype
from .region import array_of
from .shape import expand_to

LinAlgError = kernels.LinAlgError
LinAlgError.__module__ = "tapegrad.linalg"

identity = declare("eye", lambda x: kernels.eye(x.shape[-1], x.shape[-1], x.dtype, like=x), [None], [None])


def named(name: str, *fields: str) -> Callable:
    """The named tuple of an operation's outputs."""
    return namedtuple(name, fields)


def matrices(op: str, **operands) -> None:
    """Raise unless the operands are matrices, or batches of them, of one floating dtype.

    Raises
    ------
    RuntimeError
        As PyTorch does.
    TypeError
        If one is no array.
    """
    floats(op, **operands)
    for name, x in operands.items():
        if len(x.shape) < 2:
            raise RuntimeError(f"[{op}] `{name}` (shape {x.shape}) must have at least two dimensions")


def floats(op: str, **operands) -> None:
    """Raise unless the operands are arrays of one dtype, float32, float64 or complex."""
    for name, x in operands.items():
        if not hasattr(x, "dtype"):
            raise TypeError(f"[{op}] `{name}` (a {type(x).__name__}) must be a Tensor or an array")
        if x.dtype.char not in "fdFD":
            raise RuntimeError(
                f"[{op}] `{name}` (dtype {x.dtype}) must be float32, float64 or complex: cast it first, say `x.float()`"
            )
    if len(operands) > 1:
        same_dtype(op, **operands)


def square(op: str, **operands) -> None:
    """Raise unless the operands are square matrices of one floating dtype."""
    matrices(op, **operands)
    for name, x in operands.items():
        if x.shape[-1] != x.shape[-2]:
            raise RuntimeError(f"[{op}] `{name}` (shape {x.shape}) must be a square matrix, or a batch of them")


def batches(op: str, **operands) -> tuple:
    """The common batch of matrices.

    Raises
    ------
    RuntimeError
        If the batches do not broadcast.
    """
    try:
        return broadcast_shapes(*(x.shape[:-2] for x in operands.values()))
    except ValueError:
        named = " and ".join(f"`{name}` (shape {x.shape})" for name, x in operands.items())
        raise RuntimeError(f"[{op}] the batches of {named} must broadcast") from None


def expand_batch(x, batch: tuple):
    """A batch of matrices expanded to a larger one."""
    return x if x.shape[:-2] == batch else expand_to(x, shape=(*batch, *x.shape[-2:]))


def succeeded(op: str, name: str, info, what: str) -> None:
    """Raise unless every factorization went to its end.

    Raises
    ------
    LinAlgError
        Naming the first matrix where `info` is not 0, and that number in `what`.
    """
    flags = array_of(info)
    if not kernels.any(flags):
        return
    found = kernels.to_numpy(flags)
    at = tuple(map(int, next(zip(*found.nonzero(), strict=True)))) if found.ndim else ()
    where = f" (batch element {at[0] if len(at) == 1 else at})" if at else ""
    raise LinAlgError(f"[{op}] `{name}`{where} {what.format(int(found[at]))}")
