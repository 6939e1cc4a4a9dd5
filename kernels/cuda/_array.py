"""An array on the device: a flat buffer seen through a shape, strides and an offset, all counted in elements.

Views (transposes, slices, broadcasts) share the buffer; kernels read them in place. NumPy's ufuncs on such arrays
come here through `__array_ufunc__`, so a primitive whose forward is a ufunc needs nothing more.
"""

from math import prod

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ._memory import new_buffer
from ._transfer import to_device, to_host


def contiguous_strides(shape: tuple) -> tuple:
    """Strides of an array in C order."""
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))


class DeviceArray(NDArrayOperatorsMixin):
    """A strided view of device memory."""

    __slots__ = ("base", "buffer", "dtype", "offset", "shape", "steps")

    def __init__(self, buffer, shape, dtype, steps=None, offset=0, base=None):
        self.buffer, self.shape, self.dtype = buffer, tuple(shape), np.dtype(dtype)
        self.steps = contiguous_strides(self.shape) if steps is None else tuple(steps)
        self.offset, self.base = offset, base

    @classmethod
    def empty(cls, shape, dtype):
        """New memory of undefined values."""
        shape = tuple(shape)
        return cls(new_buffer(prod(shape), dtype), shape, dtype)

    @classmethod
    def from_host(cls, array, wait=True):
        """A copy of a NumPy array on the device; without `wait`, pinned memory is copied while the program goes on."""
        return cls(to_device(array, wait), array.shape, array.dtype)

    def to_host(self, wait=True) -> np.ndarray:
        """The elements as a NumPy array; without `wait`, in pinned memory, complete when the stream is."""
        if not self.size:
            return np.empty(self.shape, self.dtype)
        source = self if self.is_contiguous else self.copy()
        return to_host(source.buffer, source.offset, self.size, wait).reshape(self.shape)

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)
    strides = property(lambda self: tuple(s * self.itemsize for s in self.steps))
    T = property(lambda self: self.transpose())
    mT = property(lambda self: self.transpose((*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)))
    device = property(lambda self: f"cuda:{self.buffer.lease.device}")

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie in C order without gaps."""
        wanted = contiguous_strides(self.shape)
        return all(n <= 1 or s == w for n, s, w in zip(self.shape, self.steps, wanted, strict=True))

    def view(self, shape, steps, offset=0):
        """Another view of the same memory; `offset` counts from this one's first element."""
        root = self if self.base is None else self.base
        return DeviceArray(self.buffer, shape, self.dtype, steps, self.offset + offset, root)

    def reshape(self, *shape):
        """The same elements in another shape: a view if they lie in C order, else a copy."""
        shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if -1 in shape:
            known = prod(n for n in shape if n != -1)
            shape = tuple(self.size // known if n == -1 else n for n in shape)
        if prod(shape) != self.size:
            raise ValueError(f"cannot reshape array of size {self.size} into shape {tuple(shape)}")
        source = self if self.is_contiguous else self.copy()
        return source.view(shape, contiguous_strides(tuple(shape)))

    def transpose(self, *axes):
        """A view with the axes in another order."""
        axes = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        axes = tuple(range(self.ndim))[::-1] if not axes else tuple(a % self.ndim for a in axes)
        return self.view([self.shape[a] for a in axes], [self.steps[a] for a in axes])

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        if ... in index:
            at = index.index(...)
            rest = self.ndim - sum(i is not None and i is not ... for i in index)
            index = (*index[:at], *(slice(None),) * rest, *index[at + 1 :])
        shape, steps, offset, axis = [], [], 0, 0
        for i in index:
            if i is None:
                shape.append(1)
                steps.append(0)
                continue
            if isinstance(i, slice):
                start, stop, step = i.indices(self.shape[axis])
                shape.append(len(range(start, stop, step)))
                steps.append(self.steps[axis] * step)
                offset += start * self.steps[axis] if shape[-1] else 0
            elif isinstance(i, (int, np.integer)):
                if not -self.shape[axis] <= i < self.shape[axis]:
                    raise IndexError(f"index {i} is out of bounds for axis {axis} with size {self.shape[axis]}")
                offset += i % self.shape[axis] * self.steps[axis]
            else:
                raise NotImplementedError("[getitem] index arrays have no CUDA kernel yet: move the tensor to the CPU")
            axis += 1
        return self.view([*shape, *self.shape[axis:]], [*steps, *self.steps[axis:]], offset)

    def __setitem__(self, index, value):
        from ._fuse import assign

        assign(self[index], value)

    def astype(self, dtype, copy=True):
        """The elements in another dtype."""
        from ._fuse import assign

        if not copy and self.dtype == dtype:
            return self
        return assign(DeviceArray.empty(self.shape, dtype), self)

    def copy(self):
        """The elements in new memory, in C order."""
        return self.astype(self.dtype)

    def any(self):
        """Whether some element is not zero."""
        return bool(np.logical_or.reduce(self, axis=None))

    def item(self):
        """The only element, as a Python number."""
        return self.to_host().item()

    def __bool__(self):
        return bool(self.to_host())

    def __array__(self, *args, **kwargs):
        raise TypeError("a device array is not copied to the host silently: use .cpu()")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        from . import _fuse, reduce

        if method == "reduce":
            return reduce.reduce(ufunc, *inputs, out=out, **options)
        if method != "__call__" or options:
            raise NotImplementedError(f"[{ufunc.__name__}] `{method}` with {options} has no CUDA kernel")
        y = _fuse.compute(ufunc, *inputs)
        if out is None or out[0] is ...:
            return y
        return _fuse.assign(out[0], y) if ufunc.nout == 1 else tuple(map(_fuse.assign, out, y))
