"""Views with the axes in another order.

permute    y[i₀, …, iₙ] = x[…], axis k of y being axis `dims[k]` of x        transpose: the inverse permutation
"""

from functools import lru_cache

from .._tape import declare
from ._dims import dim_of, dims_of, sizes_of
from ._registry import public
from .parts import conj


def _permuting(name: str):
    """A primitive whose axis k is axis `dims[k]` of its argument."""
    return declare(
        name,
        lambda x, *, dims: x.transpose(dims),
        [lambda g, dims: _permute(g, dims=_inverse(dims))],
        [lambda t, dims: _permute(t, dims=dims)],
        view=True,
    )


_permute = _permuting("permute")
_transpose = _permuting("transpose")
_t = _permuting("t")


@lru_cache(maxsize=1024)
def _inverse(dims: tuple) -> tuple:
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


@lru_cache(maxsize=1024)
def _swap(op: str, ndim: int, dim0: int, dim1: int) -> tuple:
    """The permutation that exchanges two axes."""
    dims = list(range(ndim))
    i, j = dim_of(op, dim0, ndim, "dim0"), dim_of(op, dim1, ndim, "dim1")
    if ndim:
        dims[i], dims[j] = j, i
    return tuple(dims)


@public()
def transpose(x, dim0, dim1):
    """Exchange two axes, as a view.

    Parameters
    ----------
    x : Tensor or array
    dim0, dim1 : int

    Raises
    ------
    IndexError
        If there is no such axis.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.zeros(2, 3, 4).transpose(0, 2).shape
    (4, 3, 2)
    """
    return _transpose(x, dims=_swap("transpose", len(x.shape), dim0, dim1))


public("swapdims")(transpose)


@public()
def swapaxes(x, axis0, axis1):
    """Exchange two axes, as a view: `transpose` under NumPy's name."""
    return _transpose(x, dims=_swap("swapaxes", len(x.shape), axis0, axis1))


@public()
def permute(x, *axes, dims=None):
    """Put the axes in another order, as a view: axis k of the result is axis `axes[k]` of `x`.

    Parameters
    ----------
    x : Tensor or array
    *axes : ints, or one tuple of ints (which may be given as `dims`)
        Every axis once.

    Raises
    ------
    RuntimeError
        If they do not name every axis exactly once.
    """
    return _permute(x, dims=_order("permute", len(x.shape), sizes_of("permute", axes, dims, "dims")))


@lru_cache(maxsize=1024)
def _order(op: str, ndim: int, dims: tuple) -> tuple:
    found = dims_of(op, dims, ndim)
    if len(found) != ndim:
        raise RuntimeError(f"[{op}] `dims` (={dims}) must name each of the {ndim} axes once")
    return found


@public("movedim", "moveaxis")
def movedim(x, source, destination):
    """Move axes to other places; the others keep their order.

    Parameters
    ----------
    x : Tensor or array
    source, destination : int or tuple of ints, of one length
    """
    ndim = len(x.shape)
    start, end = dims_of("movedim", source, ndim, "source"), dims_of("movedim", destination, ndim, "destination")
    if len(start) != len(end):
        raise RuntimeError(f"[movedim] `source` (={source}) and `destination` (={destination}) must be equally many")
    moved = dict(zip(end, start, strict=True))
    rest = iter([i for i in range(ndim) if i not in start])
    return _permute(x, dims=tuple(moved[i] if i in moved else next(rest) for i in range(ndim)))


@public()
def t(x):
    """The transpose of a matrix; 0-d and 1-D tensors stay what they are."""
    ndim = len(x.shape)
    if ndim > 2:
        raise RuntimeError(f"[t] `x` (shape {x.shape}) must have at most two dimensions")
    return _t(x, dims=(1, 0) if ndim == 2 else tuple(range(ndim)))


T = declare("permute", lambda x: x.transpose(), [lambda g: T(g)], [lambda t: T(t)], view=True)
T.__doc__ = "The axes in reverse order: the transpose of a matrix."


def mT(x):
    """The last two axes exchanged: the transpose of each matrix in a batch."""
    if len(x.shape) < 2:
        raise RuntimeError(f"[mT] `x` (shape {x.shape}) must have at least two dimensions")
    return _transpose(x, dims=_swap("mT", len(x.shape), -2, -1))


def mH(x):
    """The last two axes exchanged, and complex numbers conjugated: the adjoint of each matrix in a batch."""
    return conj(mT(x))


def H(x):
    """The adjoint of a matrix: its conjugate transpose."""
    if len(x.shape) not in (0, 2):
        raise RuntimeError(f"[H] `x` (shape {x.shape}) must be a matrix")
    return mH(x) if x.shape else conj(T(x))


public("adjoint", function=True)(mH)
