"""`tapegrad.linalg`: factorizations, equations, and norms of vectors and matrices.

Matrices are the last two axes; the axes before them are batches.
"""

from .ops._matrices import LinAlgError
from .ops.cholesky import cholesky, cholesky_ex
from .ops.cross import linalg_cross as cross
from .ops.cross import vecdot
from .ops.diagonal import linalg_diagonal as diagonal
from .ops.eigen import eig, eigh, eigvals, eigvalsh
from .ops.lu import lu_factor, lu_factor_ex
from .ops.lu import lu_matrices as lu
from .ops.lu import solve_factorized as lu_solve
from .ops.matmul import matmul
from .ops.matrix_functions import linalg_vander as vander
from .ops.matrix_functions import matrix_exp, matrix_power, multi_dot
from .ops.matrix_norm import cond, matrix_norm
from .ops.matrix_norm import linalg_norm as norm
from .ops.norm import vector_norm
from .ops.pseudoinverse import lstsq, matrix_rank, pinv
from .ops.qr import householder_product
from .ops.qr import linalg_qr as qr
from .ops.solve import det, inv, inv_ex, slogdet, solve, solve_ex
from .ops.svd import linalg_svd as svd
from .ops.svd import svdvals
from .ops.tensor_solve import tensorinv, tensorsolve
from .ops.triangular import solve_triangular

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
