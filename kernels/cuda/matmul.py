"""Matrix products on the device: tiles, lines of vectors, and whatever else can be said as one of them.

Floats are added up in their own dtype, float16 in float32, integers in 64 bits; each sum in an order that follows from
the shapes alone.
"""

import numpy as np

from ._einsum import contracted
from ._gemm import multiplied

__all__ = ["einsum", "linear", "linear_relu", "matmul"]


def matmul(a, b):
    """Multiply matrices."""
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(f"[matmul] shapes {a.shape} and {b.shape} do not fit")
    y = common(multiplied, a[None] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b)
    if a.ndim == 1 or b.ndim == 1:
        y = y.reshape(y.shape[:-2] + y.shape[-2:-1] * (a.ndim > 1) + y.shape[-1:] * (b.ndim > 1))
    return y


def linear(x, w, b):
    """Apply an affine map."""
    return _affine(x, w, b, False)


def linear_relu(x, w, b):
    """Apply an affine map, and cut off what is below zero."""
    return _affine(x, w, b, True)


def einsum(subscripts, *arrays):
    """Sum products over indices."""
    return common(lambda *same: contracted(subscripts, *same), *arrays)


def common(product, *arrays):
    """Call a product on arrays of their common dtype; truth values are counted."""
    dtype = np.result_type(*(x.dtype for x in arrays))
    if dtype == np.bool_:
        return product(*(x.astype(np.int32) for x in arrays)).astype(np.bool_)
    return product(*(x.astype(dtype, copy=False) for x in arrays))


def _affine(x, w, b, relu):
    def product(x, w, *b):
        return multiplied(x, w.T, *b, relu=relu)

    if x.ndim > 1:
        return common(product, x, w, *(() if b is None else (b,)))
    return common(product, x[None], w, *(() if b is None else (b,))).reshape(w.shape[:1])
