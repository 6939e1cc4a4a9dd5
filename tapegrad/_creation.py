"""Factories: tensors from data, filled, counted. Randomness is in `_random.py`."""

from numbers import Number

import numpy as np

from . import kernels
from ._device import device_of, home, place
from ._dtypes import as_dtype, category, complex_of, get_default_dtype, int64, result_dtype, scalar_dtype
from ._tape import Exposed, Leaf, Tensor, plain


def finish(array, requires_grad: bool = False, device=None) -> Tensor:
    """Wrap a fresh array, on the device asked for; a leaf if gradients are asked for."""
    t = plain(place(array, device))
    if requires_grad:
        check_trackable(t._dtype)
        t._node = Leaf(t)
    return t


def check_trackable(dtype: np.dtype) -> None:
    """Raise unless tensors of this dtype can require gradients."""
    if dtype.kind not in "fc":
        raise RuntimeError(
            "[requires_grad] only Tensors of floating point and complex dtype can require gradients, this one is "
            f"{dtype}. Convert it first: `.float()`, or `dtype=float32`"
        )


def tensor(data, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of a copy of `data`.

    Parameters
    ----------
    data : nested sequence, scalar, array or Tensor
        Python floats take the default dtype, ints int64; NumPy arrays keep their dtype.
    dtype : dtype, optional
    device : device, optional
    requires_grad : bool

    Raises
    ------
    TypeError
        If the data is not numeric.
    RuntimeError
        If `requires_grad` is asked of a dtype without gradients.

    Examples
    --------
    >>> import tapegrad as tg
    >>> tg.tensor([[1, 2], [3, 4]], dtype=tg.float32)
    tensor([[1., 2.],
            [3., 4.]])
    """
    return finish(as_array(data, dtype), requires_grad, device)


def as_array(data, dtype=None) -> np.ndarray:
    """A fresh, native array of what a user calls data."""
    if isinstance(data, Tensor):
        data = data._array
    if hasattr(data, "__cuda_array_interface__"):
        data = kernels.cuda_devices().from_interface(data)
        return data.astype(data.dtype if dtype is None else as_dtype(dtype))
    own = isinstance(data, (np.ndarray, np.generic))
    if not own:
        data = _unwrapped(data)
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"[tensor] `data` is ragged: {error}") from None
    if dtype is not None:
        return array.astype(as_dtype(dtype), copy=False)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"[tensor] `data` of type {array.dtype} is given; numbers or booleans are wanted")
    if not own and not _has_numpy(data):
        if array.dtype.kind == "f" or array.size == 0:
            return array.astype(get_default_dtype(), copy=False)
        if array.dtype.kind == "c":
            return array.astype(complex_of(get_default_dtype()), copy=False)
    return array.astype(as_dtype(array.dtype), copy=False)  # to native byte order; no long double


def _unwrapped(data):
    """Nested sequences with the Tensors in them replaced by their arrays; numbers on a device, by the numbers."""
    if isinstance(data, Tensor):
        return data._array if data._shape or type(data._array) is np.ndarray else data._array.item()
    if isinstance(data, (list, tuple)):
        return [_unwrapped(item) for item in data]
    return data


def _has_numpy(data) -> bool:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))


def as_tensor(data, *, dtype=None, device=None) -> Tensor:
    """A tensor of `data`, sharing memory with a Tensor or an array of the right dtype.

    Other libraries' device arrays are taken by their `__cuda_array_interface__`, and held as long as the tensor is.
    """
    if isinstance(data, Tensor):
        return data.to(device, dtype)
    if hasattr(data, "__cuda_array_interface__"):
        return shared(kernels.cuda_devices().from_interface(data)).to(device, dtype)
    if isinstance(data, np.ndarray) and data.dtype.isnative and (dtype is None or data.dtype == as_dtype(dtype)):
        return from_numpy(data).to(device)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(array: np.ndarray) -> Tensor:
    """Make a tensor that shares memory with `array`.

    Any strides and read-only arrays are taken. Because NumPy code can reach this memory, operations that save the
    tensor for the backward pass save a copy.

    Raises
    ------
    TypeError
        If `array` is no ndarray.
    ValueError
        If tensors do not have its dtype or byte order.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"[from_numpy] `array` must be a numpy.ndarray, got {type(array).__name__}")
    if array.dtype.kind not in "biufc" or array.dtype != np.dtype(array.dtype.type) or array.dtype.char in "gG":
        raise ValueError(
            f"[from_numpy] `array` has dtype {array.dtype!r}; convert it first to a boolean, integer, floating or "
            "complex dtype in native byte order"
        )
    return shared(array.view(np.ndarray))


def shared(array) -> Tensor:
    """A tensor whose memory others reach, too."""
    t = plain(array)
    t._exposed, t._generation, t._node = True, 0, Exposed()
    return t


def variable(data, requires_grad: bool = True) -> Tensor:
    """Make a tracked tensor of a copy of `data`; integers are promoted to the default dtype."""
    array = as_array(data)
    if category(array.dtype) < 2:
        array = array.astype(get_default_dtype())
    return finish(array, requires_grad)


def shape_of(op: str, sizes: tuple, size=None) -> tuple[int, ...]:
    """The shape in `f(2, 3)`, `f((2, 3))` or `f(size=(2, 3))`."""
    if size is not None:
        if sizes:
            raise TypeError(f"[{op}] `size` (={size}) must be given once, not after {sizes}")
        sizes = (size,)
    try:
        if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer)):
            sizes = tuple(sizes[0]) if not (isinstance(sizes[0], Tensor) and sizes[0].ndim == 0) else sizes
        shape = tuple(n.__index__() for n in sizes)
    except (AttributeError, TypeError):
        raise TypeError(f"[{op}] `size` (={sizes}) must be ints") from None
    if any(n < 0 for n in shape):
        raise RuntimeError(f"[{op}] `size` (={shape}) must not be negative")
    return shape


def _filled(op: str, value):
    def factory(*sizes, size=None, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
        dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
        return finish(kernels.full(shape_of(op, sizes, size), value, dtype, like=home(device)), requires_grad)

    def factory_like(input, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
        array = input._array if isinstance(input, Tensor) else input
        dtype = array.dtype if dtype is None else as_dtype(dtype)
        like = array if device is None else home(device)
        return finish(kernels.full(array.shape, value, dtype, like=like), requires_grad)

    words = {"zeros": "zeros", "ones": "ones", "empty": "zeros (memory is always initialised)"}[op]
    factory.__name__ = factory.__qualname__ = op
    factory.__doc__ = f"Make a tensor of {words}, of sizes `*sizes` (or one tuple), in the default dtype."
    factory_like.__name__ = factory_like.__qualname__ = f"{op}_like"
    factory_like.__doc__ = f"Make a tensor of {words} with the shape and dtype of `input`."
    return factory, factory_like


zeros, zeros_like = _filled("zeros", 0)
ones, ones_like = _filled("ones", 1)
empty, empty_like = _filled("empty", 0)


def full(size, fill_value, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of one value; its dtype is that of the value."""
    value = fill_value.item() if isinstance(fill_value, (Tensor, np.generic, np.ndarray)) else fill_value
    if not isinstance(value, Number):
        raise TypeError(f"[full] `fill_value` (={value!r}) must be a number")
    dtype = scalar_dtype(value) if dtype is None else as_dtype(dtype)
    return finish(kernels.full(shape_of("full", (size,)), value, dtype, like=home(device)), requires_grad)


def _device_like(x, device):
    """The device asked for, else that of `x`."""
    return device_of(x._array if isinstance(x, Tensor) else x) if device is None else device


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of one value with the shape and dtype of `input`."""
    dtype, device = input.dtype if dtype is None else dtype, _device_like(input, device)
    return full(input.shape, fill_value, dtype=dtype, device=device, requires_grad=requires_grad)


def arange(start, end=None, step=1, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Count `start, start + step, …` up to but without `end`; ``arange(n)`` counts from 0.

    The dtype is int64 if all are ints, else the default dtype.

    Raises
    ------
    ValueError
        If `step` is 0 or leads away from `end` (NumPy counts nothing then), or a bound is not finite.
    """
    if end is None:
        start, end = 0, start
    values = [v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end, step)]
    low, high, by = values
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"[arange] `start` (={low}) and `end` (={high}) must be finite")
    if not by or (high - low) * by < 0:
        raise ValueError(f"[arange] `step` (={by}) must lead from `start` (={low}) to `end` (={high})")
    if dtype is None:
        dtype = int64 if all(isinstance(v, int) for v in values) else get_default_dtype()
    return finish(kernels.arange(low, high, by, as_dtype(dtype), like=home(device)), requires_grad)


def linspace(start, end, steps: int, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Divide the interval from `start` to `end`, both included, into `steps` points."""
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    start, end, steps = _points("linspace", start, end, steps)
    return finish(kernels.linspace(start, end, steps, dtype, like=home(device)), requires_grad)


def _points(op: str, start, end, steps) -> tuple:
    """Two numbers and how many points to make between them."""
    for name, v in (("start", start), ("end", end)):
        if getattr(v, "shape", ()):
            raise RuntimeError(f"[{op}] `{name}` (shape {tuple(v.shape)}) must be a number or 0-d")
    if not hasattr(steps, "__index__"):
        raise TypeError(f"[{op}] `steps` (={steps!r}) must be an integer")
    if steps.__index__() < 0:
        raise RuntimeError(f"[{op}] `steps` (={steps}) must not be negative")
    return *(v.item() if isinstance(v, (Tensor, np.ndarray)) else v for v in (start, end)), steps.__index__()


def logspace(start, end, steps: int, base: float = 10.0, *, dtype=None, device=None, requires_grad=False) -> Tensor:
    """`base` to the powers of ``linspace(start, end, steps)``."""
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    start, end, steps = _points("logspace", start, end, steps)
    exponents = kernels.linspace(start, end, steps, np.dtype("float64"))
    return finish((base**exponents).astype(dtype), requires_grad, device)


def eye(n: int, m: int | None = None, *, dtype=None, device=None, requires_grad: bool = False) -> Tensor:
    """Make an `n` by `m` (None: `n`) matrix with ones on its diagonal."""
    dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
    return finish(kernels.eye(n, n if m is None else m, dtype, like=home(device)), requires_grad)


def result_type(tensor, other) -> np.dtype:
    """The dtype of an operation between `tensor` and `other`; either may be a number."""

    def described(v):
        return (scalar_dtype(v), -1) if isinstance(v, (bool, int, float, complex)) else (v.dtype, len(v.shape))

    return result_dtype(described(tensor), described(other))


def _typed(name: str, dtype):
    def factory(*data):
        if len(data) == 1 and not isinstance(data[0], int):
            return tensor(data[0], dtype=dtype)
        return zeros(*data, dtype=dtype)

    factory.__name__ = factory.__qualname__ = name
    factory.__doc__ = f"Make a {np.dtype(dtype)} tensor of data, or of sizes given as ints."
    return factory


FloatTensor, DoubleTensor = _typed("FloatTensor", "float32"), _typed("DoubleTensor", "float64")
LongTensor, IntTensor = _typed("LongTensor", "int64"), _typed("IntTensor", "int32")
BoolTensor = _typed("BoolTensor", "bool")


def is_tensor(obj) -> bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input) -> int:
    """The number of elements of `input`."""
    return input.numel()


def is_floating_point(input) -> bool:
    """Whether the dtype of `input` is floating."""
    return input.dtype.kind == "f"


def is_complex(input) -> bool:
    """Whether the dtype of `input` is complex."""
    return input.dtype.kind == "c"


def _new(op: str, factory):
    """`x.new_zeros(size)` and the like: the dtype and device of `x`, unless others are given."""

    def make(self, *args, dtype=None, device=None, requires_grad: bool = False, **options) -> Tensor:
        dtype, device = self.dtype if dtype is None else dtype, _device_like(self, device)
        return factory(*args, **options, dtype=dtype, device=device, requires_grad=requires_grad)

    make.__name__ = make.__qualname__ = f"new_{op}"
    make.__doc__ = f"`{op}` with the dtype and on the device of this tensor."
    return make


METHODS = (
    *map(_new, ("zeros", "ones", "empty", "full", "tensor"), (zeros, ones, empty, full, tensor)),
    is_floating_point,
    is_complex,
)
