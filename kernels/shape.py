"""Rearranging: the elements stay what they are, only their places change.

Functions that only re-index answer with a view where NumPy does (`broadcast_to`, `flip`, `diagonal`);
`reshape` and `transpose` are methods of the arrays themselves.
"""

from operator import index

from numpy.exceptions import AxisError

from ._axes import normalize_axes, normalize_axis
from ._backend import serve

_MODES = ("constant", "reflect", "replicate", "circular")


def broadcast_to(x, shape):
    """Repeat along new and length-1 axes, as a read-only view.

    Parameters
    ----------
    x : array
    shape : tuple of ints

    Raises
    ------
    ValueError
        If `x` does not broadcast to `shape`.
    """
    shape = tuple(shape)
    lead = len(shape) - x.ndim
    for a, b in zip(x.shape, shape[lead:], strict=False):
        if a != b and a != 1:
            lead = -1
    if lead < 0:
        raise ValueError(f"[broadcast_to] `x` (shape {x.shape}) must broadcast to `shape` (={shape})")
    return serve("shape", x).broadcast_to(x, shape)


def concatenate(arrays, axis=0):
    """Join arrays along an axis they have.

    Parameters
    ----------
    arrays : sequence of arrays
        Equal in every other axis.
    axis : int

    Raises
    ------
    ValueError
        If there are none, or their shapes do not fit.
    """
    arrays, shape, axis = _joinable("concatenate", arrays, axis, 0)
    for a in arrays:
        if a.ndim != len(shape) or a.shape[:axis] + a.shape[axis + 1 :] != shape[:axis] + shape[axis + 1 :]:
            raise ValueError(
                f"[concatenate] `arrays` must have equal shapes except along axis {axis}, got {shape} and {a.shape}"
            )
    return serve("shape", *arrays).concatenate(arrays, axis)


def stack(arrays, axis=0):
    """Join arrays of one shape along a new axis.

    Parameters
    ----------
    arrays : sequence of arrays
    axis : int
        Where the new axis comes to stand in the result.

    Raises
    ------
    ValueError
        If there are none, or their shapes differ.
    """
    arrays, shape, axis = _joinable("stack", arrays, axis, 1)
    for a in arrays:
        if a.shape != shape:
            raise ValueError(f"[stack] `arrays` must have one shape, got {shape} and {a.shape}")
    return serve("shape", *arrays).stack(arrays, axis)


def pad(x, widths, mode="constant", value=0):
    """Extend an array at its edges.

    Parameters
    ----------
    x : array
    widths : sequence of pairs of ints
        (before, after) for every axis. In mode "constant" a negative width crops.
    mode : {"constant", "reflect", "replicate", "circular"}
        PyTorch's names; NumPy's "edge" and "wrap" are understood too.
    value : scalar
        What "constant" writes.

    Returns
    -------
    array
        x.shape[i] + before + after along axis i.

    Raises
    ------
    ValueError
        If there are not as many pairs as axes, the mode is unknown, or a width is too large for it: "reflect" needs
        less than the axis, "circular" at most the axis, "replicate" at least one element.
    """
    mode = {"edge": "replicate", "wrap": "circular"}.get(mode, mode)
    if mode not in _MODES:
        raise ValueError(f"[pad] `mode` (={mode!r}) must be one of {', '.join(_MODES)}")
    widths = tuple((index(before), index(after)) for before, after in widths)
    if len(widths) != x.ndim:
        raise ValueError(f"[pad] `widths` ({len(widths)} pairs) must have one pair for each of the {x.ndim} axes")
    for n, pair in zip(x.shape, widths, strict=True):
        if pair != (0, 0):
            _check_width(mode, n, pair, widths, x)
    return serve("shape", x).pad(x, widths, mode, value)


def unpad(g, widths, mode):
    """Fold the edges back onto what they were made of: the transpose of `pad` in the modes that repeat elements.

        gx[i] = Σ_{j made of i} g[j]

    Parameters
    ----------
    g : array
    widths : sequence of pairs of ints
        As given to `pad`.
    mode : {"reflect", "replicate", "circular"}

    Returns
    -------
    array
        g.shape[i] - before - after along axis i.
    """
    return serve("shape", g).unpad(g, tuple(widths), mode)


def flip(x, axis=None):
    """Reverse the order along the given axes (None: all), as a view."""
    return serve("shape", x).flip(x, normalize_axes("flip", axis, x.ndim))


def roll(x, shift, axis=None):
    """Shift cyclically.

        y[(i + shift) mod n] = x[i]

    Parameters
    ----------
    x : array
    shift : int or tuple of ints
    axis : None, int or tuple of ints
        None rolls the flattened array.

    Raises
    ------
    ValueError
        If there are not as many shifts as axes.
    """
    if axis is None:
        return serve("shape", x).roll(x.reshape((-1,)), (index(shift),), (0,)).reshape(x.shape)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    if len(shifts) != len(axes):
        raise ValueError(f"[roll] `shift` (={shift}) must have one entry for each axis of {axes}")
    return serve("shape", x).roll(
        x, tuple(index(s) for s in shifts), tuple(normalize_axis("roll", a, x.ndim) for a in axes)
    )


def tril(x, diagonal=0):
    """Keep the lower triangle of the last two axes.

    y[…, i, j] = x[…, i, j] if j - i ≤ diagonal else 0
    """
    _matrices("tril", x)
    return serve("shape", x).tril(x, index(diagonal))


def triu(x, diagonal=0):
    """Keep the upper triangle of the last two axes.

    y[…, i, j] = x[…, i, j] if j - i ≥ diagonal else 0
    """
    _matrices("triu", x)
    return serve("shape", x).triu(x, index(diagonal))


def diagonal(x, offset=0, axis1=0, axis2=1):
    """Take the diagonal of two axes, as a view.

        y[…, i] = x[…, i, i + offset]

    Parameters
    ----------
    x : array, at least 2-D
    offset : int
    axis1, axis2 : int
        The rows and the columns; they vanish, the diagonal becomes the last axis.

    Raises
    ------
    ValueError
        If the two axes are one.
    """
    return serve("shape", x).diagonal(x, index(offset), *_two_axes("diagonal", x.ndim, axis1, axis2))


def from_diagonal(y, shape, offset=0, axis1=0, axis2=1):
    """Write a diagonal into zeros of the given shape: the transpose of `diagonal`."""
    shape = tuple(shape)
    return serve("shape", y).from_diagonal(
        y, shape, index(offset), *_two_axes("from_diagonal", len(shape), axis1, axis2)
    )


def repeat(x, repeats, axis):
    """Repeat every element along an axis, `repeats` times (an int, or one for each element)."""
    return serve("shape", x).repeat(x, repeats, normalize_axis("repeat", axis, x.ndim))


def tile(x, repeats):
    """Repeat the whole array, `repeats` times along each axis, as `numpy.tile`."""
    return serve("shape", x).tile(x, tuple(index(r) for r in repeats))


def _joinable(op, arrays, axis, new):
    arrays = tuple(arrays)
    if not arrays:
        raise ValueError(f"[{op}] `arrays` must hold at least one array")
    if arrays[0].ndim + new == 0:
        raise ValueError(f"[{op}] `arrays` must have at least one dimension (stack joins 0-d arrays)")
    return arrays, arrays[0].shape, normalize_axis(op, axis, arrays[0].ndim + new)


def _check_width(mode, n, pair, widths, x):
    low, high = min(pair), max(pair)
    if mode == "constant":
        fits = n + min(pair[0], 0) + min(pair[1], 0) >= 0
    elif low < 0:
        fits = False
    elif mode == "replicate":
        fits = n > 0 or high == 0
    else:
        fits = high <= (n if mode == "circular" else n - 1) or high == 0
    if not fits:
        raise ValueError(f"[pad] `widths` (={widths}) must fit `x` (shape {x.shape}) in mode {mode!r}")


def _matrices(op, x):
    if x.ndim < 2:
        raise ValueError(f"[{op}] `x` (shape {x.shape}) must have at least two dimensions")


def _two_axes(op, ndim, axis1, axis2):
    if ndim < 2:
        raise AxisError(f"[{op}] `x` ({ndim} dimensions) must have at least two dimensions")
    axis1, axis2 = normalize_axis(op, axis1, ndim), normalize_axis(op, axis2, ndim)
    if axis1 == axis2:
        raise ValueError(f"[{op}] `axis1` (={axis1}) and `axis2` (={axis2}) must differ")
    return axis1, axis2
