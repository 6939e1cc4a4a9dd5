"""Elementwise functions on the device: one generated kernel per function, dtypes and number of axes.

Each thread walks the output in steps of the whole grid; an input is read through its own strides, so views and
broadcasts are never copied.
"""

import numpy as np

from ._array import DeviceArray
from ._driver import cuda, kernel

# What a ufunc does to one element, in the words of numba-cuda.
EXPRESSIONS = {
    "add": "a + b", "subtract": "a - b", "multiply": "a * b", "divide": "a / b", "negative": "-a", "positive": "a",
    "square": "a * a", "reciprocal": "1 / a", "equal": "a == b", "not_equal": "a != b", "less": "a < b",
    "less_equal": "a <= b", "greater": "a > b", "greater_equal": "a >= b",
}  # fmt: skip


@kernel
def elements(expression: str, inputs: int, ndim: int):
    """The compiled kernel of an expression in `a` and `b` over arrays of `ndim` axes."""
    names = "yab"[: inputs + 1]
    args = "".join(f", {n}_buffer, {n}_offset, {n}_steps" for n in names)
    lines = [f"def run(n, shape{args}):", "    for k in range(cuda.grid(1), n, cuda.gridsize(1)):", "        rest = k"]
    lines += [f"        {n}_at = {n}_offset" for n in names]
    for axis in reversed(range(ndim)):
        lines += [f"        i = rest % shape[{axis}]", f"        rest //= shape[{axis}]"]
        lines += [f"        {n}_at += i * {n}_steps[{axis}]" for n in names]
    lines += [f"        {n} = {n}_buffer[{n}_at]" for n in names[1:]]
    space: dict = {"cuda": cuda}
    exec("\n".join([*lines, f"        y_buffer[y_at] = {expression}"]), space)
    return space["run"]


def launch(expression: str, y: DeviceArray, inputs: list) -> DeviceArray:
    """Fill `y` from inputs broadcast to its shape."""
    args = [part for x in (y, *inputs) for part in (x.buffer, x.offset, x.steps or (0,))]
    elements(expression, len(inputs), y.ndim).over(y.size, y.size, y.shape or (1,), *args)
    return y


def spread(x, shape: tuple) -> DeviceArray:
    """`x` (an array or a number) as a view of a broadcast shape."""
    if not isinstance(x, DeviceArray):
        x = np.asarray(x)
        if x.ndim:
            raise RuntimeError(
                f"expected all tensors on the same device, got one on cuda and one of shape {x.shape} on the cpu; "
                'move it with `.to("cuda")`'
            )
        x = DeviceArray.from_host(x)
    lead = len(shape) - x.ndim
    steps = [0] * lead + [0 if n == 1 else s for n, s in zip(x.shape, x.steps, strict=True)]
    return x.view(shape, steps)


def apply(ufunc: np.ufunc, inputs: tuple, out: DeviceArray | None) -> DeviceArray:
    """A ufunc on arrays and numbers, by its dtype rules."""
    expression = EXPRESSIONS.get(ufunc.__name__)
    if expression is None:
        raise NotImplementedError(f"[{ufunc.__name__}] has no CUDA kernel yet: move the tensor to the CPU")
    shape = np.broadcast_shapes(*(np.shape(x) if not isinstance(x, DeviceArray) else x.shape for x in inputs))
    kinds = tuple(x.dtype if hasattr(x, "dtype") else type(x) for x in inputs)
    dtype = ufunc.resolve_dtypes((*kinds, None))[-1]
    y = launch(expression, DeviceArray.empty(shape, dtype), [spread(x, shape) for x in inputs])
    return y if out is None else assign(out, y)


def assign(target: DeviceArray, x: DeviceArray) -> DeviceArray:
    """Copy `x`, broadcast, into the memory of `target`."""
    if np.broadcast_shapes(target.shape, np.shape(x)) != target.shape:
        raise ValueError(f"[copy] shape {np.shape(x)} does not broadcast to {target.shape}")
    return launch("a", target, [spread(x, target.shape)])
