"""One kernel for a whole formula of elements.

`fused(f)` makes a function of device arrays of a NumPy formula `f`: the formula is traced (`_trace`) for the dtypes it
is called with, and the text compiled for the number of axes that are left when those that lie in step are made one.
Each thread walks the output in steps of the whole grid, so that neighbours read neighbours; every operand is read
through its own steps, so views and broadcasts are never copied.
"""

import inspect
from functools import lru_cache, wraps
from math import prod

import numpy as np

from ._array import DeviceArray, overlap
from ._driver import kernel
from ._functions import NAMES
from ._home import different_devices
from ._trace import Count, Number, Program, Value, kernel_type


@kernel
def elements(text: str, outputs: int, inputs: int, parameters: int, ndim: int, short: bool):
    """The kernel that runs `text` for each element: it reads x0, x1, …, p0, p1, … and writes y0, y1, ….

    Places are unsigned, or Numba would look for negative ones at each access; quotients of 32 bits, where the elements
    are less than 2³¹, cost a fifth of those of 64.
    """
    number = "uint32" if short else "int64"
    arrays = [*(f"y{k}" for k in range(outputs)), *(f"x{k}" for k in range(inputs))]
    args = "".join(f", {a}_buffer, {a}_offset, {a}_steps" for a in arrays)
    args += "".join(f", p{k}" for k in range(parameters))
    lines = [f"def run(n, shape{args}):", "    for k in range(cuda.grid(1), n, cuda.gridsize(1)):"]
    lines += [f"        rest = {number}(k)"]
    places = {a: [f"{a}_offset"] for a in arrays}
    for axis in reversed(range(ndim)):
        if axis:
            lines.append(f"        length = {number}(shape[{axis}])")
            lines.append(f"        i{axis} = int64(rest % length)")
            lines.append(f"        rest = {number}(rest // length)")
        else:
            lines.append("        i0 = int64(rest)")
        for a in arrays:
            places[a].append(f"i{axis} * {a}_steps[{axis}]")
    lines += [f"        {a}_at = uint64({' + '.join(terms)})" for a, terms in places.items()]
    lines += [" " * 8 + line for line in text.splitlines()]
    space = dict(NAMES)
    exec("\n".join(lines), space)
    return space["run"]


class Setting:
    """An argument that is no array, to be looked up by its type and text: 1 is not 1.0, nor 0.0 the same as -0.0."""

    __slots__ = ("key", "value")

    def __init__(self, value):
        self.value, self.key = value, (type(value), repr(value))

    def __eq__(self, other):
        return isinstance(other, Setting) and self.key == other.key

    def __hash__(self):
        return hash(self.key)


@lru_cache(4096)
def trace(function, arguments):
    """`(text, parameters, dtypes of the outputs)` of a formula; an argument is a `Setting` or the dtype of an array."""
    program, values, k = Program(), [], 0
    for argument in arguments:
        if isinstance(argument, np.dtype):
            dtype = argument
            kind = kernel_type(dtype)
            at = f"x{k}_buffer[x{k}_at]"
            values.append(program.value(f"{kind}({at})" if kind not in (dtype.name, "boolean") else at, dtype))
            k += 1
        else:
            values.append(_operand(function, argument.value))
    results = function(*values)
    results = results if isinstance(results, tuple) else (results,)
    written = [r for r in results if r is not None]
    written = [r if isinstance(r, Value) else program.cast(r, np.result_type(r)) for r in written]
    for k, value in enumerate(written):
        name = f"float16({value.name})" if value.dtype == np.float16 else value.name
        program.write(f"y{k}_buffer[y{k}_at] = {name}")
    return "\n".join(program.lines), tuple(program.parameters), tuple(v.dtype for v in written)


def compute(function, *args, out=None):
    """Call a formula on device arrays, NumPy scalars and plain settings.

    Parameters
    ----------
    function : callable
        Pure, of NumPy's functions of elements.
    *args
        Arrays, broadcast against each other; floats become parameters; anything else must be hashable and is seen by
        the formula as it is.
    out : tuple of DeviceArray, optional
        Where the results go, by way of new arrays if they cannot be written while the inputs are read.

    Returns
    -------
    DeviceArray or tuple of them
    """
    arrays = [a for a in args if isinstance(a, DeviceArray)]
    op = function.__name__ if isinstance(function, np.ufunc) else ""
    described = tuple(a.dtype if isinstance(a, DeviceArray) else Setting(_plain(a, arrays[0], op)) for a in args)
    text, parameters, dtypes = trace(function, described)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    if out is None:
        ys = [DeviceArray.empty(shape, d) for d in dtypes]
    elif all(_takes(y, shape, d, arrays) for y, d in zip(out, dtypes, strict=True)):
        ys = out
    else:
        ys = compute(function, *args)
        ys = [assign(y, x) for y, x in zip(out, ys if len(out) > 1 else [ys], strict=True)]
        return tuple(ys) if len(ys) > 1 else ys[0]
    run(text, ys, arrays, parameters, shape)
    return tuple(ys) if len(ys) > 1 else ys[0]


def _takes(y: DeviceArray, shape: tuple, dtype, inputs) -> bool:
    """Whether results can be written into `y` at once: no thread may write what another one still reads."""
    if y.shape != shape or y.dtype != dtype:
        return False
    place = y.dtype, y.offset, y.shape, y.steps
    return all((x.dtype, x.offset, x.shape, x.steps) == place or not overlap(x, y) for x in inputs)


def fused(function):
    """A function of device arrays, in one kernel, of a formula of NumPy's; its arguments may be named."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args, **settings):
        if settings or len(args) < len(signature.parameters):
            bound = signature.bind(*args, **settings)
            bound.apply_defaults()
            args = bound.args
        return compute(function, *args)

    return call


def run(text: str, ys, xs, parameters: tuple, shape: tuple):
    """Start the kernel of a text: xs are broadcast to the shape of the ys."""
    arrays = (*ys, *xs)
    n, shape, steps = _walk(shape, tuple([(a.shape, a.steps) for a in arrays]))
    parts = [p for a, s in zip(arrays, steps, strict=True) for p in (a.buffer, a.offset, s)]
    short = n < 1 << 31
    elements(text, len(ys), len(xs), len(parameters), len(shape), short).over(n, n, shape, *parts, *parameters)


@lru_cache(4096)
def _walk(shape: tuple, layouts: tuple):
    """Number of elements, shape and steps of a walk through arrays of these shapes and steps, broadcast to `shape`."""
    return prod(shape), *collapsed(shape, [_spread_steps(own, steps, shape) for own, steps in layouts])


def collapsed(shape: tuple, steps: list):
    """The same walk with fewer axes: those of length 1 go, and neighbours that lie in step everywhere become one."""
    axes: list = []
    for i, n in enumerate(shape):
        if n == 1:
            continue
        here = [s[i] for s in steps]
        if axes and all(before == s * n for before, s in zip(axes[-1][1], here, strict=True)):
            axes[-1] = (axes[-1][0] * n, here)
        else:
            axes.append((n, here))
    axes = axes or [(1, [0] * len(steps))]
    return tuple(n for n, _ in axes), [tuple(s[k] for _, s in axes) for k in range(len(steps))]


def _spread_steps(own: tuple, steps: tuple, shape: tuple) -> list[int]:
    return [0] * (len(shape) - len(own)) + [0 if n == 1 else s for n, s in zip(own, steps, strict=True)]


def _operand(function, value):
    """Numbers as parameters; the ints among the arguments of a formula, unlike those of a ufunc, are its settings."""
    if type(value) is int and isinstance(function, np.ufunc):
        return Count(value)
    return Number(value) if type(value) is float else value


def assign(target: DeviceArray, x) -> DeviceArray:
    """Copy `x`, broadcast, into the memory of `target`; by way of new memory if that is read and written at once."""
    if np.broadcast_shapes(target.shape, np.shape(x)) != target.shape:
        raise ValueError(f"[copy] shape {np.shape(x)} does not broadcast to {target.shape}")
    if not isinstance(x, DeviceArray):
        x = DeviceArray.from_host(np.asarray(_plain(np.asarray(x), target, "copy")))
    elif not _takes(target, target.shape, target.dtype, (x,)):
        x = x.copy()
    text, parameters, _ = trace(_cast, (x.dtype, Setting(target.dtype)))
    run(text, (target,), (x,), parameters, target.shape)
    return target


def _cast(x, dtype):
    return x.astype(dtype)


def spread(x: DeviceArray, shape: tuple) -> DeviceArray:
    """`x` as a view of a broadcast shape."""
    return x.view(shape, _spread_steps(x.shape, x.steps, shape))


def _plain(argument, beside: DeviceArray, op: str):
    """NumPy's numbers and 0-d arrays in a form that can be looked up; the rest as it is."""
    if isinstance(argument, np.ndarray):
        if argument.ndim:
            raise different_devices(beside, argument, op)
        return argument[()]
    return argument
