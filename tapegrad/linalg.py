"""`tapegrad.linalg`: factorizations, equations, and norms of vectors and matrices.

Matrices are the last two axes; the axes before them are batches.
"""

from .ops._matrices import LinAlgError
from .ops.cholesky import cholesky, cholesky_ex
from .ops.eigen import eig, eigh, eigvals, eigvalsh
from .ops.lu import lu_factor, lu_factor_ex
from .ops.lu import lu_matrices as lu
from .ops.lu import solve_factorized as lu_solve
from .ops.norm import vector_norm
from .ops.qr import householder_product
from .ops.qr import linalg_qr as qr
from .ops.solve import det, inv, inv_ex, slogdet, solve, solve_ex
from .ops.svd import linalg_svd as svd
from .ops.svd import svdvals
from .ops.triangular import solve_triangular

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "vector_norm",
]
