"""Rearranging in NumPy."""

import numpy as np

__all__ = [
    "broadcast_to", "concatenate", "diagonal", "flip", "from_diagonal", "pad", "repeat", "roll", "stack", "tile",
    "tril", "triu",
]  # fmt: skip

_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # NumPy's names


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
    if mode != "constant":
        return np.pad(x, widths, _MODES[mode])
    y = np.full(tuple(n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)), value, x.dtype)
    inner = tuple(slice(max(b, 0), b + n + min(a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True))
    kept = tuple(slice(max(-b, 0), n + min(a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True))
    if y.size:
        y[inner] = x[kept]
    return y


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
    rows, columns = max(-offset, 0), max(offset, 0)
    i = np.arange(y.shape[-1])
    np.moveaxis(x, (axis1, axis2), (-2, -1))[..., rows + i, columns + i] = y
    return x


def repeat(x, repeats, axis):
    """Repeat elements."""
    return np.repeat(x, repeats, axis)


def tile(x, repeats):
    """Repeat the whole."""
    return np.tile(x, repeats)
