"""Operations with their rules: one file per family; forward, vjp and jvp side by side.

Importing the families fills the registry: `FUNCTIONS` is `tapegrad.f`, `METHODS` and `IN_PLACE` become methods of
Tensor, `OPERATORS` its operators.
"""

from . import (
    activation,
    adaptive_pool,
    arithmetic,
    axes,
    bessel,
    brackets,
    cast,
    cholesky,
    comparison,
    conv,
    cross_entropy,
    diagonal,
    eigen,
    einsum,
    elementwise,
    embedding,
    extrema,
    fft,
    gamma,
    gather,
    gaussian,
    indexing,
    join,
    loss,
    lu,
    matmul,
    modified_bessel,
    norm,
    order,
    parts,
    patch,
    pool,
    positions,
    product,
    qr,
    quantile,
    rearrange,
    reduce,
    region,
    selection,
    shape,
    softmax,
    solve,
    split,
    svd,
    triangular,
    variance,
)
from ._registry import FUNCTIONS, IN_PLACE, METHODS, whole

_COMPOSED = """
    addbmm addcdiv addcmul addmm addmv addr baddbmm block_diag cartesian_prod cat column_stack concat concatenate
    diagflat diagonal_scatter dstack float_power gather hstack index_add index_copy index_fill index_put kron ldexp lerp
    masked_scatter nanmean nansum put repeat_interleave roll rot90 row_stack scatter scatter_add select_scatter
    slice_scatter split split_with_sizes stack take take_along_dim tensordot tensor_split vstack
"""
for _name in _COMPOSED.split():
    for _table in (FUNCTIONS, METHODS):
        if _name in _table:
            _table[_name] = whole(_table[_name])

OPERATORS = {**arithmetic.OPERATORS, "matmul": matmul.matmul}

__all__ = [
    "FUNCTIONS",
    "IN_PLACE",
    "METHODS",
    "OPERATORS",
    "activation",
    "adaptive_pool",
    "arithmetic",
    "axes",
    "bessel",
    "brackets",
    "cast",
    "cholesky",
    "comparison",
    "conv",
    "cross_entropy",
    "diagonal",
    "eigen",
    "einsum",
    "elementwise",
    "embedding",
    "extrema",
    "fft",
    "gamma",
    "gather",
    "gaussian",
    "indexing",
    "join",
    "loss",
    "lu",
    "matmul",
    "modified_bessel",
    "norm",
    "order",
    "parts",
    "patch",
    "pool",
    "positions",
    "product",
    "qr",
    "quantile",
    "rearrange",
    "reduce",
    "region",
    "selection",
    "shape",
    "softmax",
    "solve",
    "split",
    "svd",
    "triangular",
    "variance",
]
