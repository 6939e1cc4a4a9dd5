"""Casts, and the arguments of operations made Tensors of one dtype."""

from math import copysign
from warnings import warn

import numpy as np
from numpy.exceptions import ComplexWarning

from .. import kernels
from .._device import device_of, place, settled
from .._dtypes import as_dtype, get_default_dtype, real_of, result_dtype, scalar_dtype
from .._tape import Exposed, Tensor, declare, lent, plain
from .region import array_of


def _cast(x, *, dtype, source):
    return (kernels.real(x) if source.kind == "c" and dtype.kind == "f" else x).astype(dtype)


cast_to = declare(
    "to",
    _cast,
    [lambda g, dtype, source: cast_to(g, dtype=source, source=dtype)],
    [lambda t, dtype, source: cast_to(t, dtype=dtype, source=source)],
)
cast_away = declare("to", lambda x, *, dtype: x.astype(dtype), [None], [None])  # to integers: no gradient


def cast(x, dtype):
    """`x` in another dtype; `x` itself if it has that dtype already.

    Parameters
    ----------
    x : Tensor or array
    dtype : dtype
    """
    dtype = as_dtype(dtype)
    if x.dtype == dtype:
        return x
    if x.dtype.kind == "c" and dtype.kind in "iuf":
        warn("[to] casting complex numbers to real ones discards the imaginary part", ComplexWarning, stacklevel=3)
        return cast(cast_to(x, dtype=real_of(x.dtype), source=x.dtype), dtype)
    if dtype.kind in "fc":
        return cast_to(x, dtype=dtype, source=x.dtype)
    return cast_away(x, dtype=dtype)


_place = declare(
    "to",
    lambda x, *, target, source, wait: place(x, target, wait),
    [lambda g, target, source, wait: _place(g, target=source, source=target, wait=wait)],
    [lambda t, target, source, wait: _place(t, target=target, source=source, wait=wait)],
)


def move(x, where, wait=True):
    """`x` on another device; `x` itself if it is there already (or `where` is None). `wait`: until it is copied."""
    if where is None:
        return x
    here, there = device_of(array_of(x)), settled(where)
    return x if here == there else _place(x, target=there, source=here, wait=wait)


def beside(g, x: Tensor):
    """A gradient (a Tensor or an array) that has reached `x`, where that is: numbers may be used on any device.

    Raises
    ------
    RuntimeError
        If it is no number.
    """
    here, there = device_of(array_of(g)), device_of(x._array)
    if here == there:
        return g
    if g.shape:
        raise RuntimeError(
            f"[backward] expected all tensors on the same device, got a gradient of shape {g.shape} on {here} for a "
            f"tensor on {there}"
        )
    return move(g, there) if isinstance(g, Tensor) else place(g, there)


pin = declare("pin_memory", lambda x: kernels.cuda_devices().transfer.pin(x), [lambda g: g], [lambda t: t])


_scalars: dict = {}  # (value, dtype) -> 0-d constant: three times cheaper than a scalar inside the ufunc


def scalar(value, dtype: np.dtype, like=None) -> Tensor:
    """A Python scalar as a 0-d constant, in `dtype` or, where its category is higher, in its own."""
    kind = value.__class__
    if like is not None or (not value and kind is complex):
        return plain(kernels.full((), value, _weak_dtype(value, dtype), like=like))
    key = (value, dtype, kind) if value or kind is not float else (copysign(1.0, value), dtype, "zero")  # 0.0 == -0.0
    known = _scalars.get(key)
    if known is None:
        known = plain(np.array(value, _weak_dtype(value, dtype)))
        if len(_scalars) < 4096:
            _scalars[key] = known
    return known


def _weak_dtype(value, dtype: np.dtype) -> np.dtype:
    return result_dtype((dtype, 1), (scalar_dtype(value), -1))


def as_tensor(value, like: Tensor | None = None) -> Tensor:
    """An operand as a Tensor: NumPy arrays are not copied, but marked as memory that NumPy code can reach."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (bool, int, float, complex)):
        array = None if like is None or type(like._array) is np.ndarray else like._array
        return scalar(value, scalar_dtype(value) if like is None else like._dtype, array)
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
        if value.dtype == np.float64:
            value = value.astype(get_default_dtype())
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            raise TypeError(f"an operand of dtype {value.dtype} is given; numbers or booleans are wanted")
        t = plain(value if value.dtype.isnative else value.astype(value.dtype.newbyteorder("=")))
        t._exposed = True
        t._generation = 0
        t._node = Exposed()
        return t
    if hasattr(value, "shape") and hasattr(value, "dtype"):  # an array of a registered device
        return plain(value)
    raise TypeError(f"an operand of type {type(value).__name__} is given; a Tensor, an array or a number is wanted")


def lift(args: tuple, p) -> tuple | None:
    """The arguments as Tensors, each in its own dtype; None if none is one."""
    if not any(isinstance(a, Tensor) for a in args):
        return None
    try:
        return tuple(a if isinstance(a, Tensor) else as_tensor(a) for a in args)
    except TypeError as error:
        raise TypeError(f"[{p.name}] {error}") from None


def promote(args: tuple, p) -> tuple | None:
    """The arguments as Tensors of the dtype that PyTorch's promotion gives them; None if none is a Tensor."""
    first = next((a for a in args if isinstance(a, Tensor)), None)
    if first is None:
        return None
    if len(args) == 2:
        a, b = args
        other = b if a is first else a
        if other.__class__ is float or other.__class__ is int:  # the commonest mixture, without the table
            other = scalar(other, first._dtype, None if type(first._array) is np.ndarray else first._array)
            if other._dtype is first._dtype:
                return (first, other) if a is first else (other, first)
    try:
        ranks = [-1 if isinstance(a, (bool, int, float, complex, np.generic)) else 0 for a in args]
        ts = [a if isinstance(a, Tensor) else as_tensor(a, first) for a in args]
    except TypeError as error:
        raise TypeError(f"[{p.name}] {error}") from None
    dtype = result_dtype(*((t._dtype, len(t._shape) if rank == 0 else -1) for t, rank in zip(ts, ranks, strict=True)))
    return tuple(cast(t, dtype) for t in ts)


def settle(y: Tensor, forward, arrays: tuple, **settings):
    """Compute a floating function of integers again, in the default dtype, as PyTorch does.

    NumPy chooses the dtype by the width of the integers: float16 for int8, float64 for int64.
    """
    if y._dtype.kind == "f" and arrays[0].dtype.kind in "biu":
        if isinstance(forward, np.ufunc):
            settings["out"] = ...
        y._array = forward(*(a.astype(get_default_dtype()) for a in arrays), **settings)
        y._dtype = y._array.dtype
    return y._array, y._dtype


lent.lift, lent.promote, lent.settle, lent.beside = lift, promote, settle, beside
