"""Matrix products on the CPU: float32 and float64 by our own kernels, other dtypes by NumPy (BLAS where it is complex).

float16 is multiplied as float32 and rounded once; operands of several dtypes are converted to their common one.
"""

import numpy as np

from ..ref import matmul as _ref
from ..ref.matmul import *  # noqa: F403 — what is not overridden below

_empty = np.empty
_FLOATS = np.dtype(np.float32), np.dtype(np.float64)
_HALF = np.dtype(np.float16)
_FLIP, _FLIP_RELU = 1, 3  # `_gemm.FLIP`, also with RELU; importing them would load Numba


def matmul(a, b):
    """Multiply matrices."""
    dtype, left, right = a.dtype, a.shape, b.shape
    if dtype is not b.dtype or dtype not in _FLOATS:
        return _converted(matmul, _ref.matmul, a, b)
    if len(left) == 2 == len(right) and left[1] == right[0]:
        c = _empty((left[0], right[1]), dtype)
    else:
        c = _empty(_shape(left, right), dtype)
    if _multiply(a, b, c, dtype) or _multiply(_straight(a), _straight(b), c, dtype):
        return c
    return _ref.matmul(a, b)


def linear(x, w, b):
    """Apply an affine map."""
    return _affine(linear, _ref.linear, x, w, b, relu=False)


def linear_relu(x, w, b):
    """Apply an affine map, and cut off what is below zero."""
    return _affine(linear_relu, _ref.linear_relu, x, w, b, relu=True)


def _affine(ours, reference, x, w, b, relu):
    dtype = w.dtype
    if x.dtype is not dtype or dtype not in _FLOATS or not (b is None or b.dtype is dtype):
        return _converted(ours, reference, x, w, b)
    how, bias = _FLIP_RELU if relu else _FLIP, 0 if b is None else id(b)
    y = _empty((*x.shape[:-1], w.shape[0]), dtype)
    if _multiply(x, w, y, dtype, bias, how):
        return y
    x, w = _straight(x), _straight(w)
    if b is not None:
        b = np.ascontiguousarray(_straight(b))
        bias = id(b)
    return y if _multiply(x, w, y, dtype, bias, how) else reference(x, w, b)


def _straight(x):
    return x if x.flags.aligned else x.copy()


def _converted(ours, reference, *arrays):
    """Compute in the common dtype, if it is one of ours."""
    common = np.result_type(*(x.dtype for x in arrays if x is not None))
    inner = _FLOATS[0] if common == _HALF else common
    if inner not in _FLOATS:
        return reference(*arrays)
    inner = _FLOATS[_FLOATS.index(inner)]  # the one object that NumPy's own arrays have
    y = ours(*(x if x is None or x.dtype is inner else x.astype(inner) for x in arrays))
    return y if common == inner else y.astype(common)


def _shape(left, right):
    """The shape of the product.

    Raises
    ------
    ValueError
        If there is none; the contract knows why.
    """
    if not left or not right or left[-1] != right[-2 if len(right) > 1 else 0]:
        raise ValueError("sizes must fit")
    lead = np.broadcast_shapes(left[:-2], right[:-2]) if len(right) > 2 else left[:-2]
    return (*lead, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))


def _multiply(*args):
    global _multiply
    from ._numba import COMPILED  # loads Numba; from now on the kernel is called directly

    if COMPILED:
        from ._gemm import multiply as _multiply
    else:
        _multiply = _refuse
    return _multiply(*args)


def _refuse(*args):
    return False
