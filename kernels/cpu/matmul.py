"""Matrix products on the CPU: small and transposed ones by NumPy's BLAS, large plain ones by our own kernel."""

import numpy as np

from ..ref.matmul import *  # noqa: F403 — what is not overridden below

_LARGE = 1 << 23  # multiply-adds from which `gemm` keeps up with BLAS


def matmul(a, b):
    """Multiply matrices."""
    if a.ndim == b.ndim == 2 and a.size * b.shape[1] >= _LARGE and _plain(a, b):
        from ._gemm import gemm  # loads Numba

        return gemm(a, b)
    return np.matmul(a, b, out=...)


def _plain(a, b):
    # one dtype, rows contiguous, and enough of them; a product with a transposed matrix packs too slowly yet, and rows
    # that are a multiple of a page apart compete for the same places in the cache
    return (
        a.dtype == b.dtype
        and a.dtype in (np.float32, np.float64)
        and a.dtype.isnative
        and a.strides[1] == b.strides[1] == a.itemsize
        and a.strides[0] % 4096
        and min(a.shape[0], b.shape[1]) >= 64
        and a.flags.aligned
        and b.flags.aligned
    )
