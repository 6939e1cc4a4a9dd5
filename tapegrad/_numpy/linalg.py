"""`np.linalg.f(tensor)`, and what NumPy has of linear algebra beside it, with NumPy's arguments and defaults.

Two things stay ours: `np.linalg.eig` answers complex numbers whatever the eigenvalues are, and what PyTorch calls a
vector beside a batch of matrices is a matrix in `np.linalg.solve`.
"""

import numpy as np

from .. import linalg
from ..ops import FUNCTIONS
from .protocol import HANDLED, into


def _solve(a, b):
    """NumPy 2 takes `b` for a vector only if it is 1-D."""
    b = b[None] if b.ndim > 1 and b.shape == a.shape[:-1] else b
    return linalg.solve(a, b)


def _svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    return linalg.svd(a, full_matrices) if compute_uv else linalg.svdvals(a)


def _qr(a, mode="reduced"):
    if mode == "r":
        return linalg.qr(a, "r").R
    return linalg.qr(a, mode)


def _lstsq(a, b, rcond=None):
    x, residuals, rank, s = linalg.lstsq(a, b, rcond, driver="gelsd")
    return x, residuals, int(rank), s


def _pinv(a, rcond=None, hermitian=False, *, rtol=np._NoValue):
    if rcond is None:
        rcond = 1e-15 if rtol is np._NoValue else rtol
    return linalg.pinv(a, rcond, hermitian)


def _matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    return linalg.matrix_rank(A, tol, hermitian, rtol=rtol)


def _norm(x, ord=None, axis=None, keepdims=False):
    return linalg.norm(x, ord, axis, keepdims)


def _vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    return linalg.vector_norm(x, ord, axis, keepdims)


def _matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return linalg.matrix_norm(x, ord, keepdim=keepdims)


def _multi_dot(arrays, *, out=None):
    return into(out, linalg.multi_dot(arrays))


def _tensorsolve(a, b, axes=None):
    return linalg.tensorsolve(a, b, axes)


def _diagonal(a, offset=0, axis1=0, axis2=1):
    return FUNCTIONS["diagonal"](a, offset, axis1, axis2)


def _trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    return into(out, _diagonal(a if dtype is None else a.to(dtype), offset, axis1, axis2).sum(-1))


def _matvec(a, v):
    return FUNCTIONS["matmul"](a, v[..., None])[..., 0]


def _vecmat(v, a):
    return FUNCTIONS["matmul"](FUNCTIONS["conj"](v)[..., None, :], a)[..., 0, :]


def _cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The axes of the vectors moved to the end; they may come back elsewhere."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = FUNCTIONS["movedim"](a, axisa, -1), FUNCTIONS["movedim"](b, axisb, -1)
    ndim = max(a.ndim, b.ndim)
    a, b = (x.reshape((1,) * (ndim - x.ndim) + tuple(x.shape)) for x in (a, b))
    return FUNCTIONS["movedim"](linalg.cross(a, b), -1, axisc)


_SAME = "cholesky cond det eig eigh eigvals eigvalsh inv matrix_power slogdet svdvals tensorinv".split()

HANDLED.update({getattr(np.linalg, name): getattr(linalg, name) for name in _SAME})
HANDLED.update(
    {
        np.cross: _cross,
        np.diagonal: _diagonal,
        np.matrix_transpose: lambda x, /: x.mT,
        np.matvec: _matvec,
        np.trace: _trace,
        np.vdot: lambda a, b, /: linalg.vecdot(a.reshape(-1), b.reshape(-1)),
        np.vecdot: linalg.vecdot,
        np.vecmat: _vecmat,
        np.vander: FUNCTIONS["vander"],
        np.linalg.cross: lambda x1, x2, /, *, axis=-1: _cross(x1, x2, axis=axis),
        np.linalg.diagonal: lambda x, /, *, offset=0: linalg.diagonal(x, offset=offset),
        np.linalg.lstsq: _lstsq,
        np.linalg.matmul: lambda x1, x2, /: FUNCTIONS["matmul"](x1, x2),
        np.linalg.matrix_norm: _matrix_norm,
        np.linalg.matrix_rank: _matrix_rank,
        np.linalg.matrix_transpose: lambda x, /: x.mT,
        np.linalg.multi_dot: _multi_dot,
        np.linalg.norm: _norm,
        np.linalg.outer: lambda x1, x2, /: FUNCTIONS["outer"](x1, x2),
        np.linalg.pinv: _pinv,
        np.linalg.qr: _qr,
        np.linalg.solve: _solve,
        np.linalg.svd: _svd,
        np.linalg.tensordot: lambda x1, x2, /, *, axes=2: FUNCTIONS["tensordot"](x1, x2, axes),
        np.linalg.tensorsolve: _tensorsolve,
        np.linalg.trace: lambda x, /, *, offset=0, dtype=None: _trace(x, offset, -2, -1, dtype),
        np.linalg.vecdot: lambda x1, x2, /, *, axis=-1: linalg.vecdot(x1, x2, dim=axis),
        np.linalg.vector_norm: _vector_norm,
    }
)
