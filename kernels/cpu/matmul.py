"""Matrix products on the CPU: float32 and float64 by our own kernels, other dtypes by NumPy (BLAS where it is complex).

float16 is multiplied as float32 and rounded once; operands of several dtypes are converted to their common one.
"""

import numpy as np
from numpy import ndarray

from ..ref import matmul as _ref
from ..ref.matmul import *  # noqa: F403 — what is not overridden below

_FLOATS = np.dtype(np.float32), np.dtype(np.float64)
_HALF = np.dtype(np.float16)
_REFUSED = -1  # as in `_product`; importing it would load Numba
_PLAIN, _FLIPPED, _FLIPPED_RELU = range(3)


def matmul(a, b):
    """Multiply matrices."""
    c = _products[_PLAIN](a, b)
    return c if type(c) is ndarray else _larger(_PLAIN, _ref.matmul, c, a, b)


def linear(x, w, b):
    """Apply an affine map."""
    y = _products[_FLIPPED](x, w, b)
    return y if type(y) is ndarray else _larger(_FLIPPED, _ref.linear, y, x, w, b)


def linear_relu(x, w, b):
    """Apply an affine map, and cut off what is below zero."""
    y = _products[_FLIPPED_RELU](x, w, b)
    return y if type(y) is ndarray else _larger(_FLIPPED_RELU, _ref.linear_relu, y, x, w, b)


def _refuse(*arrays):
    return _REFUSED


_products = [_refuse] * 3  # until Numba is needed; then `_product.products`


def _larger(which, reference, wanted, *arrays):
    """Do what was not done at once: a large product, or a refused one, if it can be made acceptable."""
    if wanted != _REFUSED:
        return _complete(_products[which], wanted, *arrays)
    common = np.result_type(*(x.dtype for x in arrays if x is not None))
    inner = _FLOATS[0] if common == _HALF else common
    if inner not in _FLOATS or not _load(inner):
        return reference(*arrays)
    inner = _FLOATS[_FLOATS.index(inner)]  # the one object that NumPy's own arrays have
    tidy = [x if x is None else _tidy(x, inner) for x in arrays]
    y = _products[which](*tidy)
    if type(y) is not ndarray:
        y = reference(*arrays) if y == _REFUSED else _complete(_products[which], y, *tidy)
    return y if y.dtype == common else y.astype(common)


def _tidy(x, dtype):
    fine = x.dtype == dtype and x.flags.aligned and (x.ndim > 1 or x.flags.c_contiguous)
    return x.view(dtype, ndarray) if fine else x.astype(dtype, subok=False)


def _load(dtype):
    """Make the kernels ready for a dtype; return whether there are any."""
    global _complete, _products
    from ._numba import COMPILED  # loads Numba

    if COMPILED:
        from ._product import complete as _complete
        from ._product import prepare
        from ._product import products as _products

        prepare(dtype)
    return COMPILED
