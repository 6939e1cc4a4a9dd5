"""Matrix products.

A product is linear in each factor, so the rule of one factor is a product with the other one transposed:

    y = a b        ga = g bᵀ,   gb = aᵀ g

Matrices and vectors, the commonest cases, have primitives of their own; `matmul` is the general one, with batches.
"""

from math import prod

from .. import kernels
from .._tape import Tensor, declare
from .._tape.errors import ShapeError
from ._registry import public
from .arithmetic import multiply
from .axes import mT
from .parts import conj
from .reduce import sum_over
from .shape import _view, expand_to, sum_to

_mm = declare(
    "mm",
    lambda a, b: kernels.serve("matmul", a, b).matmul(a, b),  # where it is called the shapes are known to fit
    [lambda g, b: _mm(g, mT(b)), lambda g, a: _mm(mT(a), g)],
    [lambda t, b: _mm(t, b), lambda t, a: _mm(a, t)],
)

_dot = declare(
    "dot",
    kernels.matmul,
    [lambda g, b: g * b, lambda g, a: g * a],
    [lambda t, b: _dot(t, b), lambda t, a: _dot(a, t)],
)


def _row(shape):
    """The shape of a left factor as matrices: a vector is a row."""
    return shape if len(shape) > 1 else (1, *shape)


def _column(shape):
    """The shape of a right factor as matrices: a vector is a column."""
    return shape if len(shape) > 1 else (*shape, 1)


def _matrices(g, a_shape, b_shape):
    """The cotangent of a product, with the axes that vectors took away back."""
    batch = g.shape[: len(g.shape) - (len(a_shape) > 1) - (len(b_shape) > 1)]
    return _view(g, shape=(*batch, _row(a_shape)[-2], _column(b_shape)[-1]))


def _left(g, b, a_shape):
    ga = _matmul(_matrices(g, a_shape, b.shape), mT(_view(b, shape=_column(b.shape))))
    return _view(sum_to(ga, _row(a_shape)), shape=a_shape)


def _right(g, a, b_shape):
    gb = _matmul(mT(_view(a, shape=_row(a.shape))), _matrices(g, a.shape, b_shape))
    return _view(sum_to(gb, _column(b_shape)), shape=b_shape)


_matmul = declare(
    "matmul",
    kernels.matmul,
    [lambda g, b, a_shape: _left(g, b, a_shape), lambda g, a, b_shape: _right(g, a, b_shape)],
    [lambda t, b: _matmul(t, b), lambda t, a: _matmul(a, t)],
)


def product(a, b):
    """`matmul` of arguments that fit."""
    rank = len(a.shape), len(b.shape)
    return (_mm if rank == (2, 2) else _dot if rank == (1, 1) else _matmul)(a, b)


def same_dtype(op: str, **operands) -> None:
    """Raise unless the operands are arrays of one dtype.

    Raises
    ------
    RuntimeError
        If the dtypes differ.
    TypeError
        If one is no array.
    """
    first = dtype = None
    for name, x in operands.items():
        if x is None and name == "bias":
            continue
        if not hasattr(x, "dtype"):
            raise TypeError(f"[{op}] `{name}` (a {type(x).__name__}) must be a Tensor or an array")
        if dtype is None:
            first, dtype = name, x.dtype
        elif x.dtype != dtype:
            raise RuntimeError(f"[{op}] `{name}` (dtype {x.dtype}) must have the same dtype as `{first}` ({dtype})")


def _of_rank(op: str, rank: int, **operands) -> None:
    same_dtype(op, **operands)
    for name, x in operands.items():
        if len(x.shape) != rank:
            raise RuntimeError(f"[{op}] `{name}` (shape {x.shape}) must be {rank}-D")


# ---------------------------------------------------------------------------------------- products of two


@public()
def matmul(x, other):
    """Multiply matrices.

        y[…, i, j] = Σ_k x[…, i, k] · other[…, k, j]

    Parameters
    ----------
    x : Tensor or array, (…, M, K) or (K,)
    other : Tensor or array, (…, K, N) or (K,)
        Leading axes broadcast. A 1-D argument is a row on the left and a column on the right, whose axis of length 1
        vanishes from the result.

    Returns
    -------
    Tensor or array, (…, M, N)

    Raises
    ------
    RuntimeError
        If the dtypes differ.
    ValueError
        If an argument is 0-d, the inner sizes differ, or the leading axes do not broadcast.

    Examples
    --------
    >>> tg.matmul(tg.tensor([[1.0, 2.0], [3.0, 4.0]]), tg.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if not (isinstance(x, Tensor) and isinstance(other, Tensor) and x._dtype is other._dtype):
        same_dtype("matmul", x=x, other=other)
    left, right = x.shape, other.shape
    if len(left) == 2 == len(right) and left[1] == right[0]:
        return _mm(x, other)
    if left and right and left[-1] != right[-2 if len(right) > 1 else 0]:
        raise ShapeError(f"[matmul] `x` (shape {left}) must have as many columns as `other` (shape {right}) has rows")
    return (_dot if len(left) == 1 == len(right) else _matmul)(x, other)


@public()
def mm(x, mat2):
    """Multiply two matrices, (M, K) and (K, N); errors as for `matmul`."""
    _of_rank("mm", 2, x=x, mat2=mat2)
    if x.shape[1] != mat2.shape[0]:
        raise ShapeError(f"[mm] `mat2` (shape {mat2.shape}) needs as many rows as `x` (shape {x.shape}) has columns")
    return _mm(x, mat2)


@public()
def bmm(x, mat2):
    """Multiply two batches of matrices, (B, M, K) and (B, K, N); errors as for `matmul`."""
    _of_rank("bmm", 3, x=x, mat2=mat2)
    if x.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"[bmm] `mat2` (shape {mat2.shape}) must hold as many matrices as `x` (shape {x.shape})")
    return _matmul(x, mat2)


@public()
def mv(x, vec):
    """Multiply a matrix (M, K) with a vector (K,); errors as for `matmul`."""
    same_dtype("mv", x=x, vec=vec)
    if (len(x.shape), len(vec.shape)) != (2, 1):
        raise RuntimeError(f"[mv] `x` (shape {x.shape}) must be a matrix and `vec` (shape {vec.shape}) a vector")
    return _matmul(x, vec)


@public()
def dot(x, tensor):
    """Multiply two vectors.

        y = Σ_i x[i] · tensor[i]

    Parameters
    ----------
    x, tensor : Tensor or array, (N,)

    Raises
    ------
    RuntimeError
        If the dtypes differ, or an argument is not 1-D.
    ValueError
        If the lengths differ.
    """
    _of_rank("dot", 1, x=x, tensor=tensor)
    return _dot(x, tensor)


@public()
def vdot(x, other):
    """Multiply two vectors, the first conjugated: y = Σ_i conj(x[i]) · other[i]; errors as for `dot`."""
    _of_rank("vdot", 1, x=x, other=other)
    return _dot(conj(x), other)


@public("outer", "ger")
def outer(x, vec2):
    """Multiply every element of one vector with every element of another: y[i, j] = x[i] · vec2[j]."""
    for name, v in (("x", x), ("vec2", vec2)):
        if len(v.shape) != 1:
            raise RuntimeError(f"[outer] `{name}` (shape {v.shape}) must be 1-D")
    return multiply(_view(x, shape=(*x.shape, 1)), vec2)


# ---------------------------------------------------------------------------------------- sums with a product


@public(in_place=True)
def addmm(x, mat1, mat2, *, beta=1, alpha=1):
    """Matrix product added to a matrix.

        y = β x + α mat1 mat2

    Parameters
    ----------
    x : Tensor or array
        Broadcasts to (M, N). Where β is 0 its values do not matter, not even NaN.
    mat1, mat2 : Tensor or array, (M, K) and (K, N)
    beta, alpha : number

    Raises
    ------
    RuntimeError, ValueError
        As for `mm`.
    """
    return _added("addmm", x, mm(mat1, mat2), beta, alpha)


@public(in_place=True)
def addmv(x, mat, vec, *, beta=1, alpha=1):
    """Matrix times vector, added to a vector: y = β x + α mat vec. See `addmm`."""
    return _added("addmv", x, mv(mat, vec), beta, alpha)


@public(in_place=True)
def addr(x, vec1, vec2, *, beta=1, alpha=1):
    """Outer product added to a matrix: y = β x + α vec1 vec2ᵀ. See `addmm`."""
    return _added("addr", x, outer(vec1, vec2), beta, alpha)


@public(in_place=True)
def baddbmm(x, batch1, batch2, *, beta=1, alpha=1):
    """Products of two batches of matrices, added to a batch: y[n] = β x[n] + α batch1[n] batch2[n]. See `addmm`."""
    return _added("baddbmm", x, bmm(batch1, batch2), beta, alpha)


@public(in_place=True)
def addbmm(x, batch1, batch2, *, beta=1, alpha=1):
    """Products of two batches of matrices, summed and added to a matrix: y = β x + α Σ_n batch1[n] batch2[n]."""
    return _added("addbmm", x, sum_over(bmm(batch1, batch2), dim=0), beta, alpha)


def _added(op, x, y, beta, alpha):
    same_dtype(op, x=x, product=y)
    if alpha != 1:
        y = y * alpha
    if beta == 0:
        return y
    return (x if beta == 1 else x * beta) + y


# ---------------------------------------------------------------------------------------- affine maps


def _rows(x):
    """All axes but the last one made one: (…, C) as (N, C)."""
    return x if len(x.shape) == 2 else _view(x, shape=(prod(x.shape[:-1]), x.shape[-1]))


_linear = declare(
    "linear",
    lambda x, w: kernels.linear(x, w),
    [lambda g, w: product(g, w), lambda g, x: _mm(mT(_rows(g)), _rows(x))],
    [lambda t, w: _linear(t, w), lambda t, x: _linear(x, t)],
)

_affine = declare(
    "linear",
    lambda x, w, b: kernels.linear(x, w, b),
    [
        lambda g, w: product(g, w),
        lambda g, x: _mm(mT(_rows(g)), _rows(x)),
        lambda g: sum_over(_rows(g), dim=0),
    ],
    [
        lambda t, w: _linear(t, w),
        lambda t, x: _linear(x, t),
        lambda t, x_shape, b_shape: expand_to(t, shape=(*x_shape[:-1], *b_shape)),
    ],
)


@public(function=False, method=False)
def linear(x, weight, bias=None):
    """Apply an affine map to the last axis.

        y[…, k] = Σ_c x[…, c] · weight[k, c] + bias[k]

    Parameters
    ----------
    x : Tensor or array, (…, C)
    weight : Tensor or array, (K, C) or (C,)
    bias : Tensor or array, (K,), optional

    Returns
    -------
    Tensor or array, (…, K)
        (…,) for a weight (C,).

    Raises
    ------
    RuntimeError
        If the dtypes differ.
    ValueError
        If the sizes do not fit.
    """
    same_dtype("linear", x=x, weight=weight, bias=bias)
    if len(weight.shape) == 1:
        y = product(x, weight)
        return y if bias is None else y + bias
    if not x.shape or x.shape[-1] != weight.shape[-1]:
        columns = f"{weight.shape[-1]} columns of `weight` (shape {weight.shape})"
        raise ShapeError(f"[linear] `x` (shape {x.shape}) must end in the {columns}")
    return _linear(x, weight) if bias is None else _affine(x, weight, bias)
