"""A formula of NumPy, read as the text of a kernel for one element.

The formula is called once with a `Value` in the place of each array. Every NumPy function on a Value writes one line,

    v3 = v1 * v2

into a `Program`, by NumPy's rules of dtypes, and answers with a new Value. A Python number becomes part of the text; a
number with a dtype, or one marked as `Number`, becomes a parameter of the kernel, so that another learning rate needs
no other kernel. float16 is computed in float32.
"""

from contextlib import contextmanager

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .._backend import register
from ._functions import expression, formula


class Number(float):
    """A float that is a parameter wherever a formula meets it."""


class Count(int):
    """An int that is a parameter wherever a formula meets it."""


def kernel_type(dtype: np.dtype) -> str:
    """The name of a dtype in kernels."""
    if dtype.kind == "b":
        return "boolean"
    return "float32" if dtype == np.float16 else dtype.name


def literal(number, dtype) -> str:
    """A number in the text of a kernel."""
    dtype = np.dtype(dtype)
    number = dtype.type(number).item()
    if dtype.kind == "b":
        return str(bool(number))
    if dtype.kind == "c":
        return f"{dtype.name}(complex({number.real!r}, {number.imag!r}))"
    return f"{kernel_type(dtype)}({number!r})"


class Program:
    """Lines in the making, the parameters they need, and what is known already."""

    def __init__(self):
        self.lines, self.parameters, self.known, self.marked = [], [], {}, {}
        self.depth = self.count = 0

    def new(self) -> str:
        """A name that is free."""
        self.count += 1
        return f"v{self.count}"

    def write(self, line: str):
        """Append a line at the current depth."""
        self.lines.append("    " * self.depth + line)

    def value(self, text: str, dtype) -> "Value":
        """The Value of an expression, written once."""
        dtype = np.dtype(dtype)
        name = self.known.get((text, dtype))
        if name is None:
            name = self.known[text, dtype] = self.new()
            self.write(f"{name} = {text}")
        return Value(self, name, dtype)

    def constant(self, number, dtype) -> "Value":
        """A number of the text."""
        return self.value(literal(number, dtype), dtype)

    def parameter(self, number: np.generic) -> "Value":
        """A number that the kernel is given when it starts."""
        self.parameters.append(number)
        return Value(self, f"p{len(self.parameters) - 1}", number.dtype)

    def cast(self, value, dtype) -> "Value":
        """`value`, a Value or a number, in a dtype."""
        dtype = np.dtype(dtype)
        if isinstance(value, (Number, Count)):
            key = (id(value), dtype)
            if key not in self.marked:
                self.marked[key] = value, self.parameter(dtype.type(value))
            return self.marked[key][1]
        if isinstance(value, (np.generic, np.ndarray)):
            return self.parameter(dtype.type(np.asarray(value).item()))
        if not isinstance(value, Value):
            return self.constant(value, dtype)
        if value.dtype == dtype:
            return value
        kind = kernel_type(dtype)
        if dtype.kind == "b":
            return self.value(f"{value.name} != {kernel_type(value.dtype)}(0)", dtype)
        if value.dtype.kind == "c" and dtype.kind != "c":
            return self.cast(value.real, dtype)
        if kind == kernel_type(value.dtype):
            return Value(self, value.name, dtype)
        return self.value(f"{kind}({value.name})", dtype)

    @contextmanager
    def block(self, head: str):
        """Lines below a head such as an `if`; what they find out is not known behind them."""
        known = dict(self.known)
        self.write(head)
        self.depth += 1
        yield
        self.depth -= 1
        self.known = known


class Value(NDArrayOperatorsMixin):
    """One number of a kernel: its name, its dtype, and the program it belongs to."""

    __slots__ = ("dtype", "name", "program")
    shape, ndim, size = (), 0, 1

    def __init__(self, program, name, dtype):
        self.program, self.name, self.dtype = program, name, np.dtype(dtype)

    def astype(self, dtype, copy=True):
        """The number in another dtype."""
        if np.dtype(dtype) == np.float16 and self.dtype != np.float16:
            rounded = self.program.cast(self, np.float32)
            return self.program.value(f"float32(float16({rounded.name}))", dtype)
        return self.program.cast(self, dtype)

    @property
    def real(self):
        """The real part."""
        return self if self.dtype.kind != "c" else self.program.value(f"{self.name}.real", self._part)

    @property
    def imag(self):
        """The imaginary part."""
        return self * 0 if self.dtype.kind != "c" else self.program.value(f"{self.name}.imag", self._part)

    _part = property(lambda self: np.float32 if self.dtype == np.complex64 else np.float64)

    def joined(self, real, imag):
        """A complex number of its parts."""
        dtype = np.result_type(real.dtype, np.complex64)
        return self.program.value(f"{dtype.name}(complex({real.name}, {imag.name}))", dtype)

    def conjugate(self):
        """The conjugate."""
        return np.conjugate(self)

    def view(self, dtype):
        """The bits of a float32 as an int32, or the reverse."""
        return self.program.value(f"bits_as_{np.dtype(dtype).name}({self.name})", dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options:
            return NotImplemented
        if out is not None and out[0] is not ... and out[0] is not inputs[0]:
            return NotImplemented  # a name cannot be written through
        return call(self.program, ufunc, inputs)

    def __array_function__(self, function, types, args, kwargs):
        ours = _FUNCTIONS.get(function)
        return NotImplemented if ours is None else ours(self.program, *args, **kwargs)

    def piecewise(self, arrays, pieces):
        """`ref._pieces.piecewise`: a branch for each piece, of which those run that hold."""
        program, y = self.program, None
        for condition, function in pieces:
            if y is None:
                y = program.new()
                program.write(f"{y} = float64(nan)")
            with program.block(f"if {program.cast(condition, bool).name}:"):
                value = function(*arrays) if callable(function) else function
                program.write(f"{y} = {program.cast(value, np.float64).name}")
        return Value(program, y, np.float64)

    def iterate(self, step, state, unfinished, limit):
        """`ref._pieces.iterate`: a loop."""
        program = self.program
        names = [program.new() for _ in state]
        for name, value in zip(names, state, strict=True):
            program.write(f"{name} = {program.cast(value, np.float64).name}")
        counter = program.new()
        with program.block(f"for {counter} in range({limit}):"):
            state = [Value(program, name, np.float64) for name in names]
            program.write(f"if not ({unfinished(*state).name}):")
            program.write("    break")
            results = step(program.cast(Value(program, counter, np.int64), np.float64), *state)
            results = [program.cast(r, np.float64).name for r in results]
            # kept apart first: a result may be the old value of another
            kept = [program.new() for _ in results]
            for name, result in zip(kept, results, strict=True):
                program.write(f"{name} = {result}")
            for name, result in zip(names, kept, strict=True):
                program.write(f"{name} = {result}")
        return [Value(program, name, np.float64) for name in names]


register(Value, __package__.removesuffix(".cuda") + ".ref")


def call(program: Program, ufunc: np.ufunc, inputs):
    """Write a ufunc of Values and numbers."""
    kinds = [_kind(x) for x in inputs]
    dtypes = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    name = {"fabs": "absolute", "conj": "conjugate"}.get(ufunc.__name__, ufunc.__name__)
    operands = [program.cast(x, d) for x, d in zip(inputs, dtypes, strict=False)]
    loop = dtypes[0]
    if (make := formula(name, loop)) is not None:
        values = make(*operands)
        values = values if isinstance(values, tuple) else (values,)
        values = tuple(program.cast(v, d) for v, d in zip(values, dtypes[ufunc.nin :], strict=True))
        return values if ufunc.nout > 1 else values[0]
    text = expression(name, loop) if ufunc.nout == 1 else None
    if text is None:
        raise NotImplementedError(f"[{ufunc.__name__}] has no CUDA kernel for {loop}: move the tensor to the CPU")
    text = text.format(*(v.name for v in operands), t=kernel_type(loop))
    result = dtypes[-1]
    if result.kind in "iu":  # Numba's integers are 64 bits wide
        text = f"{result.name}({text})"
    return program.value(text, result)


def _kind(x):
    if isinstance(x, (Number, Count)):
        return float if isinstance(x, Number) else int
    if isinstance(x, bool):
        return np.dtype(bool)
    return x.dtype if hasattr(x, "dtype") else type(x)


def _where(program, condition, a, b):
    dtype = np.result_type(*(_weak(x) for x in (a, b)))
    condition = program.cast(condition, bool)
    a, b = program.cast(a, dtype), program.cast(b, dtype)
    return program.value(f"{a.name} if {condition.name} else {b.name}", dtype)


def _weak(x):
    """What `result_type` takes for x."""
    if isinstance(x, (Number, Count)):
        return float(x) if isinstance(x, Number) else int(x)
    return x.dtype if isinstance(x, Value) else x


def _clip(program, x, low=None, high=None):
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


_FUNCTIONS = {
    np.where: _where,
    np.clip: _clip,
    np.full_like: lambda program, x, fill: program.cast(fill, x.dtype),
    np.ones_like: lambda program, x: program.constant(1, x.dtype),
    np.zeros_like: lambda program, x: program.constant(0, x.dtype),
    np.result_type: lambda program, *xs: np.result_type(*(_weak(x) for x in xs)),
    np.real: lambda program, x: x.real,
    np.imag: lambda program, x: x.imag,
}
