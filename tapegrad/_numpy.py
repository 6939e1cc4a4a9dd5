"""`np.f(tensor)` means what NumPy means by `f`, and records like our own operations.

NumPy hands a call over through `__array_ufunc__` and `__array_function__`. A ufunc has the meaning that it has
everywhere, so it is found by its name; for the other functions the table at the end says what our operation is with
NumPy's argument names and defaults (`np.std` divides by n, `np.repeat` repeats elements …).
"""

from collections.abc import Callable

import numpy as np

from ._creation import from_numpy
from ._tape import Tensor
from .ops import FUNCTIONS, fft
from .ops.rearrange import pad

HANDLED: dict[Callable, Callable] = {}  # NumPy's function -> ours with NumPy's arguments


def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
    if method == "reduce" and ufunc.__name__ in _REDUCTIONS:
        return _REDUCTIONS[ufunc.__name__](*inputs, out=out, **{"axis": 0, **options})
    operation = FUNCTIONS.get(_RENAMED.get(ufunc.__name__, ufunc.__name__), HANDLED.get(ufunc))
    if method != "__call__" or operation is None or options:
        what = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        keywords = f" with `{next(iter(options))}=`" if options and method == "__call__" and operation else ""
        return _fallback(getattr(ufunc, method), f"{what}{keywords}", inputs, {**options, "out": out})
    _check_out(out)
    return _into(out, operation(*inputs))


def __array_function__(self, function, types, args, options):
    ours = HANDLED.get(function)
    if ours is not None:
        _check_out(options.get("out"))
        return ours(*args, **options)
    what = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    return _fallback(function, what, args, options)


def _fallback(function, what: str, args, options):
    """Functions without a rule work on constants, whose arrays they get, and are an error on tracked tensors."""

    def unwrap(value):
        if isinstance(value, Tensor):
            if value.requires_grad:
                raise TypeError(
                    f"[{what}] has no derivative here. Call it on `x.detach()` for its value alone, or use one of "
                    "tapegrad's own functions"
                )
            return value.numpy()
        if isinstance(value, (tuple, list)):
            return type(value)(map(unwrap, value))
        return value

    result = function(*map(unwrap, args), **{k: unwrap(v) for k, v in options.items() if v is not None})
    return _wrapped(result)


def _wrapped(result):
    if isinstance(result, np.ndarray):
        return from_numpy(result)
    if isinstance(result, (tuple, list)) and any(isinstance(r, np.ndarray) for r in result):
        items = map(_wrapped, result)
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    return result


def _check_out(out) -> None:
    """Raise unless `out=` can take a tensor; before anything is recorded."""
    for one in out if isinstance(out, tuple) else (out,):
        if one is not None and not isinstance(one, Tensor):
            raise TypeError(f"[numpy] `out` must be a Tensor when an input is one, got {type(one).__name__}")


def _into(out, result):
    """Write a result where `out=` wants it."""
    _check_out(out)
    if isinstance(out, tuple):
        (out,) = out
    return result if out is None else out.copy_(result)


def _call(name: str):
    """Our operation of that name, looked up when called."""

    def call(*args, **options):
        return FUNCTIONS[name](*args, **options)

    return call


def _reduction(name: str, **defaults):
    """A reduction with NumPy's keywords; `where=` and `initial=` are refused rather than ignored."""

    def reduce(a, axis=None, dtype=None, out=None, keepdims=False, **other):
        unknown = [k for k, v in other.items() if v is not np._NoValue and k not in ("ddof", "correction")]
        if unknown:
            raise TypeError(f"[np.{name}] `{unknown[0]}` is not supported on tensors")
        options = {**defaults, **{k: v for k, v in other.items() if k in ("ddof", "correction")}}
        if dtype is not None:
            a = a.to(dtype)
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        if "ddof" in options:
            options["correction"] = options.pop("ddof")
        operation = FUNCTIONS[name]
        if isinstance(axis, (tuple, list)) and name in ("prod", "any", "all"):
            return _into(out, _axis_by_axis(operation, a, axis, keepdims))
        return _into(out, operation(a, dim=axis, keepdim=keepdims, **options) if axis is not None or keepdims
                     else operation(a, **options))  # fmt: skip

    return reduce


def _axis_by_axis(operation, a, axes, keepdims):
    for axis in sorted((i % a.ndim for i in axes), reverse=True):
        a = operation(a, dim=axis, keepdim=keepdims)
    return a


def _extreme(name: str):
    """`np.max`: NumPy answers the value alone, also along an axis, and ties share the gradient."""

    def reduce(a, axis=None, out=None, keepdims=False, **other):
        if any(v is not np._NoValue for v in other.values()):
            raise TypeError(f"[np.{name}] `{next(iter(other))}` is not supported on tensors")
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        axes = tuple(range(a.ndim)) if axis is None else axis
        return _into(out, FUNCTIONS[name](a, dim=axes, keepdim=keepdims))

    return reduce


def _position(name: str):
    def find(a, axis=None, out=None, *, keepdims=False):
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        return _into(out, FUNCTIONS[name](a, dim=axis, keepdim=keepdims))

    return find


def _joined(name: str):
    def join(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
        y = FUNCTIONS[name](arrays, dim=axis) if axis is not None else FUNCTIONS[name]([a.reshape(-1) for a in arrays])
        return _into(out, y if dtype is None else y.to(dtype))

    return join


def _reshape(a, /, shape=None, order="C", *, newshape=None, copy=None):
    if order != "C":
        raise TypeError(f"[np.reshape] `order` (={order!r}) must be 'C' on tensors")
    return a.reshape(shape if newshape is None else newshape)


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
    return FUNCTIONS["repeat_interleave"](a, _tensor_of(repeats), dim=axis)


def _tensor_of(value):
    return value if isinstance(value, (int, Tensor)) else from_numpy(np.asarray(value))


def _clip(a, a_min=np._NoValue, a_max=np._NoValue, out=None, *, min=np._NoValue, max=np._NoValue):
    low, high = (v if w is np._NoValue else w for v, w in ((a_min, min), (a_max, max)))
    low, high = (None if v is np._NoValue else v for v in (low, high))
    return _into(out, FUNCTIONS["clip"](a, low, high))


def _pad(array, pad_width, mode="constant", **options):
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    flat = [n for before_after in reversed(widths) for n in before_after]
    names = {"edge": "replicate", "wrap": "circular", "constant": "constant", "reflect": "reflect"}
    if mode not in names or set(options) - {"constant_values"}:
        raise TypeError(f"[np.pad] `mode` (={mode!r}) must be one of {', '.join(names)} on tensors")
    return pad(array, flat, names[mode], options.get("constant_values", 0))


def _cumulative(name: str):
    def scan(a, axis=None, dtype=None, out=None):
        a = a.reshape(-1) if axis is None else a
        a = a if dtype is None else a.to(dtype)
        return _into(out, FUNCTIONS[name](a, dim=0 if axis is None else axis))

    return scan


def _dot(a, b, out=None):
    """NumPy's dot: the last axis of `a` with the last but one of `b`."""
    if a.ndim == 0 or b.ndim == 0:
        return _into(out, a * b)
    axes = ([a.ndim - 1], [max(b.ndim - 2, 0)])
    return _into(out, FUNCTIONS["tensordot"](a, b, axes))


def _inner(a, b):
    """NumPy's inner: the last axes of both."""
    return a * b if a.ndim == 0 or b.ndim == 0 else FUNCTIONS["tensordot"](a, b, ([a.ndim - 1], [b.ndim - 1]))


def _outer(a, b, out=None):
    return _into(out, FUNCTIONS["outer"](a.reshape(-1), b.reshape(-1)))


def _where(condition, x=None, y=None, /):
    return FUNCTIONS["where"](condition) if x is None and y is None else FUNCTIONS["where"](condition, x, y)


def _copy(a, order="K", subok=False):
    return a.clone()


def _tile(A, reps):
    return FUNCTIONS["tile"](A, (reps,) if isinstance(reps, int) else tuple(reps))


def _round(a, decimals=0, out=None):
    return _into(out, FUNCTIONS["round"](a, decimals=decimals))


def _einsum(*operands, out=None, optimize=False, **options):
    return _into(out, FUNCTIONS["einsum"](*operands))


def _flip(m, axis=None):
    dims = range(m.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return FUNCTIONS["flip"](m, tuple(dims))


def _roll(a, shift, axis=None):
    return FUNCTIONS["roll"](a, shift, axis)


def _nonzero(a):
    return FUNCTIONS["nonzero"](a, as_tuple=True)


def _triangle(name: str):
    return lambda m, k=0: FUNCTIONS[name](m, k)


def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if not copy:
        raise TypeError("[np.nan_to_num] `copy` (=False) is not supported on tensors; use x.nan_to_num_()")
    return FUNCTIONS["nan_to_num"](x, nan, posinf, neginf)


def _rot90(m, k=1, axes=(0, 1)):
    return FUNCTIONS["rot90"](m, k, tuple(axes))


def _tensordot(a, b, axes=2):
    return FUNCTIONS["tensordot"](a, b, axes)


def _angle(z, deg=False):
    return FUNCTIONS["rad2deg"](FUNCTIONS["angle"](z)) if deg else FUNCTIONS["angle"](z)


def _transform(ours):
    return lambda a, n=None, axis=-1, norm=None, out=None: _into(out, ours(a, n, axis, norm))


def _transform_of_several(ours):
    return lambda a, s=None, axes=None, norm=None, out=None: _into(out, ours(a, s, axes, norm))


def _transform_of_images(ours):
    return lambda a, s=None, axes=(-2, -1), norm=None, out=None: _into(out, ours(a, s, axes, norm))


_RENAMED = {"absolute": "abs", "conjugate": "conj", "invert": "bitwise_not", "rint": "round"}
_REDUCTIONS = {
    "add": _reduction("sum"),
    "multiply": _reduction("prod"),
    "maximum": _extreme("amax"),
    "minimum": _extreme("amin"),
    "logical_and": _reduction("all"),
    "logical_or": _reduction("any"),
}
_BY_NAME = (  # same arguments and same meaning in NumPy and here
    "vstack hstack dstack column_stack atleast_1d atleast_2d atleast_3d broadcast_to broadcast_arrays "
    "isclose allclose array_equal fliplr flipud zeros_like ones_like full_like empty_like argwhere count_nonzero "
    "swapaxes moveaxis kron real imag isreal i0"
).split()


def _install() -> None:
    for name in _BY_NAME:
        ours = _RENAMED_FUNCTIONS.get(name, name)
        if ours in FUNCTIONS:
            HANDLED[getattr(np, name)] = _call(ours)
    for stem in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
        HANDLED[getattr(np.fft, stem)] = _transform(getattr(fft, stem))
    for stem in ("fft", "ifft", "rfft", "irfft"):
        HANDLED[getattr(np.fft, f"{stem}n")] = _transform_of_several(getattr(fft, f"{stem}n"))
        HANDLED[getattr(np.fft, f"{stem}2")] = _transform_of_images(getattr(fft, f"{stem}n"))
    HANDLED.update(
        {
            np.sum: _reduction("sum"),
            np.mean: _reduction("mean"),
            np.prod: _reduction("prod"),
            np.var: _reduction("var", correction=0),
            np.std: _reduction("std", correction=0),
            np.any: _reduction("any"),
            np.all: _reduction("all"),
            np.max: _extreme("amax"),
            np.min: _extreme("amin"),
            np.amax: _extreme("amax"),
            np.amin: _extreme("amin"),
            np.argmax: _position("argmax"),
            np.argmin: _position("argmin"),
            np.concatenate: _joined("concatenate"),
            np.stack: _joined("stack"),
            np.reshape: _reshape,
            np.ravel: lambda a, order="C": _reshape(a, -1, order),
            np.transpose: _transpose,
            np.squeeze: _squeeze,
            np.expand_dims: _expand_dims,
            np.split: _split,
            np.array_split: _array_split,
            np.repeat: _repeat,
            np.tile: _tile,
            np.clip: _clip,
            np.pad: _pad,
            np.where: _where,
            np.copy: _copy,
            np.round: _round,
            np.around: _round,
            np.cumsum: _cumulative("cumsum"),
            np.cumprod: _cumulative("cumprod"),
            np.einsum: _einsum,
            np.flip: _flip,
            np.roll: _roll,
            np.nonzero: _nonzero,
            np.tril: _triangle("tril"),
            np.triu: _triangle("triu"),
            np.nan_to_num: _nan_to_num,
            np.angle: _angle,
            np.fft.fftshift: lambda x, axes=None: fft.fftshift(x, axes),
            np.fft.ifftshift: lambda x, axes=None: fft.ifftshift(x, axes),
            np.rot90: _rot90,
            np.tensordot: _tensordot,
            np.dot: _dot,
            np.inner: _inner,
            np.outer: _outer,
            np.shape: lambda a: a.shape,
            np.ndim: lambda a: a.ndim,
            np.size: lambda a, axis=None: a.numel() if axis is None else a.shape[axis],
        }
    )
    for name, member in (("ufunc", __array_ufunc__), ("function", __array_function__), ("priority", 1000)):
        setattr(Tensor, f"__array_{name}__", member)


_RENAMED_FUNCTIONS = {"broadcast_arrays": "broadcast_tensors", "array_equal": "equal"}
_install()
