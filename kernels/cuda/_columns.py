"""Windows of images laid out as columns, and their transpose: both gather, a thread owns an element of the result.

Neighbouring threads own neighbouring windows, or neighbouring pixels: they read neighbours, too.
"""

from math import prod

from ._array import DeviceArray
from ._driver import cuda, kernel
from ._functions import NAMES
from .pool import packed


def columns(x, window):
    """Copy what each tap sees in each window."""
    x, (R, S), (P, Q) = packed(x), window.size, window.out
    N, C = x.shape[:2]
    y = DeviceArray.empty((N, C * R * S, P * Q), x.dtype)
    laying(x.dtype.name).over(y.size, y.size, _numbers(window), x.buffer, x.offset, y.buffer)
    return y


def add_columns(g, window):
    """Add up what the taps, one after the other, saw of each pixel; float16 in float32."""
    g, (R, S) = packed(g), window.size
    x = DeviceArray.empty((g.shape[0], g.shape[1] // prod((R, S)), *window.image), g.dtype)
    gathering(g.dtype.name).over(x.size, x.size, _numbers(window), g.buffer, g.offset, x.buffer)
    return x


def _numbers(window):
    (top, _), (left, _) = window.pads
    return *window.image, *window.size, *window.out, *window.stride, *window.dilation, top, left


def _element(dtype: str):
    return NAMES[{"bool": "uint8", "float16": "float32"}.get(dtype, dtype)]


@kernel
def laying(dtype: str):
    """Elements n, (c, r, s), (p, q) of the columns."""
    element, store = _element(dtype), NAMES[dtype if dtype != "bool" else "boolean"]

    def run(n, numbers, x, x_offset, y):
        H, W, R, S, P, Q, u, v, d, e, top, left = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            row, q = k // Q, k % Q
            tap, p = row // P, row % P
            plane, r, s = tap // (R * S), tap // S % R, tap % S
            h, w = p * u + r * d - top, q * v + s * e - left
            value = element(0)
            if 0 <= h < H and 0 <= w < W:
                value = element(x[x_offset + (plane * H + h) * W + w])
            y[k] = store(value)

    return run


@kernel
def gathering(dtype: str):
    """Sums for each pixel, over the taps in order."""
    element, store = _element(dtype), NAMES[dtype if dtype != "bool" else "boolean"]

    def run(n, numbers, g, g_offset, x):
        H, W, R, S, P, Q, u, v, d, e, top, left = numbers
        for k in range(cuda.grid(1), n, cuda.gridsize(1)):
            row, w = k // W, k % W
            plane, h = row // H, row % H
            total = element(0)
            for r in range(R):
                i = h + top - r * d
                p = i // u
                if i >= 0 and p < P and p * u == i:
                    for s in range(S):
                        j = w + left - s * e
                        q = j // v
                        if j >= 0 and q < Q and q * v == j:
                            total += element(g[g_offset + (((plane * R + r) * S + s) * P + p) * Q + q])
            x[k] = store(total)

    return run
