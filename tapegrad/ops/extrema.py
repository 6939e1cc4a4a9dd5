"""The largest and the smallest.

Where a reduction must choose among equals, `amax`, `amin` and the full `max`, `min` share the cotangent between them;
`max(dim)` and `min(dim)` give it to the first, whose index they return. Both as PyTorch.
"""

from collections import namedtuple

import numpy as np

from .. import kernels
from .._dtypes import int64
from .._tape import Tensor, declare
from ._dims import dim_of
from ._reduced import not_empty, reduced, unfold
from ._registry import public, torch_names
from .cast import cast
from .reduce import sum_over
from .region import array_of
from .selection import maximum, minimum, where
from .shape import as_row

# ---------------------------------------------------------------------------------------- shared by equals


def _hits(x, y, dim, keepdim):
    """Where `x` is its extreme value `y` (NaN is, if there is one), and how often."""
    hit = (x == unfold(y, x.shape, dim, keepdim)) | (x != x)
    return hit, cast(sum_over(hit, dim=dim, keepdim=True), x.dtype)


def _to_equals(g, x, y, dim, keepdim):
    hit, times = _hits(x, y, dim, keepdim)
    return where(hit, unfold(g, x.shape, dim, keepdim) / times, 0)


def _of_equals(t, x, y, dim, keepdim):
    hit, times = _hits(x, y, dim, keepdim)
    return sum_over(where(hit, t / times, 0), dim=dim, keepdim=keepdim)


def _sharing(name: str, kernel):
    """Declare a reduction to an extreme value."""
    return declare(name, lambda x, *, dim=None, keepdim=False: kernel(x, dim, keepdim), [_to_equals], [_of_equals])


_max, _min = _sharing("max", kernels.max), _sharing("min", kernels.min)
_amax, _amin = _sharing("amax", kernels.max), _sharing("amin", kernels.min)

# ---------------------------------------------------------------------------------------- chosen by index


def _chosen(v, index, shape, dim, keepdim):
    """`v` where `index` points along `dim`, else 0."""
    along = kernels.arange(0, shape[dim], 1, int64, like=array_of(index))
    along = along.reshape((-1, *(1,) * (len(shape) - dim - 1)))
    return where(unfold(index, shape, dim, keepdim) == along, v, 0)


def _choosing(name: str, kernel):
    """Declare an extreme value along a dim whose index is known; the index alone decides where gradients go."""
    return declare(
        name,
        lambda x, index, *, dim, keepdim: kernel(x, dim, keepdim),
        [
            lambda g, index, x_shape, dim, keepdim: _chosen(
                unfold(g, x_shape, dim, keepdim), index, x_shape, dim, keepdim
            ),
            None,
        ],
        [
            lambda t, index, x_shape, dim, keepdim: sum_over(
                _chosen(t, index, x_shape, dim, keepdim), dim=dim, keepdim=keepdim
            ),
            None,
        ],
    )


_largest, _smallest = _choosing("max", kernels.max), _choosing("min", kernels.min)

_argmax = declare("argmax", lambda x, *, dim, keepdim: kernels.argmax(x, dim, keepdim), [None], [None])
_argmin = declare("argmin", lambda x, *, dim, keepdim: kernels.argmin(x, dim, keepdim), [None], [None])

# ---------------------------------------------------------------------------------------- public


@public()
def amax(x, dim=None, keepdim=False, **numpy):
    """Maximum.

        y[i] = max_j x[i, j]

    Parameters
    ----------
    x : Tensor or array
    dim : int or tuple of ints, optional
        The dims j; all if None. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.

    Raises
    ------
    IndexError
        If there is no such dim, or nothing along it.
    RuntimeError
        If a dim is named twice.

    Notes
    -----
    Kink: equals share the gradient. NaN is the largest.

    Examples
    --------
    >>> tg.amax(tg.tensor([[1.0, 2.0], [4.0, 3.0]]), 1)
    tensor([2., 4.])
    """
    return _extreme("amax", _amax, x, dim, keepdim, numpy)


@public()
def amin(x, dim=None, keepdim=False, **numpy):
    """Minimum; parameters, errors and kink as for `amax`. NaN is the smallest, too."""
    return _extreme("amin", _amin, x, dim, keepdim, numpy)


_PAIR = ("values", "indices")
_Max, _Min, _Aminmax = namedtuple("max", _PAIR), namedtuple("min", _PAIR), namedtuple("aminmax", ("min", "max"))


@public()
def max(x, dim=None, keepdim=False, *, other=None, **numpy):
    """Maximum: of all elements, along a dim with its index, or of two tensors.

    Parameters
    ----------
    x : Tensor or array
    dim : int, optional
        Or a second tensor: then this is `maximum`.
    keepdim : bool
        Keep the dim with length 1.
    other : Tensor or array, optional
        The second tensor by its name.

    Returns
    -------
    Tensor or array, or with `dim` a named tuple of two
        ``values``, and ``indices`` in int64.

    Raises
    ------
    IndexError
        If there is no such dim, or nothing along it.

    Notes
    -----
    Kink: all equals share the gradient of the full maximum; along a dim the first one has it. NaN is the largest.

    Examples
    --------
    >>> tg.max(tg.tensor([[1.0, 2.0], [4.0, 3.0]]), 1)
    max(values=tensor([2., 4.]), indices=tensor([1, 0]))
    """
    if other is not None:
        return maximum(x, other)
    if dim is None and not keepdim and not numpy and 0 not in x.shape:
        return _max(x)
    return _with_index("max", (maximum, _max, _argmax, _largest, _Max), x, dim, keepdim, numpy)


@public()
def min(x, dim=None, keepdim=False, *, other=None, **numpy):
    """Minimum, as `max`. NaN is the smallest, too."""
    if other is not None:
        return minimum(x, other)
    if dim is None and not keepdim and not numpy and 0 not in x.shape:
        return _min(x)
    return _with_index("min", (minimum, _min, _argmin, _smallest, _Min), x, dim, keepdim, numpy)


@public()
def aminmax(x, *, dim=None, keepdim=False, **numpy):
    """`amin` and `amax`, over one dim or all, as a named tuple ``(min, max)``."""
    return _Aminmax(amin(x, dim, keepdim, **numpy), amax(x, dim, keepdim, **numpy))


@public()
def argmax(x, dim=None, keepdim=False, **numpy):
    """Index of the maximum, the first among equals; the first NaN, if there is one.

    Parameters
    ----------
    x : Tensor or array
    dim : int, optional
        If None the index in the flattened tensor. NumPy's `axis`, too.
    keepdim : bool

    Returns
    -------
    Tensor or array, int64

    Raises
    ------
    IndexError
        If there is no such dim, or nothing along it.
    """
    return _index("argmax", _argmax, x, dim, keepdim, numpy)


@public()
def argmin(x, dim=None, keepdim=False, **numpy):
    """Index of the minimum, the first among equals; parameters and errors as for `argmax`."""
    return _index("argmin", _argmin, x, dim, keepdim, numpy)


def _given(op, dim, keepdim, numpy):
    given = {"dim": dim, "keepdim": keepdim, **torch_names(op, numpy)}
    return given["dim"], given["keepdim"]


def _extreme(op, primitive, x, dim, keepdim, numpy):
    if numpy:
        dim, keepdim = _given(op, dim, keepdim, numpy)
    dim = reduced(op, dim, len(x.shape))
    not_empty(op, x.shape, dim)
    return primitive(x, dim=dim, keepdim=keepdim)


def _index(op, primitive, x, dim, keepdim, numpy):
    if numpy:
        dim, keepdim = _given(op, dim, keepdim, numpy)
    if dim is not None:
        dim = dim_of(op, dim, len(x.shape))
    not_empty(op, x.shape, dim)
    return primitive(x, dim=dim, keepdim=keepdim)


def _with_index(op, ways, x, dim, keepdim, numpy):
    of_two, full, search, read, pair = ways
    if not hasattr(x, "shape"):
        raise TypeError(f"[{op}] `x` (={x!r}) must be a Tensor or an array")
    if numpy:
        dim, keepdim = _given(op, dim, keepdim, numpy)
    if dim is None:
        not_empty(op, x.shape, None)
        return full(x, keepdim=keepdim)
    if isinstance(dim, (Tensor, np.ndarray)):
        return of_two(x, dim)
    dim = dim_of(op, dim, len(x.shape))
    if 0 in x.shape:
        not_empty(op, x.shape, dim)
    if not x.shape:
        return pair(*as_row(lambda row: _with_index(op, ways, row, 0, False, {}), x))
    index = search(x, dim=dim, keepdim=keepdim)
    return pair(read(x, index, dim=dim, keepdim=keepdim), index)
