"""Rearranging in NumPy."""

import numpy as np

__all__ = [
    "broadcast_to", "concatenate", "diagonal", "flip", "from_diagonal", "pad", "repeat", "roll", "stack", "tile",
    "tril", "triu", "unpad",
]  # fmt: skip



def broadcast_to(x, shape):
    """Repeat, as a read-only view."""
    return np.broadcast_to(x, shape)


def concatenate(arrays, axis):
    """Join along an axis."""
    return np.concatenate(arrays, axis)


def stack(arrays, axis):
    """Join along a new axis; in front it costs no view of each array."""
    first = arrays[0]
    if axis == 0 and first.ndim:
        return np.concatenate(arrays).reshape(len(arrays), *first.shape)
    return np.stack(arrays, axis)


def pad(x, widths, mode, value):
    """Extend at the edges; a negative width crops."""
    shape = tuple([n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)])
    inner = tuple([slice(max(b, 0), b + n + min(a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True)])
    kept = tuple([slice(max(-b, 0), n + min(a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True)])
    if max(map(max, widths), default=0) <= 0:
        return x[(*kept, ...)].copy()
    y = np.empty(shape, x.dtype)
    if mode == "constant":
        y.fill(value)
    if y.size:
        y[inner] = x[kept]
    for axis, (n, (before, after)) in enumerate(zip(x.shape, widths, strict=True)):
        if mode != "constant" and (before or after):
            along = (slice(None),) * axis
            for edge, source in _strips(n, before, after, mode, before):
                y[(*along, edge)] = y[(*along, source)]
    return y


def unpad(g, widths, mode):
    """Fold the edges back, the last axis first."""
    for axis, (before, after) in reversed([*enumerate(widths)]):
        if before or after:
            n = g.shape[axis] - before - after
            along = (slice(None),) * axis
            folded = g[(*along, slice(before, before + n))].copy()
            for edge, source in _strips(n, before, after, mode, 0):
                strip = g[(*along, edge)]
                folded[(*along, source)] += strip.sum(axis, keepdims=True) if mode == "replicate" else strip
            g = folded
    return g


def _strips(n, before, after, mode, first):
    """The edges of an axis padded from `n` elements, and what they are made of, where these start at `first`."""
    left, right = slice(0, before), slice(before + n, before + n + after)
    end = first + n
    if mode == "replicate":
        return (left, slice(first, first + 1)), (right, slice(end - 1, end))
    if mode == "circular":
        return (left, slice(end - before, end)), (right, slice(first, first + after))
    return (left, _backwards(first + before, before)), (right, _backwards(end - 2, after))


def _backwards(start, count):
    return slice(start, start - count if start >= count else None, -1)


def flip(x, axes):
    """Reverse, as a view."""
    return x[(*(slice(None, None, -1 if i in axes else None) for i in range(x.ndim)), ...)]


def roll(x, shifts, axes):
    """Shift cyclically."""
    return np.roll(x, shifts, axes)


def tril(x, diagonal):
    """Lower triangle."""
    return np.tril(x, diagonal)


def triu(x, diagonal):
    """Upper triangle."""
    return np.triu(x, diagonal)


def diagonal(x, offset, axis1, axis2):
    """Diagonal, as a view (NumPy's is read-only)."""
    y = np.diagonal(x, offset, axis1, axis2)
    y.flags.writeable = x.flags.writeable
    return y


def from_diagonal(y, shape, offset, axis1, axis2):
    """Zeros with this diagonal."""
    x = np.zeros(shape, y.dtype)
    diagonal(x, offset, axis1, axis2)[...] = y
    return x


def repeat(x, repeats, axis):
    """Repeat elements."""
    return np.repeat(x, repeats, axis)


def tile(x, repeats):
    """Repeat the whole."""
    return np.tile(x, repeats)
