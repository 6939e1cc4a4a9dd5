"""What all reductions share: their `dim` checked, the shapes they leave, and the broadcast back.

Inside a primitive `dim` is None (every dim), an int or a tuple of ints, all in 0 … ndim-1.
"""

from math import prod

from .._dtypes import get_default_dtype
from ._dims import dim_of, dims_of
from .cast import cast
from .shape import _view, expand_to


def reduced(op: str, dim, ndim: int) -> int | tuple[int, ...] | None:
    """`dim` as users give it (None and `()` mean every dim), checked.

    Raises
    ------
    IndexError
        If there is no such dim.
    RuntimeError
        If one is named twice.
    """
    if dim.__class__ is int and 0 <= dim < ndim:
        return dim
    if isinstance(dim, (tuple, list)):
        return dims_of(op, dim, ndim, "dim") or None
    return None if dim is None else dim_of(op, dim, ndim)


def axes_of(dim, ndim: int) -> tuple[int, ...]:
    """The checked `dim` as a tuple of axes."""
    if dim is None or not ndim:
        return tuple(range(ndim))
    return dim if dim.__class__ is tuple else (dim,)


def kept(shape: tuple, dim) -> tuple:
    """`shape` after a reduction that keeps its dims with length 1."""
    if dim.__class__ is int and shape:
        return (*shape[:dim], 1, *shape[dim + 1 :])
    axes = axes_of(dim, len(shape))
    return tuple(1 if d in axes else n for d, n in enumerate(shape))


def count(shape: tuple, dim) -> int:
    """The number of elements that are reduced to one."""
    return prod(shape[d] for d in axes_of(dim, len(shape)))


def unfold(y, shape: tuple, dim, keepdim: bool):
    """A reduced array with the reduced dims back, of length 1, to be broadcast against one of `shape`."""
    return y if keepdim or dim is None else _view(y, shape=kept(shape, dim))


def spread(g, shape: tuple, dim, keepdim: bool):
    """A reduced array repeated over the dims that were reduced: the transpose of a sum."""
    return expand_to(unfold(g, shape, dim, keepdim), shape=shape)


def not_empty(op: str, shape: tuple, dim) -> None:
    """Raise unless there is something to choose from.

    Raises
    ------
    IndexError
        If a reduced dim has length 0.
    """
    empty = [d for d in axes_of(dim, len(shape)) if not shape[d]]
    if empty:
        raise IndexError(f"[{op}] `x` (shape {shape}) must not be empty along dim {empty[0]}")


def in_floats(x):
    """`x`, or if it holds integers or booleans `x` in the default dtype."""
    return x if x.dtype.kind in "fc" else cast(x, get_default_dtype())


def want_floats(op: str, x) -> None:
    """Raise unless `x` is floating.

    Raises
    ------
    RuntimeError
        As PyTorch does.
    """
    if x.dtype.kind not in "fc":
        raise RuntimeError(f"[{op}] `x` (dtype {x.dtype}) must be floating: cast it first, say `x.float()`")
