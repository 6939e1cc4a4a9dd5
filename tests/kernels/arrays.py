"""Arrays that are hard to read: every way of lying in memory must give the same answer."""

import numpy as np
from hypothesis import strategies as st

FLOATS = (np.float32, np.float64)


def layouts(x):
    """Yield arrays equal to `x`: strided, reversed, transposed, read-only, byte-swapped, unaligned."""
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    yield wide[..., ::2]
    yield np.ascontiguousarray(x[..., ::-1])[..., ::-1]
    yield np.asfortranarray(x)
    frozen = x.copy()
    frozen.flags.writeable = False
    yield frozen
    yield x.astype(x.dtype.newbyteorder())
    shifted = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    shifted[...] = x
    yield shifted


def random(seed, shape, dtype=np.float64):
    """Standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def dot(a, b):
    """Inner product in float64."""
    return float(np.vdot(a.astype(np.float64), b.astype(np.float64)))


seeds = st.integers(0, 2**32 - 1)
floats = st.sampled_from(FLOATS)
few = st.integers(0, 2)  # seeds, where one example is as good as another and costs much
