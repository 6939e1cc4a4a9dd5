"""Copies of a tensor in which one view is overwritten: what writing into a view does, as functions.

y = x, but view(y) = src        transposes: g with zeros there, and view(g)
"""

from operator import index as integer

from . import region
from ._dims import dim_of
from ._registry import public
from .cast import cast
from .diagonal import diagonal_of
from .indexing import view_of
from .join import layer


def _patched(op: str, x, src, how: tuple):
    """`x` with `src` in the place of the view that `how` leads to."""
    place = region.follow(x, how).shape
    if src.shape != place:
        raise RuntimeError(f"[{op}] `src` (shape {src.shape}) must have the shape {place} of what it replaces")
    return region.scatter(x, cast(src, x.dtype), how=how)


@public()
def select_scatter(x, src, dim, index):
    """`x` with `src` in the place of `x.select(dim, index)`."""
    d, i = dim_of("select_scatter", dim, len(x.shape)), integer(index)
    n = x.shape[d] if x.shape else 0
    if not -n <= i < n:
        raise IndexError(f"[select_scatter] `index` (={i}) must lie in {-n} … {n - 1} on axis {d} (size {n})")
    return _patched("select_scatter", x, src, view_of(layer(i, d)))


@public()
def slice_scatter(x, src, dim=0, start=None, end=None, step=1):
    """`x` with `src` in the place of `x[:, …, start:end:step]`, the slice being of axis `dim`."""
    d = dim_of("slice_scatter", dim, len(x.shape))
    return _patched("slice_scatter", x, src, view_of((*(slice(None),) * d, slice(start, end, step), ...)))


@public()
def diagonal_scatter(x, src, offset=0, dim1=0, dim2=1):
    """`x` with `src` in the place of `x.diagonal(offset, dim1, dim2)`."""
    i, j = (dim_of("diagonal_scatter", d, len(x.shape)) for d in (dim1, dim2))
    if i == j:
        raise RuntimeError(f"[diagonal_scatter] `dim1` (={dim1}) and `dim2` (={dim2}) must differ")
    return _patched("diagonal_scatter", x, src, ((diagonal_of.primitive, (int(offset), i, j)),))
