"""Products of vectors along an axis.

y = a × b:    ga = b × g,   gb = g × a
"""

from .. import kernels
from .._tape import declare
from ._dims import dim_of
from ._registry import public, whole
from .matmul import same_dtype
from .parts import conj
from .reduce import sum_over
from .shape import broadcast_tensors


def _turned(a, b, *, dim):
    """Each component from the two after it: y[i] = a[i+1] b[i+2] - a[i+2] b[i+1]."""
    before = (slice(None),) * dim
    a0, a1, a2, b0, b1, b2 = (x[(*before, slice(k, k + 1))] for x in (a, b) for k in range(3))
    return kernels.concatenate([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], dim)


_cross = declare(
    "linalg_cross",
    _turned,
    [lambda g, b, dim: _cross(b, g, dim=dim), lambda g, a, dim: _cross(g, a, dim=dim)],
    [lambda t, b, dim: _cross(t, b, dim=dim), lambda t, a, dim: _cross(a, t, dim=dim)],
)


@public(function=False, method=False)
@whole
def linalg_cross(x, other, *, dim=-1):
    """Cross product of vectors in space.

        y = x × other,   y[0] = x[1] other[2] - x[2] other[1] …

    Parameters
    ----------
    x, other : Tensor or array
        3 long along `dim`, with as many axes as one another; the other axes broadcast.
    dim : int

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit.
    IndexError
        If there is no such dim.

    Examples
    --------
    >>> tg.linalg.cross(tg.tensor([1.0, 0.0, 0.0]), tg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    same_dtype("cross", x=x, other=other)
    if len(x.shape) != len(other.shape):
        raise RuntimeError(f"[cross] `other` (shape {other.shape}) must have as many axes as `x` (shape {x.shape})")
    d = dim_of("cross", dim, len(x.shape))
    for name, v in (("x", x), ("other", other)):
        if not v.shape or v.shape[d] != 3:
            raise RuntimeError(f"[cross] `{name}` (shape {v.shape}) must be 3 long along dim {d}")
    return _cross(*broadcast_tensors(x, other), dim=d)


@public()
def cross(x, other, dim=None):
    """`linalg.cross`, without `dim` along the first axis of `x` that is 3 long."""
    if dim is None:
        if 3 not in x.shape:
            raise RuntimeError(f"[cross] `x` (shape {x.shape}) must have an axis that is 3 long")
        dim = x.shape.index(3)
    return linalg_cross(x, other, dim=dim)


@public(function=False, method=False, x="x")
@whole
def vecdot(x, y, *, dim=-1):
    """Inner products along an axis, the first vector conjugated: Σ_i conj(x[…, i]) · y[…, i].

    Parameters
    ----------
    x, y : Tensor or array
        The other axes broadcast.
    dim : int
        The axis i, in the broadcast shape.

    Raises
    ------
    RuntimeError
        If dtypes or shapes do not fit.
    IndexError
        If there is no such dim.
    """
    same_dtype("vecdot", x=x, y=y)
    x, y = broadcast_tensors(x, y)
    return sum_over(conj(x) * y, dim=dim_of("vecdot", dim, len(x.shape)), keepdim=False)
