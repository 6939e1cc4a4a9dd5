"""Axis and size arguments as users give them, checked, as plain tuples of non-negative integers."""

from collections.abc import Sequence
from operator import index


def dim_of(op: str, dim, ndim: int, name: str = "dim") -> int:
    """`dim` as an axis in 0 … ndim-1; a 0-d tensor has the virtual axes 0 and -1.

    Raises
    ------
    IndexError
        If there is no such axis.
    TypeError
        If `dim` is no integer.
    """
    try:
        d = dim if dim.__class__ is int else index(dim)
    except TypeError:
        raise TypeError(f"[{op}] `{name}` (={dim!r}) must be an integer") from None
    n = ndim or 1
    if not -n <= d < n:
        raise IndexError(f"[{op}] `{name}` (={d}) must lie in {-n} … {n - 1} for a tensor of {ndim} dimensions")
    return d + n if d < 0 else d


def dims_of(op: str, dims, ndim: int, name: str = "dims") -> tuple[int, ...]:
    """One axis or several as a tuple of distinct axes in 0 … ndim-1.

    Raises
    ------
    IndexError
        If there is no such axis.
    RuntimeError
        If an axis is named twice.
    """
    given = tuple(dims) if isinstance(dims, Sequence) else (dims,)
    found = tuple(dim_of(op, d, ndim, name) for d in given)
    if len(set(found)) < len(found):
        raise RuntimeError(f"[{op}] `{name}` (={given}) must not name an axis twice")
    return found


def sizes_of(op: str, given: tuple, keyword=None, name: str = "size") -> tuple[int, ...]:
    """The sizes in `f(x, 2, 3)`, `f(x, (2, 3))` or `f(x, size=(2, 3))`: what `*given` or `keyword` got.

    Raises
    ------
    TypeError
        If they are no integers.
    """
    if keyword is not None:
        given = (keyword,)
    try:
        sizes = tuple(given[0]) if len(given) == 1 and not hasattr(given[0], "__index__") else given
        for n in sizes:
            if n.__class__ is not int:
                return tuple(map(index, sizes))
    except TypeError:
        raise TypeError(f"[{op}] `{name}` (={given!r}) must be integers") from None
    return sizes
