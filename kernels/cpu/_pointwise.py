"""The formulas of `ref.pointwise`, read with vectors in the place of arrays: a loop each, compiled when asked for."""

import math
from types import FunctionType

import numpy as np

from ..ref.pointwise import FORMULAS
from ..ref.pointwise import pointwise as reference
from . import _functions
from ._lanes import absolute, is_narrow, larger, load, select, smaller, sqrt, store, width
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
    "log1p_exp": _log1p_exp,
    "maximum": larger,
    "minimum": smaller,
    "np": np,
    "sigmoid": _functions.sigmoid,
    "sqrt": sqrt,
    "where": select,
    "_LN2": math.log(2),
    "_SIXTH": 1 / 6,
}

# A closure over the formula would never be found in the disk cache: so the loop is text, the formula its global.
_LOOP = """
def {name}(args, dims, steps, kind):
    n, size = dims[0], 4 if is_narrow(kind) else 8
    {numbers}
    if {dense}:
        for i in range(0, n, width(kind)):
            store(formula({loads}), row(kind, args, steps, {count}, 0), i, n)
    else:
        for i in range(0, n, width(kind)):
            put(formula({gets}), args, steps, {count}, i, n)
    quiet()
"""


def _loop(formula):
    """The text of the loop of a formula: numbers are read once, arrays that lie densely without looking at steps."""
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    numbers, count = formula.__annotations__, len(names)
    read = "get(kind, args, steps, {}, {}, n)"
    dense = "load(row(kind, args, steps, {}, 0), i, n, 1.0)"
    arrays = [k for k, name in enumerate(names) if name not in numbers]
    return _LOOP.format(
        name=f"{formula.__name__}_loop",
        numbers="; ".join(f"v{k} = {read.format(k, 0)}" for k in range(count) if k not in arrays) or "pass",
        dense=" and ".join(f"steps[{k}] == size" for k in (*arrays, count)),
        loads=", ".join(dense.format(k) if k in arrays else f"v{k}" for k in range(count)),
        gets=", ".join(read.format(k, "i") if k in arrays else f"v{k}" for k in range(count)),
        count=count,
    )


class _Functions(dict):
    def __missing__(self, name):
        formula = FORMULAS[name]
        scope = {
            "formula": kernel(FunctionType(formula.__code__, VECTORS, f"{name}_formula")),
            **{f.__name__: f for f in (get, is_narrow, load, put, quiet, row, store, width)},
        }
        exec(compile(_loop(formula), __file__, "exec"), scope)
        operands = "x" * formula.__code__.co_argcount
        function = self[name] = Function(scope[f"{name}_loop"], f"{operands}->x")
        return function


_FUNCTIONS = _Functions()


def compute(name, operands, letter, size):
    """Compute a function of arrays of one dtype and of numbers."""
    if not COMPILED:
        return reference(name, *operands)
    function = _FUNCTIONS[name]
    operands = [x if type(x) is np.ndarray else np.array(x, letter) for x in operands]
    if size < _LARGE or any(x.ndim and x.shape != operands[0].shape for x in operands):
        return function[letter](*operands)
    operands = [canonical(x) for x in operands]
    shape = next(x.shape for x in operands if x.ndim)
    y = np.empty(shape, letter)
    flat = (x.reshape(-1) if x.ndim else np.broadcast_to(x, (size,)) for x in operands)
    function.spread((*flat, y.reshape(-1)), (size,), size * _WORK)
    return y
