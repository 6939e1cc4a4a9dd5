"""Out of tapegrad and back: NumPy, DLPack, pickle, copy."""

import copy

import numpy as np

from . import _creation, kernels
from ._device import device_of, place
from ._tape import OUTSIDE, Leaf, Tensor, expose, new, root_of

CUDA, CUDA_MANAGED = 2, 13  # DLPack's numbers of kinds of devices


def host(array) -> np.ndarray:
    """The elements of any array as NumPy's."""
    return array if type(array) is np.ndarray else kernels.to_numpy(array)


def values(x) -> np.ndarray:
    """The elements of a Tensor, or of what NumPy makes an array of, wherever they are; for reading."""
    return np.asarray(host(x._array) if isinstance(x, Tensor) else x)


def numpy(self, *, force: bool = False) -> np.ndarray:
    """The elements as an ndarray that shares memory (0-d for a 0-d tensor).

    Parameters
    ----------
    force : bool
        Detach first, and copy to the host what is on a device: then nothing is shared.

    Raises
    ------
    RuntimeError
        If the tensor is tracked: the graph would be cut silently.
    """
    if self.requires_grad and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    if type(self._array) is not np.ndarray:
        if force:
            return host(self._array)
        raise TypeError(
            f"Can't convert a tensor on {self.device} to an array silently: use tensor.cpu() to copy it to the host"
        )
    expose(self)
    return self._array


def __array__(self, dtype=None, copy=None):
    if self.requires_grad:
        raise RuntimeError(
            "Can't convert a Tensor that requires grad to an array: the graph would be cut silently. "
            "Use tensor.detach().numpy(), or the tensor's own functions"
        )
    a = self._array if copy else numpy(self)
    return np.array(a, dtype=dtype, copy=copy)


def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    if self.requires_grad:
        raise BufferError("Can't export a Tensor that requires grad; use tensor.detach()")
    if type(self._array) is np.ndarray:
        if stream is not None:
            raise BufferError(f"[__dlpack__] `stream` (={stream}) must be None for a tensor on the CPU")
        options = {"max_version": max_version, "dl_device": dl_device, "copy": copy}
        return numpy(self).__dlpack__(**{name: value for name, value in options.items() if value is not None})
    if dl_device not in (None, __dlpack_device__(self)):
        raise BufferError(f"[__dlpack__] `dl_device` (={dl_device}) must be where the tensor is; `.to(…)` moves it")
    expose(self)
    array = self._array.copy() if copy else self._array
    return kernels.cuda_devices().to_capsule(array, stream, max_version)


def __dlpack_device__(self):
    return self._array.__dlpack_device__()


def __cuda_array_interface__(self) -> dict:
    """How other libraries for CUDA read a tensor on a device."""
    if type(self._array) is np.ndarray:
        raise AttributeError(f"[__cuda_array_interface__] this tensor is on {self.device}; `.cuda()` moves it")
    if self.requires_grad:
        raise RuntimeError("Can't share a Tensor that requires grad, the graph would be cut; use tensor.detach()")
    expose(self)
    return self._array.__cuda_array_interface__


def from_dlpack(ext_tensor) -> Tensor:
    """A tensor that shares memory with any object that speaks DLPack, on the CPU or a CUDA device.

    Raises
    ------
    TypeError, BufferError
        If it does not, or has what tensors do not have.
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"[from_dlpack] `ext_tensor` (a {type(ext_tensor).__name__}) must have the method `__dlpack__`")
    if hasattr(ext_tensor, "__dlpack_device__") and ext_tensor.__dlpack_device__()[0] in (CUDA, CUDA_MANAGED):
        return _creation.shared(kernels.cuda_devices().from_capsule(ext_tensor))
    return _creation.from_numpy(np.from_dlpack(ext_tensor))


def rebuild_on(cls: type, array: np.ndarray, requires_grad: bool, where: str) -> Tensor:
    """What a pickled leaf on a device becomes again, there."""
    return rebuild(cls, place(array, where), requires_grad)


def rebuild(cls: type, array: np.ndarray, requires_grad: bool) -> Tensor:
    """What a pickled leaf becomes again."""
    t = new(cls)
    t._array, t._shape, t._dtype, t._node = array, array.shape, array.dtype, None
    if requires_grad:
        t._node = Leaf(t)
    return t


def _check_copyable(self, what: str) -> None:
    if not self.is_leaf or root_of(self)._node is OUTSIDE:
        raise RuntimeError(
            f"[{what}] only Tensors created explicitly by the user (leaves) support this; this one is a result. "
            "Use `.detach()` or `.clone()`"
        )


def __reduce_ex__(self, protocol):
    _check_copyable(self, "pickle")
    if type(self._array) is not np.ndarray:
        return rebuild_on, (type(self), host(self._array), self.requires_grad, str(device_of(self._array)))
    return rebuild, (type(self), np.ascontiguousarray(self._array).reshape(self._shape), self.requires_grad)


def __deepcopy__(self, memo):
    _check_copyable(self, "deepcopy")
    known = memo.get(id(self))
    if known is None:
        known = memo[id(self)] = rebuild(type(self), self._array.copy(), self.requires_grad)
        if getattr(self, "_grad", None) is not None:
            known._grad = copy.deepcopy(self._grad, memo)
    return known


def __copy__(self):
    _check_copyable(self, "copy")
    expose(self)  # two tensors reach this memory from now on
    twin = rebuild(type(self), self._array, self.requires_grad)
    return expose(twin)


METHODS = (numpy, __array__, __dlpack__, __dlpack_device__, __reduce_ex__, __deepcopy__, __copy__)
