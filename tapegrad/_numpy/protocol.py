"""How NumPy hands a call over, and what answers it.

A ufunc has the meaning that it has everywhere, so it is found by its name. Every other function is looked up in
`HANDLED`, which the files beside this one fill: what our operation is with NumPy's argument names and defaults.
"""

from collections.abc import Callable

import numpy as np

from .._creation import from_numpy
from .._tape import Tensor
from ..ops import FUNCTIONS

HANDLED: dict[Callable, Callable] = {}  # NumPy's function -> ours with NumPy's arguments
REDUCTIONS: dict[str, Callable] = {}  # the name of a ufunc -> what its `reduce` is
ACCUMULATIONS: dict[str, Callable] = {}  # … its `accumulate`
_METHODS = {"reduce": REDUCTIONS, "accumulate": ACCUMULATIONS}
CONSTANT: set[Callable] = set()  # functions whose answers are integers, truths or words: nothing to differentiate
_RENAMED = {
    "absolute": "abs",
    "conjugate": "conj",
    "degrees": "rad2deg",
    "fabs": "abs",
    "invert": "bitwise_not",
    "left_shift": "bitwise_left_shift",
    "radians": "deg2rad",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
}


def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
    if method in _METHODS and ufunc.__name__ in _METHODS[method]:
        return _METHODS[method][ufunc.__name__](*inputs, out=out, **{"axis": 0, **options})
    operation = operation_of(ufunc)
    if method == "outer" and operation is not None and not options:
        a, b = map(tensor_of, inputs)
        method, inputs = "__call__", (a.reshape(*a.shape, *(1,) * b.ndim), b)
    if method != "__call__" or operation is None or options:
        what = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        keywords = f" with `{next(iter(options))}=`" if options and method == "__call__" and operation else ""
        return _fallback(getattr(ufunc, method), f"{what}{keywords}", inputs, {**options, "out": out})
    check_out(out)
    return into(out, operation(*inputs))


def operation_of(ufunc: np.ufunc) -> Callable | None:
    """Our operation for a ufunc: that of its name."""
    return FUNCTIONS.get(_RENAMED.get(ufunc.__name__, ufunc.__name__), HANDLED.get(ufunc))


def __array_function__(self, function, types, args, options):
    ours = HANDLED.get(function)
    if ours is not None:
        check_out(options.get("out"))
        return ours(*args, **options)
    what = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    return _fallback(function, what, args, options, function in CONSTANT)


def _fallback(function, what: str, args, options, tracked_too: bool = False):
    """Functions without a rule work on constants, whose arrays they get, and are an error on tracked tensors."""

    def unwrap(value):
        if isinstance(value, Tensor):
            if tracked_too:
                return value.detach().numpy()
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


def tensor_of(x) -> Tensor:
    """A Tensor as it is, an array or a number as one."""
    return x if isinstance(x, Tensor) else from_numpy(np.asarray(x))


def check_out(out) -> None:
    """Raise unless `out=` can take a tensor; before anything is recorded."""
    for one in out if isinstance(out, tuple) else (out,):
        if one is not None and not isinstance(one, Tensor):
            raise TypeError(f"[numpy] `out` must be a Tensor when an input is one, got {type(one).__name__}")


def into(out, result):
    """Write a result where `out=` wants it."""
    check_out(out)
    if isinstance(out, tuple):
        (out,) = out
    return result if out is None else out.copy_(result)


def same(name: str) -> Callable:
    """Our operation of that name, looked up when called: it means what NumPy means, argument for argument."""

    def call(*args, **options):
        return FUNCTIONS[name](*args, **options)

    return call
