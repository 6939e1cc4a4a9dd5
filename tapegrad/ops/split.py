"""Cutting an axis: one view, or several at once.

narrow, select    y = x[:, …, a:b], x[:, …, i]             transpose: zeros with g at that place
split, unbind     y₀, y₁, … = all pieces, all positions    transpose: cat, stack
"""

from functools import lru_cache
from itertools import accumulate, pairwise
from operator import index as integer

from .._tape import Tape, Tensor, declare
from .._tape.views import link
from ._dims import dim_of
from ._registry import public
from .indexing import getitem, view_of
from .join import cat_along, layer, stack_along
from .region import zeros


def _span(dim: int, start: int, stop: int) -> tuple:
    """The index of the positions `start … stop-1` of axis `dim`."""
    return (*(slice(None),) * dim, slice(start, stop), ...)


@lru_cache(maxsize=256)
def _splitter(n: int):
    """The primitive that cuts an axis into `n` pieces, piece k from edges[k] to edges[k+1]."""
    return declare(
        "split",
        lambda x, *, dim, edges: tuple([x[_span(dim, a, b)] for a, b in pairwise(edges)]),
        [lambda g, x_shape, dim, edges: cat_along(_filled(g, _piece_shapes(x_shape, dim, edges)), dim=dim)],
        [lambda t, dim, edges: _splitter(n)(t, dim=dim, edges=edges)],
        outputs=n,
    )


@lru_cache(maxsize=256)
def _unbinder(n: int):
    """The primitive that cuts an axis of length `n` into its positions."""
    return declare(
        "unbind",
        lambda x, *, dim: tuple([x[layer(i, dim)] for i in range(n)]),
        [lambda g, x_shape, dim: stack_along(_filled(g, [(*x_shape[:dim], *x_shape[dim + 1 :])] * n), dim=dim)],
        [lambda t, dim: _unbinder(n)(t, dim=dim)],
        outputs=n,
    )


def _piece_shapes(shape: tuple, dim: int, edges: tuple) -> list:
    return [(*shape[:dim], b - a, *shape[dim + 1 :]) for a, b in pairwise(edges)]


def _filled(g: tuple, shapes: list) -> list:
    """The cotangents of all pieces, zeros for those that have none."""
    like = next(piece for piece in g if piece is not None)
    return [zeros(like, shape) if piece is None else piece for piece, shape in zip(g, shapes, strict=True)]


def _untracked(x) -> bool:
    return not isinstance(x, Tensor) or x._node is None


def _as_views(x, pieces: tuple, indices: list) -> tuple:
    """Tell the engine which part of `x` each piece shares memory with."""
    if isinstance(x, Tensor):
        for y, index in zip(pieces, indices, strict=True):
            ((p, values),) = view_of(index)
            if isinstance(y._node, Tape):
                link(p, values, x, y, y._node, y._slot)
            else:
                link(p, values, x, y, None, None)
    return pieces


def _cut(x, d: int, edges: tuple) -> tuple:
    """The pieces of an axis between neighbouring edges, which lie in order."""
    spans = [_span(d, a, b) for a, b in pairwise(edges)]
    if len(spans) == 1 or _untracked(x):
        return tuple([getitem(x, span) for span in spans])
    return _as_views(x, _splitter(len(spans))(x, dim=d, edges=edges), spans)


@public()
def narrow(x, dim, start, length):
    """Read `length` positions of an axis from `start` on, as a view.

    Parameters
    ----------
    x : Tensor or array
    dim, start, length : int
        `start` may be negative; all positions must exist.

    Raises
    ------
    IndexError
        If there is no such axis or position.
    RuntimeError
        If the piece is longer than what is left.
    """
    if not x.shape:
        raise RuntimeError("[narrow] `x` (0-d) must have at least one dimension")
    d = dim_of("narrow", dim, len(x.shape))
    if hasattr(start, "dtype") and (start.shape or start.dtype.kind not in "iu"):
        raise RuntimeError(f"[narrow] `start` ({start.dtype}, shape {tuple(start.shape)}) must be an integer or 0-d")
    n, first, length = x.shape[d], integer(start), integer(length)
    if not -n <= first <= n:
        raise IndexError(f"[narrow] `start` (={first}) must lie in {-n} … {n} on axis {d} (size {n})")
    first = first + n if first < 0 else first
    if not 0 <= length <= n - first:
        raise RuntimeError(f"[narrow] `length` (={length}) must lie in 0 … {n - first} after `start` (={first})")
    return getitem(x, _span(d, first, first + length))


@public()
def select(x, dim, index):
    """Read one position of an axis, which vanishes: `x[:, …, index]`, as a view."""
    return getitem(x, layer(integer(index), dim_of("select", dim, len(x.shape))))


@public()
def unbind(x, dim=0):
    """All positions of an axis, as a tuple of views without it."""
    if not x.shape:
        raise RuntimeError("[unbind] `x` (0-d) must have at least one dimension")
    d = dim_of("unbind", dim, len(x.shape))
    layers = [layer(i, d) for i in range(x.shape[d])]
    if len(layers) < 2 or _untracked(x):
        return tuple([getitem(x, index) for index in layers])
    return _as_views(x, _unbinder(len(layers))(x, dim=d), layers)


@public("split", "unsafe_split", x="tensor")
def split(x, split_size_or_sections, dim=0, *, axis=None):
    """Cut an axis into pieces, as a tuple of views.

    Parameters
    ----------
    x : Tensor or array
    split_size_or_sections : int or sequence of ints
        The size of every piece (the last may be smaller), or the size of each.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.

    Raises
    ------
    RuntimeError
        If the size is negative, or the sizes do not add up to the axis.
    """
    d = dim_of("split", dim if axis is None else axis, len(x.shape))
    n, given = x.shape[d], split_size_or_sections
    if hasattr(given, "__index__"):
        size = integer(given)
        if size < 0 or (size == 0 and n):
            raise RuntimeError(f"[split] `split_size_or_sections` (={size}) must be positive")
        sizes = [min(size, n - start) for start in range(0, n, size)] if n else [0]
    else:
        sizes = [integer(s) for s in given]
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise RuntimeError(f"[split] `split_size_or_sections` (={sizes}) must add up to the size {n} of axis {d}")
    return _cut(x, d, tuple(accumulate(sizes, initial=0))) if sizes else ()


@public("chunk", "unsafe_chunk")
def chunk(x, chunks, dim=0):
    """Cut an axis into at most `chunks` pieces of equal size (the last may be smaller), as a tuple of views."""
    count = integer(chunks)
    if count < 1:
        raise RuntimeError(f"[chunk] `chunks` (={count}) must be positive")
    if not x.shape:
        raise RuntimeError("[chunk] `x` (0-d) must have at least one dimension")
    d = dim_of("chunk", dim, len(x.shape))
    size = -(-x.shape[d] // count)
    return split(x, size, d) if size else _cut(x, d, (0,) * (count + 1))


@public()
def tensor_split(x, indices_or_sections, dim=0, *, axis=None):
    """Cut an axis at given positions, or into a number of nearly equal pieces, as a tuple of views.

    Parameters
    ----------
    x : Tensor or array
    indices_or_sections : int or sequence of ints
        The number of pieces (the first ones are longer by 1 where it does not divide), or where to cut.
    dim : int
    axis : int, optional
        NumPy's word for `dim`.
    """
    return _tensor_split("tensor_split", x, indices_or_sections, dim if axis is None else axis)


def _tensor_split(op: str, x, given, dim) -> tuple:
    if not x.shape:
        raise RuntimeError(f"[{op}] `x` (0-d) must have at least one dimension")
    d = dim_of(op, dim, len(x.shape))
    n = x.shape[d]
    if isinstance(given, Tensor):
        given = given.tolist()
    if hasattr(given, "__index__"):
        count = integer(given)
        if count < 1:
            raise RuntimeError(f"[{op}] `indices_or_sections` (={count}) must be positive")
        return _cut(x, d, tuple(accumulate([n // count + (i < n % count) for i in range(count)], initial=0)))
    if isinstance(given, str):
        raise TypeError(f"[{op}] `indices_or_sections` (={given!r}) must be an integer or a sequence of them")
    edges = (0, *(slice(None, integer(i)).indices(n)[1] for i in given), n)
    if all(a <= b for a, b in pairwise(edges)):
        return _cut(x, d, edges)
    return tuple(getitem(x, _span(d, a, max(a, b))) for a, b in pairwise(edges))  # pieces that overlap


def _split_along(op: str, x, given, d: int, least: int) -> tuple:
    """`tensor_split` as `hsplit` and its kin want it: a number of pieces must divide the axis."""
    if len(x.shape) < least:
        raise RuntimeError(f"[{op}] `x` (shape {x.shape}) must have at least {least} dimensions")
    if hasattr(given, "__index__") and (integer(given) < 1 or x.shape[d] % integer(given)):
        raise RuntimeError(f"[{op}] `indices_or_sections` (={given}) must divide the size {x.shape[d]} of axis {d}")
    return _tensor_split(op, x, given, d)


@public()
def hsplit(x, indices_or_sections):
    """Cut along axis 1 (1-D: axis 0): undoes `hstack`."""
    return _split_along("hsplit", x, indices_or_sections, 1 if len(x.shape) > 1 else 0, 1)


@public()
def vsplit(x, indices_or_sections):
    """Cut along axis 0: undoes `vstack`."""
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


@public()
def dsplit(x, indices_or_sections):
    """Cut along axis 2: undoes `dstack`."""
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@public()
def split_with_sizes(x, split_sizes, dim=0):
    """Cut an axis into pieces of these sizes: `split` with a sequence."""
    return split(x, tuple(split_sizes), dim)
