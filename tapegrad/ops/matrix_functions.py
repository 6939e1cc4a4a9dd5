"""Powers, exponentials and long products of matrices.

    y = eᵃ:    (eᵃ  ty)       (a  ta)
               (0   eᵃ) = exp (0  a )        ga the same of aᵀ and g

A power is made of products; so is a chain of them, in the order that costs least.
"""

import numpy as np

from .. import kernels
from .._tape import declare
from ._matrices import expand_batch, identity, square
from ._registry import public, whole
from .axes import mT
from .indexing import getitem
from .join import cat
from .matmul import product, same_dtype
from .product import cumprod
from .rearrange import clone, flip
from .region import array_of, constant, zeros
from .selection import where
from .shape import _view, expand_to
from .solve import inv


def _along(a, t):
    """The derivative of the exponential at `a` along `t`."""
    n = a.shape[-1]
    above = cat([a, t], dim=-1)
    below = cat([zeros(a, a.shape), a], dim=-1)
    return getitem(_exp(cat([above, below], dim=-2)), (..., slice(n), slice(n, None)))


_exp = declare(
    "linalg_matrix_exp",
    lambda a: kernels.matrix_exp(a),
    [lambda g, a: _along(mT(a), g)],
    [lambda t, a: _along(a, t)],
)


@public(A="input")
def matrix_exp(A):
    """Matrix exponential.

        Y = Σ_k Aᵏ / k!

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating

    Raises
    ------
    RuntimeError
        If `A` is not floating or not square.

    Notes
    -----
    The gradient is the exponential of a matrix of twice the size: eight times the cost.
    """
    square("matrix_exp", A=A)
    return _exp(A)


@public(A="input")
@whole
def matrix_power(A, n):
    """Multiply a matrix with itself, `n` times.

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating (of any dtype if n ≥ 0)
    n : int
        0 means the identity; below 0 the inverse is multiplied.

    Raises
    ------
    LinAlgError
        If `n` is negative and a matrix is singular.
    RuntimeError
        If `A` is not square.
    TypeError
        If `n` is no integer.
    """
    if not isinstance(n, int):
        raise TypeError(f"[matrix_power] `n` (={n!r}) must be an integer")
    if n < 0:
        square("matrix_power", A=A)
        return matrix_power(inv(A), -n)
    if len(A.shape) < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(f"[matrix_power] `A` (shape {A.shape}) must be a square matrix, or a batch of them")
    if n == 0:
        unit = expand_batch(identity(A), A.shape[:-2])
        return where(constant(A, kernels.ones((), np.dtype(bool), like=array_of(A))), unit, A)  # the slope is 0
    y, power = None, A
    while True:
        if n & 1:
            y = power if y is None else product(y, power)
        n >>= 1
        if not n:
            return clone(A) if y is A else y
        power = product(power, power)


@public(function=False, method=False)
@whole
def multi_dot(tensors):
    """Multiply two or more matrices, in the order that costs least.

    Parameters
    ----------
    tensors : sequence of Tensors or arrays
        Matrices; the first and the last may be vectors, a row and a column, whose axis vanishes from the result.

    Raises
    ------
    RuntimeError
        If there are fewer than two, or dtypes or shapes do not fit.
    """
    found = list(tensors)
    if len(found) < 2:
        raise RuntimeError(f"[multi_dot] `tensors` ({len(found)} of them) must be at least two")
    same_dtype("multi_dot", **{f"tensors[{i}]": x for i, x in enumerate(found)})
    row, column = len(found[0].shape) == 1, len(found[-1].shape) == 1
    if row:
        found[0] = _view(found[0], shape=(1, *found[0].shape))
    if column:
        found[-1] = _view(found[-1], shape=(*found[-1].shape, 1))
    y = _chained("multi_dot", found)
    return _view(y, shape=y.shape[row : 2 - column])


@public(method=False)
@whole
def chain_matmul(*matrices):
    """`linalg.multi_dot` of one matrix or more, one argument each."""
    if not matrices:
        raise RuntimeError("[chain_matmul] `matrices` must be at least one")
    same_dtype("chain_matmul", **{f"matrices[{i}]": x for i, x in enumerate(matrices)})
    return _chained("chain_matmul", list(matrices))


def _chained(op, found):
    for i, x in enumerate(found):
        if len(x.shape) != 2:
            raise RuntimeError(f"[{op}] matrix {i} (shape {x.shape}) must be 2-D")
        if i and found[i - 1].shape[1] != x.shape[0]:
            raise RuntimeError(f"[{op}] matrix {i} (shape {x.shape}) must have {found[i - 1].shape[1]} rows")
    sizes = [found[0].shape[0], *(x.shape[1] for x in found)]
    return _in_order(found, _splits(sizes), 0, len(found) - 1)


def _splits(sizes):
    """Where to split each stretch i … j of a chain, by dynamic programming (Cormen et al., section 15.2)."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    at = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            ways = [(cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
            cost[i, j], at[i, j] = min(ways)
    return at


def _in_order(found, at, i, j):
    if i == j:
        return found[i]
    k = at[i, j]
    return product(_in_order(found, at, i, k), _in_order(found, at, k + 1, j))


@public(function=False, method=False, x="x")
@whole
def linalg_vander(x, *, N=None):
    """Vandermonde matrix: the powers of each element.

        y[…, i, j] = x[…, i]ʲ

    Parameters
    ----------
    x : Tensor or array, (…, M)
        A 0-d one counts as (1,).
    N : int, optional
        How many powers; M if None.

    Returns
    -------
    Tensor or array, (…, M, N)

    Raises
    ------
    RuntimeError
        If `N` is not positive.
    """
    if not x.shape:
        x = _view(x, shape=(1,))
    n = x.shape[-1] if N is None else N
    if N is not None and n <= 0:
        raise RuntimeError(f"[vander] `N` (={N}) must be positive")
    column = _view(x, shape=(*x.shape, 1))
    ones = zeros(x, (*x.shape, 1)) + 1
    if n <= 1:
        return getitem(ones, (..., slice(n)))
    return cumprod(cat([ones, expand_to(column, shape=(*x.shape, n - 1))], dim=-1), -1)


@public(method=False, x="x")
def vander(x, N=None, increasing=False):
    """`linalg.vander` of a vector, the highest power first unless `increasing`."""
    if len(x.shape) != 1:
        raise RuntimeError(f"[vander] `x` (shape {x.shape}) must be 1-D")
    if N is not None and N < 0:
        raise RuntimeError(f"[vander] `N` (={N}) must not be negative")
    n = x.shape[0] if N is None else N
    y = linalg_vander(x, N=n) if n else zeros(x, (x.shape[0], 0))
    return y if increasing else flip(y, (-1,))
