"""Norms of matrices: sums of absolute values, and functions of the singular values.

"fro"      (Σ |a[i, j]|²)^½           1, -1      the largest, the smallest Σ_i |a[i, j]|
"nuc"      Σ s[k]                     ∞, -∞      the largest, the smallest Σ_j |a[i, j]|
2, -2      the largest, the smallest s[k]
"""

from math import inf

from ._dims import dims_of
from ._matrices import matrices, square
from ._reduced import kept, want_floats
from ._registry import public, torch_names, whole
from .axes import _permute
from .cast import cast
from .extrema import amax, amin
from .norm import vector_norm
from .parts import absolute
from .reduce import sum_over
from .selection import where
from .shape import _view
from .solve import inv_ex
from .svd import svdvals

_ORDERS = ("fro", "nuc", inf, -inf, 1, -1, 2, -2)


@public(function=False, method=False, A="input")
@whole
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None, **numpy):
    """Norm of matrices.

    Parameters
    ----------
    A : Tensor or array, at least 2-D, floating
    ord : {"fro", "nuc", ∞, -∞, 1, -1, 2, -2}
        The root of the sum of squares; the sum of the singular values; the largest and the smallest sum of absolute
        values in a row (±∞) or in a column (±1); the largest and the smallest singular value (±2).
    dim : tuple of two ints
        The rows and the columns. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `A` to it first.

    Raises
    ------
    RuntimeError
        If `A` is not floating, the dims are not two, or there is no such norm.
    IndexError
        If there is no such dim, or no largest or smallest of nothing.
    """
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, "dtype": dtype, **torch_names("matrix_norm", numpy)}
        return matrix_norm(A, ord, **given)
    if dtype is not None:
        A = cast(A, dtype)
    want_floats("matrix_norm", A)
    if len(A.shape) < 2:
        raise RuntimeError(f"[matrix_norm] `A` (shape {A.shape}) must have at least two dimensions")
    dims = dims_of("matrix_norm", dim, len(A.shape), "dim")
    if len(dims) != 2:
        raise RuntimeError(f"[matrix_norm] `dim` (={dim}) must be two dims")
    if ord not in _ORDERS:
        raise RuntimeError(f"[matrix_norm] `ord` (={ord!r}) must be 'fro', 'nuc', ±∞, ±1 or ±2")
    y = _of_rows_and_columns(A, ord, dims)
    return _view(y, shape=kept(A.shape, dims)) if keepdim else y


def _of_rows_and_columns(A, ord, dims):
    rows, columns = dims
    if ord == "fro":
        return vector_norm(A, 2, dims)
    if isinstance(ord, str) or abs(ord) == 2:
        rest = tuple(d for d in range(len(A.shape)) if d not in dims)
        s = svdvals(A if dims == (len(A.shape) - 2, len(A.shape) - 1) else _permute(A, dims=(*rest, *dims)))
        if ord == "nuc":
            return sum_over(s, dim=len(s.shape) - 1, keepdim=False)
        return _largest(s, len(s.shape) - 1) if ord > 0 else amin(s, -1)
    summed, chosen = (columns, rows) if abs(ord) == inf else (rows, columns)
    sums = sum_over(absolute(A), dim=summed, keepdim=False)
    chosen -= summed < chosen
    return _largest(sums, chosen) if ord > 0 else amin(sums, chosen)


def _largest(x, dim):
    """The largest of numbers that are not negative: 0 of none."""
    return amax(x, dim) if x.shape[dim] else sum_over(x, dim=dim, keepdim=False)


@public(function=False, method=False, A="input")
@whole
def linalg_norm(A, ord=None, dim=None, keepdim=False, *, dtype=None, **numpy):
    """Norm of a vector or a matrix.

    Parameters
    ----------
    A : Tensor or array, floating
    ord : number or "fro" or "nuc", optional
        As for `matrix_norm` where two dims are meant, else as for `vector_norm`. If None, the root of the sum of
        squares.
    dim : int or tuple of ints, optional
        One dim means vectors, two mean matrices. If None, all: then `A` must be 1-D or 2-D if `ord` is given.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `A` to it first.

    Raises
    ------
    RuntimeError, IndexError
        As for `vector_norm` and `matrix_norm`.

    Examples
    --------
    >>> tg.linalg.norm(tg.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    if numpy:
        given = {"dim": dim, "keepdim": keepdim, "dtype": dtype, **torch_names("norm", numpy)}
        return linalg_norm(A, ord, **given)
    if dtype is not None:
        A = cast(A, dtype)
    want_floats("norm", A)
    ndim = len(A.shape)
    if ord is None:
        return vector_norm(A, 2, dim, keepdim)
    many = ndim if dim is None else len(dim) if isinstance(dim, (tuple, list)) else 1
    if dim is None and ndim not in (1, 2):
        raise RuntimeError(f"[norm] `A` (shape {A.shape}) must be 1-D or 2-D where `ord` is given and `dim` is not")
    if many == 2 or isinstance(ord, str):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim)
    return vector_norm(A, ord, dim, keepdim)


@public()
@whole
def norm(x, p="fro", dim=None, keepdim=False, dtype=None, **numpy):
    """Norm of vectors (of all elements, unless `dim` is given), or the nuclear norm of matrices.

    Parameters
    ----------
    x : Tensor or array, floating
    p : number, "fro" or "nuc"
        As `ord` of `linalg.vector_norm`; "fro" is 2; "nuc" as for `linalg.matrix_norm`.
    dim : int or tuple of ints, optional
        For "nuc" two dims; the last two if None, of a matrix. NumPy's `axis`, too.
    keepdim : bool
        Keep them with length 1. NumPy's `keepdims`, too.
    dtype : dtype, optional
        Cast `x` to it first.

    Raises
    ------
    ValueError
        For another `p`.
    RuntimeError, IndexError
        As for `linalg.vector_norm` and `linalg.matrix_norm`.
    """
    if not isinstance(p, str):
        return vector_norm(x, p, dim, keepdim, dtype=dtype, **numpy)
    if p == "fro":
        return vector_norm(x, 2, dim, keepdim, dtype=dtype, **numpy)
    if p != "nuc":
        raise ValueError(f"[norm] `p` (={p!r}) must be a number, 'fro' or 'nuc'")
    given = {"dim": dim, "keepdim": keepdim, **torch_names("norm", numpy)}
    if given["dim"] is None:
        given["dim"] = (-2, -1)
        if len(x.shape) != 2:
            raise RuntimeError(
                f"[norm] `x` (shape {x.shape}) must be a matrix where `p` is 'nuc' and `dim` is not given"
            )
    return matrix_norm(x, "nuc", dtype=dtype, **given)


@public(function=False, method=False, A="input")
@whole
def cond(A, p=None):
    """Condition number: how much a relative error grows when an equation is solved.

        y = ‖A‖ ‖A⁻¹‖

    Parameters
    ----------
    A : Tensor or array, (…, N, N), floating; (…, M, N) for `p` None, 2 or -2
    p : {None, "fro", "nuc", ∞, -∞, 1, -1, 2, -2}
        The norm. None means 2: the largest singular value through the smallest.

    Returns
    -------
    Tensor or array, real (…)
        ∞ for a singular matrix.

    Raises
    ------
    RuntimeError
        If `A` is not floating or not square, or there is no such norm.
    """
    if p not in (None, *_ORDERS):
        raise RuntimeError(f"[cond] `p` (={p!r}) must be None, 'fro', 'nuc', ±∞, ±1 or ±2")
    if p in (None, 2, -2):
        matrices("cond", A=A)
        s = svdvals(A)
        large, small = amax(s, -1), amin(s, -1)
        return small / large if p == -2 else large / small
    square("cond", A=A)
    inverse, info = inv_ex(A)
    size = matrix_norm(A, p) * matrix_norm(inverse, p)
    return where(info == 0, size, inf)
