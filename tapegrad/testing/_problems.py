"""Strategies for arguments that must fit together: matmul, convolution, pooling."""

import numpy as np
from hypothesis import strategies as st

from .strategies import DTYPES, arrays


def _dtype(draw, dtype):
    return np.dtype(draw(st.sampled_from(dtype)) if isinstance(dtype, (list, tuple)) else dtype)


@st.composite
def matmul_problems(draw, *, dtype=DTYPES, max_side: int = 4, min_side: int = 0, **options):
    """Arguments ``(a, b)`` of matmul: vectors, matrices, and batches that broadcast."""
    side = st.integers(min_side, max_side)
    m, k, n = draw(side), draw(side), draw(side)
    batch = tuple(draw(st.lists(side, max_size=2)))
    dtype = _dtype(draw, dtype)

    def operand(vector, matrix):
        if draw(st.integers(0, 4)) == 4:
            return vector
        kept = batch[draw(st.integers(0, len(batch))) :]
        return (*(1 if draw(st.integers(0, 3)) == 3 else s for s in kept), *matrix)

    a, b = operand((k,), (m, k)), operand((k,), (k, n))
    return draw(arrays(a, dtype=dtype, **options)), draw(arrays(b, dtype=dtype, **options))


def _each(strategy, dims: int):
    """A setting of windows: one int for all axes, or one for each."""
    return strategy | st.tuples(*[strategy] * dims)


def _spelled_out(value, dims: int) -> tuple:
    return value if isinstance(value, tuple) else (value,) * dims


@st.composite
def conv_problems(draw, dims: int = 2, *, bias: bool = False, dtype=DTYPES, **options):
    """Arguments of convolution: ``(x, w, how)``, or ``(x, w, b, how)`` with `bias`.

    x is (N, C, *image), w is (K, C/groups, *window), b is (K,); `how` holds `stride`, `padding` (an int, one for each
    axis, "same" or "valid"), `dilation` and `groups`. Windows fit into the padded image; N may be 0.
    """
    groups = draw(st.integers(1, 2))
    filters, channels = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    window = tuple(draw(st.integers(1, 3)) for _ in range(dims))
    stride, dilation = draw(_each(st.integers(1, 3), dims)), draw(_each(st.integers(1, 2), dims))
    padding = draw(st.sampled_from(["number", "number", "number", "same", "valid"]))
    if padding == "number":
        padding = draw(_each(st.integers(0, 2), dims))
    if padding == "same":
        stride = 1
    pads = (0,) * dims if isinstance(padding, str) else _spelled_out(padding, dims)
    extents = [(r - 1) * d + 1 for r, d in zip(window, _spelled_out(dilation, dims), strict=True)]
    least = [1 if padding == "same" else max(1, e - 2 * p) for e, p in zip(extents, pads, strict=True)]
    image = tuple(low + draw(st.integers(0, 3)) for low in least)
    dtype = _dtype(draw, dtype)
    x = draw(arrays((draw(st.sampled_from([1, 2, 0])), channels, *image), dtype=dtype, **options))
    w = draw(arrays((filters, channels // groups, *window), dtype=dtype, **options))
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (x, w, draw(arrays((filters,), dtype=dtype, **options)), how) if bias else (x, w, how)


@st.composite
def pool_problems(draw, dims: int = 2, *, dilated: bool = True, distinct: bool = True, dtype=DTYPES, **options):
    """Arguments of pooling: ``(x, how)``, x of shape (N, C, *image).

    `how` holds `kernel_size`, `stride` (None: the kernel's size), `padding` (at most half of the window), `ceil_mode`
    and, if `dilated`, `dilation`. Every window sees an element; no two elements are close unless `distinct` is False.
    """
    kernel = draw(_each(st.integers(1, 3), dims))
    sizes = _spelled_out(kernel, dims)
    dilation = draw(_each(st.integers(1, 2), dims)) if dilated else 1
    padding = draw(st.integers(0, min(sizes) // 2) | st.tuples(*(st.integers(0, r // 2) for r in sizes)))
    extents = [(r - 1) * d + 1 for r, d in zip(sizes, _spelled_out(dilation, dims), strict=True)]
    image = tuple(e + draw(st.integers(0, 3)) for e in extents)
    lead = (draw(st.sampled_from([1, 2, 0])), draw(st.integers(1, 2)))
    x = draw(arrays((*lead, *image), dtype=_dtype(draw, dtype), distinct=distinct, **options))
    how = {
        "kernel_size": kernel,
        "stride": draw(st.none() | _each(st.integers(1, 3), dims)),
        "padding": padding,
        "ceil_mode": draw(st.booleans()),
    }
    return x, how | ({"dilation": dilation} if dilated else {})
