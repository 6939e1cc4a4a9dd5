"""What moves elements and computes nothing: shapes, axes, joining, splitting, padding, turning."""

import numpy as np

from .._creation import empty_like, full_like, ones_like, zeros_like
from ..ops import FUNCTIONS
from ..ops.rearrange import pad
from .protocol import HANDLED, into, same, tensor_of


def _joined(name: str):
    def join(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
        y = FUNCTIONS[name](arrays, dim=axis) if axis is not None else FUNCTIONS[name]([a.reshape(-1) for a in arrays])
        return into(out, y if dtype is None else y.to(dtype))

    return join


def _stacked(name: str):
    def stack(tup, *, dtype=None, casting="same_kind"):
        y = FUNCTIONS[name](tup)
        return y if dtype is None else y.to(dtype)

    return stack


def _reshape(a, /, shape=None, order="C", *, newshape=None, copy=None):
    shape = shape if newshape is None else newshape
    if order == "F":  # the elements in C order with all axes turned round, before and after
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        return _transpose(_transpose(a).reshape(sizes[::-1]))
    if order != "C":
        raise TypeError(f"[np.reshape] `order` (={order!r}) must be 'C' or 'F' on tensors")
    return a.reshape(shape)


def _transpose(a, axes=None):
    return a.permute(*(range(a.ndim)[::-1] if axes is None else axes))


def _split(ary, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError(
            f"[np.split] `indices_or_sections` (={indices_or_sections}) must divide the axis of {ary.shape[axis]}"
        )
    return list(FUNCTIONS["tensor_split"](ary, indices_or_sections, dim=axis))


def _array_split(ary, indices_or_sections, axis=0):
    return list(FUNCTIONS["tensor_split"](ary, indices_or_sections, dim=axis))


def _squeeze(a, axis=None):
    return a.squeeze() if axis is None else a.squeeze(axis)


def _expand_dims(a, axis):
    for i in sorted(i % (a.ndim + len(np.atleast_1d(axis))) for i in np.atleast_1d(axis).tolist()):
        a = a.unsqueeze(i)
    return a


def _repeat(a, repeats, axis=None):
    return FUNCTIONS["repeat_interleave"](a, repeats if isinstance(repeats, int) else tensor_of(repeats), dim=axis)


_PIECES = {"constant": "constant_values", "empty": None, "linear_ramp": "end_values",
           **dict.fromkeys(("maximum", "mean", "median", "minimum"), "stat_length")}  # fmt: skip


def _pad(array, pad_width, mode="constant", **options):
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    given = options.get("constant_values", 0)
    if mode == "constant" and set(options) <= {"constant_values"} and not np.ndim(given):
        return pad(array, [n for before_after in reversed(widths) for n in before_after], "constant", given)
    if mode in ("edge", "reflect", "symmetric", "wrap") and set(options) <= {"reflect_type"}:
        if options.get("reflect_type", "even") == "even":  # NumPy says which place each element comes from
            places = np.pad(np.arange(array.numel()).reshape(array.shape), pad_width, mode)
            return array.reshape(-1)[places]
    if mode in _PIECES and set(options) <= {_PIECES[mode]}:
        if not array.is_floating_point():  # has no derivative, and NumPy rounds in its own way
            return tensor_of(np.pad(array.numpy(), pad_width, mode, **options))
        settings = np.broadcast_to(np.array(next(iter(options.values()), None)), (array.ndim, 2)).tolist()
        return _padded_by(_piece(mode), array, widths, settings)
    raise TypeError(f"[np.pad] `mode` (={mode!r}, {options}) must be one of NumPy's, with even reflections")


def _padded_by(piece, x, widths, settings):
    """Put pieces before and behind, along one axis after the other; settings that were not given are None."""
    for axis, (counts, given) in enumerate(zip(widths, settings, strict=True)):
        n = x.shape[axis]
        ahead = piece(x, axis, counts[0], given[0])
        behind = piece(x.flip(axis), axis, counts[1], given[1]).flip(axis)
        x = FUNCTIONS["cat"]([ahead, x, behind], axis) if n or sum(counts) else x
    return x


def _piece(mode: str):
    """What makes a piece of so many elements, for the front of an axis."""

    def filled(x, axis, count, value):
        return x.new_full(_long(x, axis, count), value or 0)

    def ramp(x, axis, count, end):
        steps = tensor_of(np.arange(count, dtype=x.dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1)))
        return steps * ((x.narrow(axis, 0, 1) - (end or 0)) / max(count, 1)) + (end or 0)

    def statistic(x, axis, count, length):
        part = x if length is None else x.narrow(axis, 0, min(length, x.shape[axis]))
        return _STATISTICS[mode](part, axis).expand(*_long(x, axis, count))

    return {"constant": filled, "empty": filled, "linear_ramp": ramp}.get(mode, statistic)


_STATISTICS = {
    "maximum": lambda x, axis: x.amax(axis, keepdim=True),
    "mean": lambda x, axis: x.mean(axis, keepdim=True),
    "median": lambda x, axis: np.median(x, axis, keepdims=True),
    "minimum": lambda x, axis: x.amin(axis, keepdim=True),
}


def _long(x, axis: int, count: int):
    return (*x.shape[:axis], count, *x.shape[axis + 1 :])


def _copy(a, order="K", subok=False):
    return a.clone()


def _resize(a, new_shape):
    """The elements in C order, from the first again when they are used up."""
    flat = a.reshape(-1)
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    count = int(np.prod(shape))
    if not len(flat):
        return a.detach().new_zeros(shape)
    return flat[np.arange(count) % len(flat)].reshape(shape)


def _trim_zeros(filt, trim="fb", axis=None):
    """What lies between the first and the last element that is not 0, along all axes or those asked for."""
    x = tensor_of(filt)
    kept = np.nonzero(x.detach().numpy())
    axes = range(x.ndim) if axis is None else [i % x.ndim for i in np.atleast_1d(axis).tolist()]
    spans = []
    for i in range(x.ndim):
        start, stop = (int(kept[i].min()), int(kept[i].max()) + 1) if len(kept[i]) else (0, 0)
        front, back = "f" in trim.lower(), "b" in trim.lower()
        spans.append(slice(start if front else 0, stop if back else None) if i in axes else slice(None))
    return x[tuple(spans)]


def _tile(A, reps):
    return FUNCTIONS["tile"](A, (reps,) if isinstance(reps, int) else tuple(reps))


def _flip(m, axis=None):
    dims = range(m.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return FUNCTIONS["flip"](m, tuple(dims))


def _roll(a, shift, axis=None):
    return FUNCTIONS["roll"](a, shift, axis)


def _triangle(name: str):
    return lambda m, k=0: FUNCTIONS[name](m, k)


def _rot90(m, k=1, axes=(0, 1)):
    return FUNCTIONS["rot90"](m, k, tuple(axes))


def _like(ours):
    def make(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
        return ours(a if shape is None else a.detach().new_empty(shape), dtype=dtype, device=device)

    return make


def _full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    a = a if shape is None else a.detach().new_empty(shape)
    return full_like(a, fill_value, dtype=dtype, device=device)


def _listed(name: str):
    return lambda ary, indices_or_sections: list(FUNCTIONS[name](ary, indices_or_sections))


def _meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Of the first two, NumPy's grid counts across before it counts down."""
    rows = tuple(map(_flat, xi))
    if not sparse:
        return tuple(FUNCTIONS["meshgrid"](*rows, indexing=indexing))
    n = len(rows)
    axes = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else range(n)
    return tuple(x.reshape(*(-1 if i == axis else 1 for i in range(n))) for x, axis in zip(rows, axes, strict=True))


def _flat(x):
    return tensor_of(x).reshape(-1)


def _rollaxis(a, axis, start=0):
    """Move an axis before another; counted before it left its place."""
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return a.moveaxis(axis, start - (axis < start))


def _block(arrays):
    """Lists in lists are joined from the inside out, the innermost along the last axis."""

    def depth(part):
        return 1 + max(map(depth, part)) if isinstance(part, list) else 0

    def joined(part, level):
        if isinstance(part, list):
            return np.concatenate([joined(p, level - 1) for p in part], axis=-level)
        part = tensor_of(part)
        return part.reshape(*(1,) * (ndim - part.ndim), *part.shape)

    def ranks(part):
        return max(map(ranks, part)) if isinstance(part, list) else np.ndim(part)

    levels = depth(arrays)
    ndim = max(levels, ranks(arrays))
    return joined(arrays, levels)


_SAME = ("dstack column_stack atleast_1d atleast_2d atleast_3d broadcast_to fliplr flipud swapaxes moveaxis").split()

HANDLED.update({getattr(np, name): same(name) for name in _SAME})
HANDLED.update(
    {
        np.array_split: _array_split,
        np.astype: lambda x, dtype, /, *, copy=True, device=None: (
            x.clone() if copy and x.dtype == dtype else x.to(dtype)
        ),
        np.block: _block,
        np.diag: lambda v, k=0: FUNCTIONS["diag"](v, k),
        np.diagflat: lambda v, k=0: FUNCTIONS["diagflat"](v, k),
        np.dsplit: _listed("dsplit"),
        np.empty_like: _like(empty_like),
        np.full_like: _full_like,
        np.hsplit: _listed("hsplit"),
        np.hstack: _stacked("hstack"),
        np.meshgrid: _meshgrid,
        np.ones_like: _like(ones_like),
        np.rollaxis: _rollaxis,
        np.row_stack: _stacked("vstack"),
        np.unstack: lambda x, /, *, axis=0: tuple(FUNCTIONS["unbind"](x, axis)),
        np.vsplit: _listed("vsplit"),
        np.vstack: _stacked("vstack"),
        np.zeros_like: _like(zeros_like),
        np.broadcast_arrays: same("broadcast_tensors"),
        np.concatenate: _joined("concatenate"),
        np.copy: _copy,
        np.expand_dims: _expand_dims,
        np.flip: _flip,
        np.ndim: lambda a: a.ndim,
        np.pad: _pad,
        np.ravel: lambda a, order="C": _reshape(a, -1, order),
        np.repeat: _repeat,
        np.resize: _resize,
        np.reshape: _reshape,
        np.roll: _roll,
        np.rot90: _rot90,
        np.shape: lambda a: a.shape,
        np.size: lambda a, axis=None: a.numel() if axis is None else a.shape[axis],
        np.split: _split,
        np.squeeze: _squeeze,
        np.stack: _joined("stack"),
        np.tile: _tile,
        np.trim_zeros: _trim_zeros,
        np.transpose: _transpose,
        np.tril: _triangle("tril"),
        np.triu: _triangle("triu"),
    }
)
