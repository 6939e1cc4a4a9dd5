"""Sums on the device: one thread adds up one output in order, so results never depend on the launch."""

from math import prod

from ._array import DeviceArray
from ._driver import cuda, kernel

__all__ = ["sum"]


@kernel
def summing(ndim: int, reduced: int):
    """The kernel that sums over the last `reduced` of `ndim` axes."""
    kept = ndim - reduced
    lines = ["def run(y, n, m, shape, x, offset, steps):", "    for k in range(cuda.grid(1), n, cuda.gridsize(1)):"]
    lines += ["        rest = k", "        start = offset"]
    for axis in reversed(range(kept)):
        lines += [f"        start += rest % shape[{axis}] * steps[{axis}]", f"        rest //= shape[{axis}]"]
    lines += ["        total = y[k]", "        for j in range(m):", "            rest = j", "            at = start"]
    for axis in reversed(range(kept, ndim)):
        lines += [f"            at += rest % shape[{axis}] * steps[{axis}]", f"            rest //= shape[{axis}]"]
    space: dict = {"cuda": cuda}
    exec("\n".join([*lines, "            total += x[at]", "        y[k] = total"]), space)
    return space["run"]


def sum(x, axis, keepdims):
    """Sum."""
    from .creation import zeros

    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = tuple(sorted(a % x.ndim for a in axes))
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    turned = x.transpose((*kept, *axes)) if x.ndim else x
    shape = tuple(x.shape[a] for a in kept)
    y, n, m = zeros(shape, x.dtype), prod(shape), prod(x.shape[a] for a in axes)
    if n and m:
        summing(x.ndim, len(axes)).over(
            n, y.buffer, n, m, turned.shape or (1,), turned.buffer, turned.offset, turned.steps or (0,)
        )
    return y.reshape(tuple(1 if a in axes else k for a, k in enumerate(x.shape))) if keepdims else y


def fold(ufunc, x: DeviceArray, *, axis=0, keepdims=False, **options) -> DeviceArray:
    """`ufunc.reduce`: what NumPy calls a sum."""
    if ufunc.__name__ != "add" or options:
        raise NotImplementedError(f"[{ufunc.__name__}.reduce] with {options} has no CUDA kernel yet")
    return sum(x, axis, keepdims)
