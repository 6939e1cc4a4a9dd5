"""An array class that NumPy cannot look into: a stand-in for a device.

Whatever runs on it goes through ufuncs, array methods and kernels alone, so that a GPU needs nothing but kernels.
"""

import importlib

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tapegrad import kernels

SCALARS = (bool, int, float, complex, np.generic)


class Opaque(NDArrayOperatorsMixin):
    """Hides an ndarray. Mixing it with ndarrays that have axes, or reading it as one, is an error."""

    def __init__(self, hidden, base=None):
        self.hidden, self.base = np.asarray(hidden), base

    shape = property(lambda self: self.hidden.shape)
    dtype = property(lambda self: self.hidden.dtype)
    ndim = property(lambda self: self.hidden.ndim)
    size = property(lambda self: self.hidden.size)
    nbytes = property(lambda self: self.hidden.nbytes)
    itemsize = property(lambda self: self.hidden.itemsize)
    strides = property(lambda self: self.hidden.strides)
    flags = property(lambda self: self.hidden.flags)
    mT = property(lambda self: self._view(self.hidden.mT))
    T = property(lambda self: self._view(self.hidden.T))

    def __array__(self, *args, **kwargs):
        raise TypeError("a device array was read as a NumPy array")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if out is not None:
            options["out"] = tuple(map(unwrap, out))
        result = getattr(ufunc, method)(*map(unwrap, inputs), **options)
        return wrap(result) if out is None else out[0]

    def _view(self, hidden):
        shares = np.may_share_memory(hidden, self.hidden)
        return Opaque(hidden, (self if self.base is None else self.base) if shares else None)

    def reshape(self, *shape):
        return self._view(self.hidden.reshape(*shape))

    def transpose(self, *axes):
        return self._view(self.hidden.transpose(*axes))

    def __getitem__(self, index):
        index = tuple(map(unwrap, index)) if isinstance(index, tuple) else unwrap(index)
        return self._view(np.asarray(self.hidden[index]))

    def __setitem__(self, index, value):
        self.hidden[index] = unwrap(value)

    def astype(self, dtype, copy=True):
        return self if not copy and self.dtype == dtype else Opaque(self.hidden.astype(dtype))

    def copy(self):
        return Opaque(self.hidden.copy())

    def bounds(self):
        return np.lib.array_utils.byte_bounds(self.hidden)

    def any(self):
        return bool(self.hidden.any())

    def __bool__(self):
        return bool(self.hidden)

    def item(self):
        return self.hidden.item()


def unwrap(value):
    """The hidden array; anything else must be at home everywhere."""
    if isinstance(value, Opaque):
        return value.hidden
    if isinstance(value, tuple | list):
        return type(value)(*map(unwrap, value)) if hasattr(value, "_fields") else type(value)(map(unwrap, value))
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError(f"a NumPy array of shape {value.shape} was mixed with a device array")
    return value


def wrap(value):
    """Arrays hidden again, in tuples too."""
    if isinstance(value, np.ndarray | np.generic):
        return Opaque(value)
    if isinstance(value, tuple):
        return type(value)(*map(wrap, value)) if hasattr(value, "_fields") else tuple(map(wrap, value))
    return value


class Family:
    """The kernels of one family for hidden arrays: the reference's, unwrapped and wrapped."""

    def __init__(self, name):
        self.reference = importlib.import_module(f"tapegrad.kernels.ref.{name}")

    def __getattr__(self, name):
        function = getattr(self.reference, name)
        if name == "from_numpy":
            return wrap  # the way in; `to_numpy` is the way out

        def call(*args, **options):
            result = function(*map(unwrap, args), **options)
            return result if name == "to_numpy" else wrap(result)

        return call


class Families(dict):
    """Family name → its kernels, made when first asked for."""

    def __missing__(self, name):
        self[name] = Family(name)
        return self[name]


kernels.register(Opaque, Families())
