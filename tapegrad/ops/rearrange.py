"""Elements in other places: flipped, rolled, repeated, padded. All results are copies.

flip, roll        move every element                   transpose: the move back
repeat            y = x many times along each axis     transpose: the sum of the copies
pad "constant"    y = x inside a frame                 transpose: the inside (a frame of negative width)
pad, other modes  edges made of elements of x          transpose: edges folded back
"""

from operator import index as integer

import numpy as np

from .. import kernels
from .._tape import Tensor, declare, one, unary
from ._dims import dim_of, dims_of, sizes_of
from ._registry import public
from .axes import transpose
from .cast import as_tensor
from .indexing import take_at
from .join import cat
from .positions import extent, index_select
from .region import array_of, constant
from .shape import atleast_2d, expand_to, reshape, sum_to, unsqueeze

_clone = unary("clone", lambda x: x.copy(), one)

_flip = declare(
    "flip",
    lambda x, *, dims: kernels.flip(x, dims).copy(),
    [lambda g, dims: _flip(g, dims=dims)],
    [lambda t, dims: _flip(t, dims=dims)],
)

_roll = declare(
    "roll",
    lambda x, *, shifts, dims: kernels.roll(x, shifts, dims),
    [lambda g, shifts, dims: _roll(g, shifts=tuple(-s for s in shifts), dims=dims)],
    [lambda t, shifts, dims: _roll(t, shifts=shifts, dims=dims)],
)

_repeat = declare(
    "repeat",
    lambda x, *, sizes: kernels.tile(x, sizes),
    [lambda g, x_shape, sizes: _fold(g, x_shape, sizes)],
    [lambda t, sizes: _repeat(t, sizes=sizes)],
)


def _fold(g, shape: tuple, sizes: tuple):
    """The sum of the copies that `repeat` made."""
    own = (1,) * (len(sizes) - len(shape)) + shape
    pairs = tuple(zip(sizes, own, strict=True))
    g = sum_to(reshape(g, tuple(n for pair in pairs for n in pair)), tuple(n for _, m in pairs for n in (1, m)))
    return reshape(g, shape)


_pad = declare(
    "constant_pad_nd",
    lambda x, *, widths, value: kernels.pad(x, widths, "constant", value),
    [lambda g, widths: _pad(g, widths=tuple((-a, -b) for a, b in widths), value=0)],
    [lambda t, widths: _pad(t, widths=widths, value=0)],
)

_pad_edges = declare(
    "pad",
    lambda x, *, widths, mode: kernels.pad(x, widths, mode),
    [lambda g, widths, mode: _unpad(g, widths=widths, mode=mode)],
    [lambda t, widths, mode: _pad_edges(t, widths=widths, mode=mode)],
)

_unpad = declare(
    "pad_backward",
    lambda x, *, widths, mode: kernels.unpad(x, widths, mode),
    [lambda g, widths, mode: _pad_edges(g, widths=widths, mode=mode)],
    [lambda t, widths, mode: _unpad(t, widths=widths, mode=mode)],
)


@public()
def clone(x):
    """A copy of the values; gradients flow through it unchanged."""
    return _clone(x)


@public()
def contiguous(x):
    """`x` itself if its elements lie in C order without gaps, else a copy where they do."""
    array = array_of(x)
    return x if array.flags.c_contiguous else _clone(x)


@public()
def flip(x, *axes, dims=None):
    """Reverse the order along axes.

    Parameters
    ----------
    x : Tensor or array
    *axes : ints, or one tuple of ints (which may be given as `dims`)

    Raises
    ------
    IndexError
        If there is no such axis.
    """
    return _flip(x, dims=dims_of("flip", sizes_of("flip", axes, dims, "dims"), len(x.shape))) if x.shape else _clone(x)


@public()
def fliplr(x):
    """Reverse the columns: the order along axis 1."""
    if len(x.shape) < 2:
        raise RuntimeError(f"[fliplr] `x` (shape {x.shape}) must have at least two dimensions")
    return _flip(x, dims=(1,))


@public()
def flipud(x):
    """Reverse the rows: the order along axis 0."""
    if not x.shape:
        raise RuntimeError("[flipud] `x` (0-d) must have at least one dimension")
    return _flip(x, dims=(0,))


@public()
def rot90(x, k=1, dims=(0, 1)):
    """Turn by `k` right angles in the plane of two axes, from the first towards the second."""
    plane = dims_of("rot90", dims, len(x.shape))
    if len(plane) != 2:
        raise RuntimeError(f"[rot90] `dims` (={dims}) must be two axes")
    a, b = plane
    turns = integer(k) % 4
    if turns == 1:
        return transpose(_flip(x, dims=(b,)), a, b)
    if turns == 3:
        return _flip(transpose(x, a, b), dims=(b,))
    return _flip(x, dims=plane) if turns else _clone(x)


@public()
def roll(x, shifts, dims=None):
    """Shift cyclically: `y[(i + shift) mod n] = x[i]`.

    Parameters
    ----------
    x : Tensor or array
    shifts : int or tuple of ints
    dims : int or tuple of ints, optional
        One for each shift; None shifts the elements in C order.

    Raises
    ------
    RuntimeError
        If there are not as many axes as shifts.
    """
    shifts = sizes_of("roll", (shifts,), None, "shifts") if not hasattr(shifts, "__index__") else (integer(shifts),)
    if dims is None:
        if len(shifts) != 1:
            raise RuntimeError(f"[roll] `shifts` (={shifts}) must be one number where `dims` is None")
        return reshape(_roll(reshape(x, -1), shifts=shifts, dims=(0,)), x.shape)
    if not x.shape and dims != ():
        raise IndexError(f"[roll] `dims` (={dims}) must not name a dimension of `x` (0-d)")
    axes = tuple(dim_of("roll", d, len(x.shape)) for d in (dims if isinstance(dims, (tuple, list)) else (dims,)))
    if len(axes) != len(shifts):
        raise RuntimeError(f"[roll] `shifts` (={shifts}) and `dims` (={dims}) must be equally many")
    return _roll(x, shifts=shifts, dims=axes) if x.shape else _clone(x)


@public()
def repeat(x, *sizes, repeats=None):
    """Repeat the whole tensor, `sizes[k]` times along axis k (NumPy calls this `tile`).

    Parameters
    ----------
    x : Tensor or array
    *sizes : ints, or one tuple of ints (which may be given as `repeats`)
        At least one for each axis; more make new leading axes.

    Raises
    ------
    RuntimeError
        If there are too few, or one is negative.
    """
    sizes = sizes_of("repeat", sizes, repeats, "sizes")
    if len(sizes) < len(x.shape) or min(sizes, default=0) < 0:
        raise RuntimeError(f"[repeat] `sizes` (={sizes}) must not be negative, and one for each axis of {x.shape}")
    return _repeat(x, sizes=sizes)


@public()
def tile(x, *sizes, dims=None):
    """`repeat` that needs no number for leading axes: missing ones are 1."""
    sizes = sizes_of("tile", sizes, dims, "sizes")
    if min(sizes, default=0) < 0:
        raise RuntimeError(f"[tile] `sizes` (={sizes}) must not be negative")
    return _repeat(x, sizes=(1,) * (len(x.shape) - len(sizes)) + sizes)


@public()
def repeat_interleave(x, repeats=None, dim=None, *, output_size=None):
    """Repeat every element along an axis; or, of one argument, every position so often as the element there says.

    Parameters
    ----------
    x : Tensor or array
    repeats : int, or 1-D integer Tensor or array
        How often, the same for all or one for each position.
    dim : int, optional
        None: `x` is taken as 1-D.
    output_size : int, optional
        Accepted for PyTorch's sake.

    Raises
    ------
    RuntimeError
        If `repeats` is negative or does not fit.
    """
    if repeats is None:
        x, repeats = constant(x, kernels.arange(0, x.shape[0], 1, np.int64, like=array_of(x))), x
    if dim is None:
        x, dim = reshape(x, -1), 0
    if not x.shape:
        x = reshape(x, 1)
    d, n = dim_of("repeat_interleave", dim, len(x.shape)), x.shape[dim]
    times = repeats if hasattr(repeats, "__index__") and not getattr(repeats, "shape", ()) else as_tensor(repeats)
    if isinstance(times, Tensor):
        times = times._array.reshape(-1)
        if times.shape[0] not in (1, n) or times.dtype.kind not in "iu" or extent(times)[0] < 0:
            raise RuntimeError(f"[repeat_interleave] `repeats` must hold {n} non-negative integers for axis {d}")
        positions = kernels.repeat(kernels.arange(0, n, 1, times.dtype, like=times), times, 0)
        return index_select(x, d, constant(x, positions))
    times = integer(times)
    if times < 0:
        raise RuntimeError(f"[repeat_interleave] `repeats` (={times}) must not be negative")
    wide = expand_to(unsqueeze(x, d + 1), shape=(*x.shape[: d + 1], times, *x.shape[d + 1 :]))
    return reshape(wide, (*x.shape[:d], n * times, *x.shape[d + 1 :]))


@public(function=False, method=False)
def pad(x, pad, mode="constant", value=None):
    """Extend a tensor at the edges of its last axes.

    Parameters
    ----------
    x : Tensor or array
    pad : sequence of ints
        (before, after) for the last axis, then for the one before it, and so on. Negative widths crop.
    mode : {"constant", "reflect", "replicate", "circular"}
    value : number, optional
        What "constant" writes (0).

    Returns
    -------
    Tensor or array
        before + size + after along each of these axes.

    Raises
    ------
    RuntimeError
        If there are too many widths, an odd number of them, or they do not fit the mode: "reflect" needs less than the
        size of the axis, "circular" at most that.
    NotImplementedError
        If there is no such mode.

    Examples
    --------
    >>> import tapegrad as tg
    >>> from tapegrad.ops.rearrange import pad
    >>> pad(tg.tensor([1.0, 2.0, 3.0]), (2, 1), "reflect")
    tensor([3., 2., 1., 2., 3., 2.])
    """
    widths = _widths("pad", x, pad)
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise NotImplementedError(f"[pad] `mode` (={mode!r}) must be constant, reflect, replicate or circular")
    if mode == "constant":
        return _framed(x, widths, 0 if value is None else value)
    if value:
        raise ValueError(f"[pad] `value` (={value}) must not be given in mode {mode!r}")
    return _padded_from(x, widths, mode)


@public(method=False)
def constant_pad_nd(x, pad, value=0):
    """Extend a tensor at the edges of its last axes with `value`: the constant mode of `pad`."""
    return _framed(x, _widths("constant_pad_nd", x, pad), value)


def _widths(op: str, x, pad) -> tuple:
    """A pair of widths for every axis, first axis first."""
    flat = sizes_of(op, (pad,), None, "pad")
    if len(flat) % 2 or len(flat) > 2 * len(x.shape):
        raise RuntimeError(f"[{op}] `pad` (={flat}) must hold two widths for each of at most {len(x.shape)} axes")
    pairs = tuple(zip(flat[::2], flat[1::2], strict=True))[::-1]
    return ((0, 0),) * (len(x.shape) - len(pairs)) + pairs


def _framed(x, widths: tuple, value):
    try:
        return _pad(x, widths=widths, value=value)
    except ValueError as error:
        raise RuntimeError(str(error)) from None


def _padded_from(x, widths: tuple, mode: str):
    """Padding with elements of `x` itself; where a width crops, by an array of positions for each axis that changes."""
    if min(map(min, widths), default=0) >= 0 < max(map(max, widths), default=0):
        try:
            return _pad_edges(x, widths=widths, mode=mode)
        except ValueError:
            pass  # what does not fit is said of an axis, below
    array = array_of(x)
    first = next((i for i, pair in enumerate(widths) if any(pair)), None)
    if first is None:
        return _clone(x)
    positions = [_sources(i, x.shape[i], widths[i], mode, array) for i in range(first, len(widths))]
    behind = len(positions) - 1
    template = [(at.shape[0],) + (1,) * (behind - k) for k, at in enumerate(positions)]  # an open mesh
    at = positions[0] if len(positions) == 1 else kernels.concatenate(positions)
    return take_at(x, constant(x, at), index=((slice(None),) * first + tuple(template)))


def _sources(axis: int, n: int, pair: tuple, mode: str, like):
    """Where the elements of a padded axis of size `n` come from."""
    before, after = pair
    at = kernels.arange(0, n, 1, np.dtype(np.int64), like=like)
    kept = slice(max(-before, 0), n + max(before, 0) + after)
    if mode == "circular":  # PyTorch crops before it wraps around, elsewhere after
        at, kept = at[max(-before, 0) : n + min(after, 0)], slice(None)
    try:
        if n + before + after < 1 <= n:
            raise ValueError("nothing is left")
        return kernels.pad(at, ((max(before, 0), max(after, 0)),), mode)[kept]
    except ValueError:
        raise RuntimeError(f"[pad] `pad` (={pair}) must fit axis {axis} (size {n}) in mode {mode!r}") from None


@public(function=False, method=False)
def one_hot(x, num_classes=-1):
    """A row of zeros with a 1 at the position of each number.

        y[…, c] = 1 if x[…] = c else 0

    Parameters
    ----------
    x : int64 Tensor or array
        In 0 … num_classes-1.
    num_classes : int
        -1: one more than the largest number.

    Returns
    -------
    int64 Tensor or array, (*x.shape, num_classes)

    Raises
    ------
    RuntimeError
        If a number is out of range, or nothing says how many classes there are.
    """
    array = array_of(x)
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"[one_hot] `x` (of dtype {array.dtype}) must hold integers")
    if num_classes == -1 and array.size == 0:
        raise RuntimeError("[one_hot] `num_classes` must be given for a tensor without elements")
    low, high = extent(array)
    count = high + 1 if num_classes == -1 else integer(num_classes)
    if low < 0 or high >= count:
        raise RuntimeError(f"[one_hot] `x` (={low if low < 0 else high}) must lie in 0 … {count - 1}")
    classes = kernels.arange(0, count, 1, array.dtype, like=array)
    y = kernels.equal(array.reshape((*array.shape, 1)), classes).astype(np.dtype(np.int64))
    return constant(x, y)


@public(method=False)
def block_diag(*tensors):
    """One matrix with the given ones along its diagonal and zeros elsewhere; 1-D and 0-d tensors are rows."""
    blocks = [atleast_2d(x) for x in tensors]
    if any(len(b.shape) != 2 for b in blocks):
        raise RuntimeError(f"[block_diag] `tensors` (shapes {[b.shape for b in blocks]}) must be at most 2-D")
    width, rows, left = sum(b.shape[1] for b in blocks), [], 0
    for b in blocks:
        rows.append(_pad(b, widths=((0, 0), (left, width - left - b.shape[1])), value=0))
        left += b.shape[1]
    return cat(rows)
