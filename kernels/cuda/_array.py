"""An array on the device: a flat buffer seen through a shape, strides and an offset, all counted in elements.

Views (transposes, slices, broadcasts) share the buffer; kernels read them in place. NumPy's ufuncs on such arrays
come here through `__array_ufunc__`, so a primitive whose forward is a ufunc needs nothing more.
"""

from math import prod

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from . import _dlpack, _interface
from ._flags import Flags
from ._home import common_device, on_own_device
from ._memory import new_buffer, retyped
from ._transfer import to_device, to_host


def contiguous_strides(shape: tuple) -> tuple:
    """Strides of an array in C order."""
    return tuple(prod(shape[i + 1 :]) for i in range(len(shape)))


class DeviceArray(NDArrayOperatorsMixin):
    """A strided view of device memory."""

    __slots__ = ("__weakref__", "base", "buffer", "dtype", "offset", "shape", "steps", "writeable")

    def __init__(self, buffer, shape, dtype, steps=None, offset=0, base=None, writeable=True):
        self.buffer, self.shape, self.dtype = buffer, tuple(shape), np.dtype(dtype)
        self.steps = contiguous_strides(self.shape) if steps is None else tuple(steps)
        self.offset, self.base, self.writeable = offset, base, writeable

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
    number = property(lambda self: self.buffer.lease.device)  # of its device
    device = property(lambda self: f"cuda:{self.number}")

    flags = property(Flags)
    is_contiguous = property(lambda self: self.flags.c_contiguous)

    @property
    def real(self):
        """The real part, as a view."""
        return self if self.dtype.kind != "c" else self.halves()[..., 0]

    @property
    def imag(self):
        """The imaginary part: a view, zeros of real numbers."""
        if self.dtype.kind == "c":
            return self.halves()[..., 1]
        from .creation import zeros

        return zeros(self.shape, self.dtype)

    def view(self, shape, steps, offset=0):
        """Another view of the same memory; `offset` counts from this one's first element."""
        return DeviceArray(
            self.buffer, shape, self.dtype, steps, self.offset + offset, self._root(), writeable=self.writeable
        )

    def halves(self):
        """Complex numbers as pairs of real ones, along a last axis: a view."""
        part = np.dtype(np.float32 if self.dtype == np.complex64 else np.float64)
        steps = (*(2 * s for s in self.steps), 1)
        return self.read_as(part, (*self.shape, 2), steps, 2 * self.offset)

    def read_as(self, dtype, shape, steps, offset):
        """A view of the same memory as numbers of another dtype, in whose size steps and offset are counted."""
        buffer = retyped(self.buffer, dtype)
        return DeviceArray(buffer, shape, dtype, steps, offset, self._root(), writeable=self.writeable)

    def bounds(self) -> tuple[int, int]:
        """First and one-past-last byte that the elements reach, as addresses of the device; (0, 0) of none."""
        if not self.size:
            return 0, 0
        first = _interface.buffer_address(self.buffer)
        reach = [s * (n - 1) for n, s in zip(self.shape, self.steps, strict=True)]
        low = self.offset + sum(min(r, 0) for r in reach)
        high = self.offset + sum(max(r, 0) for r in reach) + 1
        return first + low * self.itemsize, first + high * self.itemsize

    def _root(self):
        return self if self.base is None else self.base

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
        from .indexing import take

        return take(self, index)

    @on_own_device
    def __setitem__(self, index, value):
        from .indexing import write

        write(self, value, index)

    @on_own_device
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

    def tobytes(self) -> bytes:
        """The elements as bytes, on the host."""
        return self.to_host().tobytes()

    @property
    def __cuda_array_interface__(self) -> dict:
        return _interface.interface(self)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self.number

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        return _dlpack.to_capsule(self.copy() if copy else self, stream, max_version)

    def __array__(self, *args, **kwargs):
        raise TypeError(
            f"a device array (shape {self.shape}, on {self.device}) is not copied to the host silently: use .cpu(), or "
            "move what it is used with to that device"
        )

    def __array_function__(self, function, types, args, kwargs):
        if function not in _ANSWERS:
            raise TypeError(f"numpy.{function.__name__} cannot read a device array: use .cpu()")
        return _ANSWERS[function](*args, **kwargs)

    @on_own_device
    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        from . import _fuse, reduce

        common_device(inputs, ufunc.__name__)
        if method == "reduce":
            return reduce.reduce(ufunc, *inputs, out=out, **options)
        if method == "accumulate":
            return reduce.accumulate(ufunc, *inputs, out=out, **options)
        if method != "__call__" or options:
            raise NotImplementedError(f"[{ufunc.__name__}] `{method}` with {options} has no CUDA kernel")
        return _fuse.compute(ufunc, *inputs, out=None if out is None or out[0] is ... else out)


def overlap(a, b) -> bool:
    """Whether two arrays may have memory in common: the answer is no if one ends before the other begins."""
    if not (isinstance(a, DeviceArray) and isinstance(b, DeviceArray)):
        return False
    (low, high), (first, last) = a.bounds(), b.bounds()
    return low < last and first < high


_ANSWERS = {  # NumPy's questions that need no elements
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
    np.result_type: lambda *xs: np.result_type(*(x.dtype if isinstance(x, DeviceArray) else x for x in xs)),
    np.may_share_memory: overlap,
}
