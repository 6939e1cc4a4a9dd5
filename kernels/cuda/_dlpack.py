"""DLPack for device arrays, both ways: the structures of its C header, in capsules.

    capsule "dltensor"            DLManagedTensor            until version 1
    capsule "dltensor_versioned"  DLManagedTensorVersioned   since, with a flag for memory that is only to be read

A capsule holds what it describes until a consumer has taken it over, by giving it another name, and called its deleter;
one that nobody took calls it itself. Streams are numbers: 1 the default one, 2 that of the thread, else a handle.
"""

import ctypes
from ctypes import c_char_p, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p, py_object

import numpy as np

from ._interface import address, adopt
from ._streams import current_stream, wait_for_handle

CUDA = 2  # kDLCUDA
MANAGED = 13  # kDLCUDAManaged: readable by both
READ_ONLY = 1
_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}
_KINDS = {code: kind for kind, code in _CODES.items()}


class Tensor(ctypes.Structure):
    """DLTensor, with its DLDevice and DLDataType laid out in it."""

    _fields_ = (
        ("data", c_void_p), ("device_type", c_int32), ("device_id", c_int32), ("ndim", c_int32), ("code", c_uint8),
        ("bits", c_uint8), ("lanes", c_uint16), ("shape", ctypes.POINTER(c_int64)),
        ("strides", ctypes.POINTER(c_int64)), ("byte_offset", c_uint64),
    )  # fmt: skip


_Deleter = ctypes.CFUNCTYPE(None, c_void_p)


class Managed(ctypes.Structure):
    """DLManagedTensor."""

    _fields_ = (("tensor", Tensor), ("context", c_void_p), ("deleter", _Deleter))
    name = b"dltensor"


class Versioned(ctypes.Structure):
    """DLManagedTensorVersioned."""

    _fields_ = (
        ("major", c_uint32), ("minor", c_uint32), ("context", c_void_p), ("deleter", _Deleter), ("flags", c_uint64),
        ("tensor", Tensor),
    )  # fmt: skip
    name = b"dltensor_versioned"


_Destructor = ctypes.CFUNCTYPE(None, c_void_p)  # gets the capsule while it dies: no reference may be taken to it
_new = ctypes.PYFUNCTYPE(py_object, c_void_p, c_char_p, _Destructor)(("PyCapsule_New", ctypes.pythonapi))
_pointer = ctypes.PYFUNCTYPE(c_void_p, py_object, c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
_rename = ctypes.PYFUNCTYPE(ctypes.c_int, py_object, c_char_p)(("PyCapsule_SetName", ctypes.pythonapi))
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, c_void_p, c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))
_raw_pointer = ctypes.PYFUNCTYPE(c_void_p, c_void_p, c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))

_given: dict[int, tuple] = {}  # address of a structure -> it, and all that it points to
_names = {kind: (kind.name, b"used_" + kind.name) for kind in (Managed, Versioned)}  # the capsules point into these


@_Deleter
def _delete(at):
    _given.pop(at, None)


@_Destructor
def _destroy(capsule):
    for name, _ in _names.values():
        if _is_valid(capsule, name):
            _given.pop(_raw_pointer(capsule, name), None)


def to_capsule(array, stream=None, max_version=None):
    """A capsule that shares the memory of a device array; what the consumer's `stream` does with it comes after ours.

    Raises
    ------
    BufferError
        If the elements may only be read, and the consumer is too old to be told.
    """
    kind = Versioned if max_version is not None and max_version[0] >= 1 else Managed
    if kind is Managed and not array.flags.writeable:
        raise BufferError("[__dlpack__] this memory may only be read, which DLPack can say since version 1: `.clone()`")
    if stream != -1:
        wait_for_handle(array.number, stream or 1, current_stream(array.number))
    shape, steps = ((c_int64 * array.ndim)(*values) for values in (array.shape, array.steps))
    given = kind(deleter=_delete)
    given.tensor = Tensor(
        address(array), CUDA, array.number, array.ndim, _CODES[array.dtype.kind], array.itemsize * 8, 1, shape, steps, 0
    )
    if kind is Versioned:
        given.major, given.flags = 1, 0 if array.flags.writeable else READ_ONLY
    at = ctypes.addressof(given)
    _given[at] = given, shape, steps, array
    return _new(at, _names[kind][0], _destroy)


class _Taken:
    """A structure that was taken over: its deleter is called when nobody needs the memory any more."""

    def __init__(self, given):
        self.given = given

    def __del__(self):
        if self.given.deleter:
            self.given.deleter(ctypes.addressof(self.given))


def from_capsule(owner):
    """A device array that shares memory with an object that speaks DLPack.

    Raises
    ------
    BufferError
        If it has elements that tensors do not have, or is on no CUDA device.
    """
    device = owner.__dlpack_device__()[1]
    stream = current_stream(device).handle
    try:
        capsule = owner.__dlpack__(stream=stream, max_version=(1, 0))
    except TypeError:  # written before there was a version 1
        capsule = owner.__dlpack__(stream=stream)
    kind = next((k for k, (name, _) in _names.items() if f'"{name.decode()}"' in repr(capsule)), None)
    if kind is None:
        raise BufferError(f"[from_dlpack] `ext_tensor` gave {capsule!r}, which holds no tensor, or one that was taken")
    fresh, used = _names[kind]
    given = kind.from_address(_pointer(capsule, fresh))
    _rename(capsule, used)
    taken, t = _Taken(given), given.tensor
    if t.device_type not in (CUDA, MANAGED) or t.lanes != 1 or t.code not in _KINDS:
        raise BufferError(
            f"[from_dlpack] `ext_tensor` has elements of type code {t.code} with {t.lanes} lanes on a device of kind "
            f"{t.device_type}; numbers or booleans on a CUDA device are wanted"
        )
    dtype = np.dtype(f"{_KINDS[t.code]}{t.bits // 8}") if t.code != _CODES["b"] else np.dtype(bool)
    shape = tuple(t.shape[: t.ndim])
    strides = tuple(s * dtype.itemsize for s in t.strides[: t.ndim]) if t.strides else None
    writeable = not (kind is Versioned and given.flags & READ_ONLY)
    return adopt((t.data or 0) + t.byte_offset, shape, dtype, strides, t.device_id, taken, writeable)
