"""Steps in units of the gradient's size so far, on the device, each one kernel that writes in place."""

import numpy as np

from ..ref import update_scaled as _ref
from ._fuse import fused
from ._steps import in_place
from .matmul import matmul
from .reduce import sum

__all__ = ["adadelta", "adagrad", "adamax", "nadam", "novograd", "orthogonalize", "radam", "rmsprop", "sparse_adam"]

adadelta = in_place(_ref.adadelta)
adagrad = in_place(_ref.adagrad)
adamax = in_place(_ref.adamax)
nadam = in_place(_ref.nadam)
novograd = in_place(_ref.novograd)
radam = in_place(_ref.radam)
rmsprop = in_place(_ref.rmsprop)
sparse_adam = in_place(_ref.sparse_adam)


def orthogonalize(g, coefficients, steps, eps):
    """Newton's and Schulz's iteration in bfloat16: between the products one kernel each."""
    (a, b, c), tall = (float(np.float32(k)) for k in coefficients), g.shape[0] > g.shape[1]
    x = rounded(g.T if tall else g)
    x = _normalized(x, sum(_squares(x), None, False), eps)
    for _ in range(steps):
        gram = rounded(matmul(x, x.T))
        x = _added(x, a, 1.0, matmul(_added(gram, b, c, matmul(gram, gram)), x))
    return (x.T if tall else x).astype(g.dtype)


def _bfloat16(x):
    x = x.astype(np.float32)
    bits = x.view(np.int32)
    halved = (bits + 0x7FFF + (bits >> 16 & 1)) & -0x10000
    return np.where(np.isfinite(x), halved.view(np.float32), x)


@fused
def rounded(x):
    """The nearest numbers of 8 bits, ties to even, as float32."""
    return _bfloat16(x)


@fused
def _squares(x):
    return np.square(x.astype(np.float64))


@fused
def _normalized(x, squares, eps):
    """Divided by the norm, or `eps` if that is larger."""
    return _bfloat16(x / np.maximum(_bfloat16(np.sqrt(squares)), eps))


@fused
def _added(x, factor, scale, y):
    """Factor x + scale y, the sum rounded once to float32 as PyTorch does, then to 8 bits."""
    return _bfloat16(x.astype(np.float64) * factor + y * scale)
