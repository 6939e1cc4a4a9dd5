"""Indexing and sorting.

`index` is anything NumPy takes between brackets: integers, slices, None, Ellipsis, integer and boolean arrays, or a
tuple of these. `take` and `add_at` are each other's transpose; so are the two `…_along_axis`.
"""

from numpy import ndarray

from ._axes import normalize_axis
from ._backend import serve


def take(x, index):
    """Read y = x[index].

    Parameters
    ----------
    x : array
    index : index

    Returns
    -------
    array
        A view where the index has no arrays, as in NumPy; 0-d, never a scalar.

    Raises
    ------
    IndexError
        If a position does not exist.
    """
    return _serve(x, index).take(x, index)


def put(x, v, index):
    """Write a copy of `x` in which x[index] = v.

    Parameters
    ----------
    x : array
    v : array or scalar
        Broadcasts to the shape of x[index]. Where an index repeats, the last one stays.
    index : index

    Raises
    ------
    IndexError
        If a position does not exist.
    ValueError
        If `v` does not broadcast.
    """
    return _serve(x, index).put(x, v, index)


def add_at(shape, g, index):
    """Sum into zeros.

        x[index] += g,   repeated positions added up

    Parameters
    ----------
    shape : tuple of ints
        Shape of x.
    g : array
        Broadcasts to the shape of x[index].
    index : index

    Returns
    -------
    array, shape

    Raises
    ------
    IndexError
        If a position does not exist.
    ValueError
        If `g` does not broadcast.

    Notes
    -----
    Terms are added in the order of `g`: the result is the same in every run. float16 is added in float32.

    Examples
    --------
    >>> add_at((4,), np.array([1.0, 2.0, 3.0]), np.array([0, 2, 0]))
    array([4., 0., 2., 0.])
    """
    return _serve(g, index).add_at(tuple(shape), g, index)


def take_along_axis(x, index, axis):
    """Read along one axis.

        y[…, i, …] = x[…, index[…, i, …], …]

    Parameters
    ----------
    x : array
    index : int64 array
        As many axes as `x`; the other axes broadcast.
    axis : int

    Raises
    ------
    ValueError
        If the numbers of axes differ.
    IndexError
        If a position does not exist.
    """
    axis = normalize_axis("take_along_axis", axis, x.ndim)
    _same_rank("take_along_axis", x.ndim, index)
    return serve("indexing", x, index).take_along_axis(x, index, axis)


def put_along_axis(x, v, index, axis):
    """Write a copy of `x` in which x[…, index[…, i, …], …] = v[…, i, …].

    Parameters
    ----------
    x : array
    v : array or scalar
        Broadcasts against `index`.
    index : int64 array
        As many axes as `x`.
    axis : int
    """
    axis = normalize_axis("put_along_axis", axis, x.ndim)
    _same_rank("put_along_axis", x.ndim, index)
    return serve("indexing", x, v, index).put_along_axis(x, v, index, axis)


def add_along_axis(shape, g, index, axis):
    """Sum into zeros along one axis.

        x[…, index[…, i, …], …] += g[…, i, …],   repeated positions added up

    Parameters
    ----------
    shape : tuple of ints
        Shape of x.
    g : array
        Broadcasts against `index`.
    index : int64 array
        As many axes as x.
    axis : int

    Returns
    -------
    array, shape
    """
    axis = normalize_axis("add_along_axis", axis, len(shape))
    _same_rank("add_along_axis", len(shape), index)
    return serve("indexing", g, index).add_along_axis(tuple(shape), g, index, axis)


def combine_along_axis(x, v, index, axis, how):
    """Write a copy of `x` with values combined into it along one axis.

        y = x,   y[…, index[…, i, …], …] = how(y[…, index[…, i, …], …], v[…, i, …])   for one i after the other

    Parameters
    ----------
    x : array
    v : array
        Of the shape of `index`.
    index : int64 array
        As many axes as `x`.
    axis : int
    how : {"maximum", "minimum"}
    """
    axis = normalize_axis("combine_along_axis", axis, x.ndim)
    _same_rank("combine_along_axis", x.ndim, index)
    return serve("indexing", x, v, index).combine_along_axis(x, v, index, axis, how)


def keep_last(v, index, n, axis):
    """Clear the elements that others follow at the same position along one axis.

        y[…, i, …] = v[…, i, …] if no j > i has index[…, j, …] = index[…, i, …], else 0

    Parameters
    ----------
    v : array
    index : int64 array, v.shape
        Positions that exist.
    n : int
        Number of positions.
    axis : int
    """
    axis = normalize_axis("keep_last", axis, v.ndim)
    _same_rank("keep_last", v.ndim, index)
    return serve("indexing", v, index).keep_last(v, index, n, axis)


def sort(x, axis=-1, descending=False):
    """Sort along an axis; NaN counts as the largest value.

    Parameters
    ----------
    x : array
    axis : int
    descending : bool
    """
    return serve("indexing", x).sort(x, normalize_axis("sort", axis, x.ndim), bool(descending))


def argsort(x, axis=-1, descending=False):
    """Find the order along an axis, equals in their original order.

    Parameters
    ----------
    x : array
    axis : int
    descending : bool

    Returns
    -------
    array, int64
        take_along_axis(x, argsort(x)) is sort(x).
    """
    return serve("indexing", x).argsort(x, normalize_axis("argsort", axis, x.ndim), bool(descending))


def nonzero(x):
    """Find what is not zero: one int64 array of positions per axis, in C order.

    Raises
    ------
    ValueError
        If `x` is 0-d.
    """
    if x.ndim == 0:
        raise ValueError("[nonzero] `x` (0-d) must have at least one dimension")
    return serve("indexing", x).nonzero(x)


def _serve(x, index):
    if type(x) is ndarray:
        return serve("indexing", x)
    parts = index if isinstance(index, tuple) else (index,)
    return serve("indexing", x, *(i for i in parts if hasattr(i, "dtype") and not isinstance(i, ndarray)))


def _same_rank(op, ndim, index):
    if index.ndim != ndim:
        raise ValueError(f"[{op}] `index` ({index.ndim} axes) must have as many axes as the array ({ndim})")
    if index.dtype.kind not in "iu":
        raise IndexError(f"[{op}] `index` (dtype {index.dtype}) must hold integers")
