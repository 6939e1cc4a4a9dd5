"""The formulas of `ref.pointwise`, read with vectors in the place of arrays: a loop each, compiled when asked for."""

import math
from functools import lru_cache
from types import FunctionType

import numpy as np
from numpy import ndarray

from ..ref.pointwise import FORMULAS
from ..ref.pointwise import pointwise as reference
from . import _division, _functions
from ._lanes import absolute, is_narrow, larger, load, select, smaller, sqrt, stack, store, truncated, width
from ._numba import COMPILED, canonical, kernel
from ._ufunc import Function, get, put, quiet, row

_LARGE = 1 << 16  # elements that are worth more than one thread
_WORK = 30  # multiply-adds that an element is worth, about


@kernel
def _log1p_exp(x):
    return _functions.softplus(x, 1.0, math.inf)


VECTORS = {  # what the names in formulas mean
    "__name__": __name__,
    "absolute": absolute,
    "exp": _functions.exp,
    "expm1": _functions.expm1,
    "floor_divide": _division.floor_divide,
    "fmod": _division.fmod,
    "log1p_exp": _log1p_exp,
    "maximum": larger,
    "minimum": smaller,
    "np": np,
    "remainder": _division.remainder,
    "sigmoid": _functions.sigmoid,
    "sqrt": sqrt,
    "trunc": truncated,
    "where": select,
    "_LN2": math.log(2),
    "_SIXTH": 1 / 6,
}

# A closure over the formula would never be found in the disk cache: so the loop is text, the formula its global.
_LOOP = """
def {name}(args, dims, steps, kind):
    n, size = dims[0], 4 if is_narrow(kind) else 8
    {once}
    if {dense}:
        for i in range(0, n, width(kind)):
            store(formula({loads}), row(kind, args, steps, {count}, 0), i, n)
    else:
        for i in range(0, n, width(kind)):
            put(formula({gets}), args, steps, {count}, i, n)
    quiet()
"""


@kernel
def _start(kind, args, steps, k, n, room):
    """Where operand k lies: a single number is spread out to a vector first, in `room`."""
    if steps[k] != 0:
        return row(kind, args, steps, k, 0)
    store(get(kind, args, steps, k, 0, n), room, 0, width(kind))
    return room


def _loop(formula):
    """The text of the loop of a formula: numbers are read once, arrays that lie densely without looking at steps."""
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    count, numbers = len(names), [k for k, name in enumerate(names) if name in formula.__annotations__]
    arrays = [k for k in range(count) if k not in numbers]
    read = "get(kind, args, steps, {}, {}, n)"
    once = [f"v{k} = {read.format(k, 0)}" for k in numbers]
    for k in arrays:
        once.append(f"p{k}, m{k} = _start(kind, args, steps, {k}, n, stack(kind, 16)), 0 if steps[{k}] == 0 else 1")
    return _LOOP.format(
        name=f"{formula.__name__}_loop",
        once="; ".join(once),
        dense=" and ".join([f"(steps[{k}] == size or steps[{k}] == 0)" for k in arrays] + [f"steps[{count}] == size"]),
        loads=", ".join(f"load(p{k}, m{k} * i, n, 1.0)" if k in arrays else f"v{k}" for k in range(count)),
        gets=", ".join(read.format(k, "i") if k in arrays else f"v{k}" for k in range(count)),
        count=count,
    )


class _Functions(dict):
    def __missing__(self, name):
        formula = FORMULAS[name]
        scope = {
            "formula": kernel(FunctionType(formula.__code__, VECTORS, f"{name}_formula")),
            **{f.__name__: f for f in (_start, get, is_narrow, load, put, quiet, row, stack, store, width)},
        }
        exec(compile(_loop(formula), __file__, "exec"), scope)
        operands = "x" * formula.__code__.co_argcount
        function = self[name] = Function(scope[f"{name}_loop"], f"{operands}->x")
        return function


_FUNCTIONS = _Functions()


@lru_cache(256, typed=True)
def _number(x, letter):
    """A number as an array: making one costs a third of a microsecond. Not for 0.0 and -0.0, which are equal."""
    return np.array(x, letter)


def compute(name, operands, letter, size):
    """Compute a function of arrays of one dtype and of numbers."""
    if not COMPILED:
        return reference(name, *operands)
    function = _FUNCTIONS[name]
    operands = [
        x if type(x) is ndarray else _number(x, letter) if x or type(x) is int else np.array(x, letter)
        for x in operands
    ]
    if size < _LARGE or any(x.ndim and x.shape != operands[0].shape for x in operands):
        return function[letter](*operands, out=...)
    operands = [canonical(x) for x in operands]
    shape = next(x.shape for x in operands if x.ndim)
    y = np.empty(shape, letter)
    flat = (x.reshape(-1) if x.ndim else np.broadcast_to(x, (size,)) for x in operands)
    function.spread((*flat, y.reshape(-1)), (size,), size * _WORK)
    return y
